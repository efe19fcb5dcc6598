"""Rerun's own program beside this process, reachable from this machine only."""

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import rerun as rr
import rerun_cli

from dora_hil.errors import UserError

HOST: Final = "127.0.0.1"
START_TIME_LIMIT_S: Final = 30.0
FLUSH_TIME_LIMIT_S: Final = 2.0

# The script `rerun` is a Python process around this one, and would leave it behind when ended.
_EXECUTABLE: Final = Path(rerun_cli.__file__).with_name(
    "rerun.exe" if sys.platform == "win32" else "rerun"
)


class ViewerError(UserError):
    """A viewer that cannot be started, or that has gone."""


class RerunViewer:
    """A process of Rerun's, as a window or as a server."""

    def __init__(self, port: int, arguments: Sequence[str]) -> None:
        """Start it, and return when it listens on `port`.

        Raises:
            ViewerError: it did not come up; the text has its last words.
        """
        with tempfile.TemporaryFile() as output:
            self._process = subprocess.Popen(
                # Without --bind it would listen to the whole network.
                [_EXECUTABLE, "--bind", HOST, "--port", str(port), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # A window outlives this process; Ctrl-C in the terminal is not meant for it.
                start_new_session=True,
            )
            deadline_s = time.monotonic() + START_TIME_LIMIT_S
            while not listens(port):
                if self._process.poll() is not None or time.monotonic() > deadline_s:
                    self.close()
                    output.seek(0)
                    words = output.read().decode(errors="replace").strip().splitlines()
                    raise ViewerError(f"Rerun does not start: {words[-1] if words else 'silently'}")
                time.sleep(0.05)

    def wait(self) -> None:
        """Return when it has ended."""
        self._process.wait()

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()


def uri(port: int) -> str:
    """Return what a recording connects to."""
    return f"rerun+http://{HOST}:{port}/proxy"


def listens(port: int) -> bool:
    """Say whether something on this machine listens on a port."""
    try:
        socket.create_connection((HOST, port), timeout=1.0).close()
    except OSError:
        return False
    return True


def deliver(recording: rr.RecordingStream, port: int) -> None:
    """Return when a viewer has got what was logged; Rerun alone would wait for a dead one.

    Raises:
        ViewerError: it has gone.
    """
    while True:
        try:
            recording.flush(timeout_sec=FLUSH_TIME_LIMIT_S)
        except RuntimeError:
            if not listens(port):
                raise ViewerError("the viewer was closed before it had everything") from None
        else:
            return
