"""Rerun's own program, as a window or as a server, in a process beside this one.

Rerun itself belongs to the nodes and scripts that use this; here it is only looked for.
"""

import importlib.util
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from dora_hil.errors import UserError

START_TIME_LIMIT_S: Final = 30.0
STOP_TIME_LIMIT_S: Final = 2.0
LINGER_S: Final = 0.5
"""A browser is a moment behind the server: it shall see how the run ended."""


class ViewError(UserError):
    """Nothing can be shown, or no more; the text says why."""


def is_taken(host: str, port: int) -> bool:
    """Say whether something listens there."""
    try:
        socket.create_connection((host, port), timeout=1.0).close()
    except OSError:
        return False
    return True


class RerunProgram:
    """A process of Rerun's program."""

    def __init__(self, arguments: Sequence[str], *, outlives_us: bool) -> None:
        """Say how to start it.

        Args:
            arguments: its command line.
            outlives_us: it stays when this process ends, as a window should.
        """
        self._arguments = arguments
        self._outlives_us = outlives_us
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, host: str, port: int) -> None:
        """Start it, and return when it listens.

        Raises:
            ViewError: it is not installed, ended at once, or does not listen.
        """
        program = _executable()
        with tempfile.TemporaryFile() as output:
            try:
                self._process = subprocess.Popen(
                    [program, *self._arguments],
                    stdin=subprocess.DEVNULL,
                    # Not ours: dora would wait for whoever holds a node's output.
                    stdout=output,
                    stderr=output,
                    # Ctrl-C in the terminal ends the dataflow; the node then ends its program.
                    start_new_session=True,
                )
            except OSError as error:
                raise ViewError(f"{program}: cannot be started: {error.strerror}") from None
            deadline_s = time.monotonic() + START_TIME_LIMIT_S
            while not is_taken(host, port):
                if self._process.poll() is not None:
                    output.seek(0)
                    words = output.read().decode(errors="replace").strip().splitlines()
                    why = words[-1].strip() if words else "it gave no reason"
                    raise ViewError(f"Rerun does not start: {why}")
                if time.monotonic() > deadline_s:
                    raise ViewError(f"Rerun does not listen after {START_TIME_LIMIT_S:g} s")
                time.sleep(0.1)

    def wait(self) -> None:
        """Return when it has ended."""
        if self._process is not None:
            self._process.wait()

    def stop(self) -> None:
        """End it, unless it is to outlive the node."""
        if self._outlives_us or self._process is None or self._process.poll() is not None:
            return
        time.sleep(LINGER_S)
        self._process.terminate()
        try:
            self._process.wait(STOP_TIME_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _executable() -> Path:
    """Find Rerun's program.

    The script `rerun` is a Python process around it, and would leave it behind when ended.
    """
    spec = importlib.util.find_spec("rerun_cli")
    if spec is None or spec.origin is None:
        raise ViewError("the package rerun-sdk has no viewer: rerun_cli is missing")
    return Path(spec.origin).with_name("rerun.exe" if sys.platform == "win32" else "rerun")
