"""Who drives, as bands."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rerun as rr

from rerun_node.driver_band import DriverBand

Read = Callable[[Path, str], list[dict[str, Any]]]


def _mark(path: Path, drivers: Sequence[str]) -> None:
    stream = rr.RecordingStream("test")
    stream.save(path)
    band = DriverBand(stream)
    for second, driver in enumerate(drivers):
        stream.set_time("timestamp", duration=float(second))
        band.mark(driver)
    stream.disconnect()


def test_a_band_goes_on_as_long_as_somebody_drives(read: Read, tmp_path: Path) -> None:
    """All at one height."""
    _mark(tmp_path / "a.rrd", ["action", "action", "action"])
    assert [row["Scalars:scalars"] for row in read(tmp_path / "a.rrd", "driver/action")] == [
        [1.0],
        [1.0],
        [1.0],
    ]


def test_a_band_is_interrupted_where_somebody_else_drives(read: Read, tmp_path: Path) -> None:
    """Else it would go on through the takeover."""
    _mark(tmp_path / "a.rrd", ["action", "intervention_web", "action"])
    heights = [row["Scalars:scalars"][0] for row in read(tmp_path / "a.rrd", "driver/action")]
    assert heights == pytest.approx([1.0, np.nan, 1.0], nan_ok=True)


def test_each_driver_has_a_height_of_its_own(read: Read, tmp_path: Path) -> None:
    """Nobody lowest, then the policy, then people as they come."""
    drivers = ["hold", "action", "intervention_web", "intervention_keyboard"]
    _mark(tmp_path / "a.rrd", drivers)
    first = [read(tmp_path / "a.rrd", f"driver/{name}")[0] for name in drivers]
    assert [row["Scalars:scalars"] for row in first] == [[0.0], [1.0], [2.0], [3.0]]
