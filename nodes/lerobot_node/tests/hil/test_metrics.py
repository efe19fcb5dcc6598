"""Figures of a training in a file."""

import json
from pathlib import Path

import pytest
from trainings import write_lines

from lerobot_node.hil.metrics import MetricsError, MetricsFile


def test_each_line_is_there_at_once(tmp_path: Path) -> None:
    """Somebody watches, and a process may be killed; a new file begins without one."""
    metrics = MetricsFile(tmp_path / "new/metrics.jsonl")
    assert metrics.newest == {}
    metrics.write({"reward": 1.0})
    (line,) = (tmp_path / "new/metrics.jsonl").read_text().splitlines()
    assert json.loads(line)["reward"] == 1.0
    assert json.loads(line)["time_s"] > 1e9
    metrics.close()


def test_a_resumed_run_goes_on_in_the_same_file(tmp_path: Path) -> None:
    """Nothing is overwritten."""
    for reward in (0.0, 1.0):
        write_lines(tmp_path / "metrics.jsonl", [{"reward": reward}])
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


def test_a_line_that_a_kill_kept_from_being_written_is_made_up_for(tmp_path: Path) -> None:
    """The episode lay on the disk already; one that has its line gets no second."""
    write_lines(tmp_path / "metrics.jsonl", [{"episode": 1}])
    metrics = MetricsFile(tmp_path / "metrics.jsonl")
    metrics.catch_up([{"episode": 1}, {"episode": 2}])
    assert metrics.newest == {"episode": 2}
    assert [line["episode"] for line in metrics.lines()] == [1, 2]
    metrics.close()


def test_what_did_not_count_in_the_end_is_kept_beside_the_file(tmp_path: Path) -> None:
    """Curves are drawn from one line for each episode."""
    write_lines(tmp_path / "metrics.jsonl", [{"episode": episode} for episode in (1, 2, 3)])
    metrics = MetricsFile(tmp_path / "metrics.jsonl")
    metrics.go_back(1)
    metrics.write({"episode": 2})
    assert [line["episode"] for line in metrics.lines()] == [1, 2]
    [aside] = tmp_path.glob("metrics.*.jsonl")
    assert [json.loads(line)["episode"] for line in aside.read_text().splitlines()] == [1, 2, 3]
    metrics.close()
