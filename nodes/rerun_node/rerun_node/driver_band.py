"""Who drives, as a coloured band per driver."""

from typing import Final

import rerun as rr

from dora_hil.stream.timestep import HOLD
from rerun_node import colors
from rerun_node.entities import DRIVERS
from rerun_node.styles import line

WIDTH_PX: Final = 12.0


class DriverBand:
    """Draws a thick line at the driver's height, with gaps where somebody else drives.

    Rerun 0.33 has a view of states over time, but it does not follow a live recording.
    """

    def __init__(self, stream: rr.RecordingStream) -> None:
        """Begin a recording; who is not `hold` or `action` comes above them, as they come."""
        self._stream = stream
        self._heights = {HOLD: 0.0, "action": 1.0}
        self._described: set[str] = set()
        self._present = ""

    def mark(self, name: str) -> None:
        """Say who drove in the step whose time is set."""
        if name not in self._described:
            self._described.add(name)
            style = line(name, colors.driver(name), WIDTH_PX)
            self._stream.log(f"{DRIVERS}/{name}", style, static=True)
        if self._present not in ("", name):
            self._write(self._present, float("nan"))
        self._present = name
        self._write(name, self._heights.setdefault(name, float(len(self._heights))))

    def _write(self, name: str, height: float) -> None:
        self._stream.log(f"{DRIVERS}/{name}", rr.Scalars(height))
