"""Figures of a training in a file."""

import json
from pathlib import Path

import pytest

from lerobot_node.hil.metrics import MetricsError, MetricsFile


def test_each_line_is_there_at_once(tmp_path: Path) -> None:
    """Somebody watches, and a process may be killed."""
    metrics = MetricsFile(tmp_path / "new/metrics.jsonl")
    metrics.write({"reward": 1.0})
    (line,) = (tmp_path / "new/metrics.jsonl").read_text().splitlines()
    assert json.loads(line)["reward"] == 1.0
    assert json.loads(line)["time_s"] > 1e9
    metrics.close()


def test_a_resumed_run_goes_on_in_the_same_file(tmp_path: Path) -> None:
    """Nothing is overwritten."""
    for reward in (0.0, 1.0):
        metrics = MetricsFile(tmp_path / "metrics.jsonl")
        metrics.write({"reward": reward})
        metrics.close()
    lines = (tmp_path / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["reward"] for line in lines] == [0.0, 1.0]


def test_a_line_that_was_being_written_when_the_process_was_killed_is_removed(
    tmp_path: Path,
) -> None:
    """What follows would be part of it."""
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"reward": 1.0}\n{"rewa')
    metrics = MetricsFile(path)
    assert metrics.newest == {"reward": 1.0}
    metrics.write({"reward": 2.0})
    assert [json.loads(line)["reward"] for line in path.read_text().splitlines()] == [1.0, 2.0]
    metrics.close()


def test_a_new_file_has_no_newest_line(tmp_path: Path) -> None:
    """A run that begins."""
    metrics = MetricsFile(tmp_path / "metrics.jsonl")
    assert metrics.newest == {}
    metrics.close()


def test_another_file_is_not_written_into(tmp_path: Path) -> None:
    """One line says which."""
    (tmp_path / "notes.txt").write_text("my notes\n")
    with pytest.raises(MetricsError, match=r"notes.txt: the last line is no JSON object"):
        MetricsFile(tmp_path / "notes.txt")
    assert (tmp_path / "notes.txt").read_text() == "my notes\n"


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    """Before anything is trained."""
    (tmp_path / "file").touch()
    with pytest.raises(MetricsError, match=r"cannot be written: Not a directory|File exists"):
        MetricsFile(tmp_path / "file/metrics.jsonl")
