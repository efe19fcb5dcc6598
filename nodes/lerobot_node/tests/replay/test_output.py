"""The JSON file that a replay writes."""

import json
from pathlib import Path

import pytest

from lerobot_node.replay.output import OutputError, OutputFile


def test_the_folder_is_there_before_the_work_begins(tmp_path: Path) -> None:
    """So that the result has a place."""
    path = tmp_path / "deep" / "down" / "it.json"
    output = OutputFile(path)
    assert path.parent.is_dir()
    output.write({"a": 1})
    assert json.loads(path.read_text()) == {"a": 1}


@pytest.mark.parametrize(("place", "says"), [(".", "is a folder"), ("file/it.json", "file: ")])
def test_a_place_that_cannot_be_is_refused(tmp_path: Path, place: str, says: str) -> None:
    """Before anything moves: a folder is no file, or a file is in the way."""
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=f"output: .*{says}"):
        OutputFile(tmp_path / place)


def test_a_file_that_cannot_be_written_in_the_end_is_one_line(tmp_path: Path) -> None:
    """What was said at the terminal is not lost by it."""
    output = OutputFile(tmp_path / "it.json")
    (tmp_path / "it.json").mkdir()
    with pytest.raises(OutputError, match="Is a directory"):
        output.write({})
