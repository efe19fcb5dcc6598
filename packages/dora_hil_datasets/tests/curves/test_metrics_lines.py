"""Reading metrics while they are being written."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from trainings import write_lines

from dora_hil_datasets.curves.metrics_lines import MetricsLinesError, changes, read_lines


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Write two lines."""
    write_lines(tmp_path / "metrics.jsonl", [{"time_s": 1.0}, {"time_s": 2.0, "loss": 0.5}])
    return tmp_path / "metrics.jsonl"


def test_what_was_written_is_read(path: Path) -> None:
    """Line by line."""
    assert read_lines(path, ["time_s"]) == [{"time_s": 1.0}, {"time_s": 2.0, "loss": 0.5}]


def test_a_line_that_is_being_written_is_left_for_the_next_look(path: Path) -> None:
    """It has no end yet."""
    with path.open("a") as file:
        file.write('{"time_s": 3')
    assert len(read_lines(path, ["time_s"])) == 2
    with path.open("a") as file:
        file.write("}\n")
    assert len(read_lines(path, ["time_s"])) == 3


def test_a_file_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    """The other process may run on another machine."""
    assert read_lines(tmp_path / "metrics.jsonl", ["time_s"]) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"time_s": 1{"time_s": 3}', "is not JSON"),
        (b"", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"[1, 2]", "is not a JSON object"),
        (b'{"loss": 1}', "'time_s' is missing or no finite number"),
        (b'{"time_s": "noon"}', "'time_s' is missing or no finite number"),
        (b'{"time_s": NaN}', "'time_s' is missing or no finite number"),
    ],
)
def test_a_broken_line_is_named(path: Path, line: bytes, message: str) -> None:
    """With the file, and its number in it."""
    path.write_bytes(path.read_bytes() + line + b'\n{"time_s": 4}\n')
    with pytest.raises(MetricsLinesError, match=rf"metrics\.jsonl, line 3: {message}"):
        read_lines(path, ["time_s"])


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    """With the reason."""
    with pytest.raises(MetricsLinesError, match="cannot be read: Is a directory"):
        read_lines(tmp_path, ["time_s"])


def test_the_first_look_comes_at_once(tmp_path: Path) -> None:
    """Even where there is no file yet."""
    next(changes([tmp_path / "metrics.jsonl"], 3600.0))


def test_the_next_look_comes_when_a_file_has_changed(path: Path) -> None:
    """And not before."""
    looks = changes([path, path.with_name("other.jsonl")], 0.01)
    next(looks)
    with ThreadPoolExecutor() as pool:
        look = pool.submit(next, looks)
        with pytest.raises(TimeoutError):
            look.result(timeout=0.1)
        write_lines(path, [{"time_s": 3.0}])
        look.result(timeout=60.0)


def test_a_file_that_appears_is_a_change(path: Path) -> None:
    """The learner starts after the actor."""
    looks = changes([path, path.with_name("other.jsonl")], 0.01)
    next(looks)
    write_lines(path.with_name("other.jsonl"), [{"time_s": 3.0}])
    next(looks)
