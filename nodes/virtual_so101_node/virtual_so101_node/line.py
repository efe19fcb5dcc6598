"""The pseudo-terminal that the computer opens as its serial port."""

import contextlib
import errno
import json
import os
import select
import time
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Final, TextIO

from virtual_so101_node.bus import ServoBus

BAUD: Final = 1_000_000
BITS_PER_BYTE: Final = 10
STEP_S: Final = 0.005
CHUNK_BYTES: Final = 4096


class SerialLine:
    """Carries bytes between a program that opens `path` and a bus, as fast as a real line would.

    Attributes:
        path: of the terminal, or of the link to it.
    """

    def __init__(
        self,
        bus: ServoBus,
        advance: Callable[[float], None],
        link: Path | None = None,
        trace: TextIO | None = None,
    ) -> None:
        """Open a terminal.

        Args:
            bus: what is on the line.
            advance: lets so many seconds pass for what the servos turn.
            link: a place that always leads to it; what a killed process left there is replaced.
            trace: takes a JSON line for every exchange.

        Raises:
            OSError: the link cannot be made.
        """
        self._bus, self._advance = bus, advance
        self._trace = trace
        self._ours, self._theirs = os.openpty()
        # Without this end open, every program that closes the port would hang up the line.
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self._link = link
        self.path = Path(os.ttyname(self._theirs))
        if link is not None:
            if link.is_symlink():
                link.unlink()
            link.symlink_to(self.path)
            self.path = link

    def run(self, is_stopped: Callable[[], bool]) -> None:
        """Answer, and let the servos move, until `is_stopped`."""
        then_s = time.monotonic()
        while not is_stopped():
            readable, _, _ = select.select([self._ours], [], [], STEP_S)
            now_s = time.monotonic()
            self._advance(now_s - then_s)
            then_s = now_s
            if readable:
                self._answer()

    def close(self) -> None:
        """Pull the plug."""
        for end in (self._ours, self._theirs):
            with contextlib.suppress(OSError):
                os.close(end)
        if self._link is not None:
            self._link.unlink(missing_ok=True)

    def _answer(self) -> None:
        asked_s = time.monotonic()
        try:
            data = os.read(self._ours, CHUNK_BYTES)
        except OSError as error:
            if error.errno in (errno.EIO, errno.EAGAIN):
                return
            raise
        answer = self._bus.feed(data)
        # A terminal has no speed: what the bytes would take on the wire is waited for.
        time.sleep((len(data) + len(answer)) * BITS_PER_BYTE / BAUD)
        if answer:
            os.write(self._ours, answer)
        if self._trace is not None:
            words = {"t_s": asked_s, "busy_s": time.monotonic() - asked_s, "asked": data.hex()}
            self._trace.write(json.dumps(words) + "\n")
