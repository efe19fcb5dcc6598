"""How a training goes, in the recording of an episode."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import rerun as rr

from dora_hil.stream.training_progress import CurvePoint, TrainingProgress
from rerun_node.entities import LEARNER_UPDATES, TRAINING_SHARES, WEIGHTS
from rerun_node.training_series import TrainingSeries

Read = Callable[[Path, str], list[dict[str, Any]]]
POINTS = tuple(
    CurvePoint(steps, share, 1 - share, 2, 30) for steps, share in ((100, 0.1), (300, 0.7))
)


def written(path: Path, *said: TrainingProgress, is_live: bool = True) -> None:
    """Write what was said to a file."""
    stream = rr.RecordingStream("test")
    stream.save(path)
    series = TrainingSeries(stream, is_live=is_live)
    for training in said:
        series.write(training, 0.1)
    stream.disconnect()


def curve(read: Read, path: Path, entity: str) -> list[tuple[float, float]]:
    """Return times and values."""
    rows = read(path, entity)
    return [
        (round(row["timestamp"].total_seconds(), 6), round(row["Scalars:scalars"][0], 6))
        for row in rows
    ]


def test_earlier_episodes_stand_as_far_back_as_was_driven_since(tmp_path: Path, read: Read) -> None:
    """Once each, however often the newest status comes."""
    first = TrainingProgress(8000, 20, curve=POINTS)
    more = TrainingProgress(8000, 20, curve=(*POINTS, CurvePoint(320, 0.75, 0.2, 3, 40)))
    written(tmp_path / "live.rrd", first, first, more)
    found = curve(read, tmp_path / "live.rrd", TRAINING_SHARES[0])
    assert found == [(-20.0, 0.1), (0.0, 0.7), (2.0, 0.75)]


def test_a_file_has_its_own_episode_alone(tmp_path: Path, read: Read) -> None:
    """Others have files of their own."""
    written(tmp_path / "file.rrd", TrainingProgress(8000, 20, curve=POINTS), is_live=False)
    found = curve(read, tmp_path / "file.rrd", TRAINING_SHARES[1])
    assert found == [(0.0, 0.3)]


def test_a_learner_that_does_not_say_its_updates_has_new_weights(
    tmp_path: Path, read: Read
) -> None:
    """LeRobot's own, for instance."""
    silent = TrainingProgress(8000, 1, curve=(CurvePoint(50, 0.0, 1.0, 4, None),))
    written(tmp_path / "live.rrd", silent)
    assert curve(read, tmp_path / "live.rrd", WEIGHTS) == [(0.0, 4.0)]
    assert curve(read, tmp_path / "live.rrd", LEARNER_UPDATES) == []
