"""Files that hold all or nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from lerobot_node.dataset import durable


def test_a_file_holds_what_was_written(tmp_path: Path) -> None:
    """And nothing is left beside it."""
    durable.write(tmp_path / "a.json", b"new")
    assert (tmp_path / "a.json").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    """A reader that has it open goes on with the old one."""
    path = tmp_path / "a.json"
    path.write_bytes(b"old and longer")
    with path.open("rb") as reader:
        durable.write(path, b"new")
        assert reader.read() == b"old and longer"
    assert path.read_bytes() == b"new"


FULL_DISK = """
import resource, sys
from pathlib import Path
from lerobot_node.dataset import durable
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    durable.write(Path(sys.argv[1]), b"x" * 5000)
except OSError as error:
    print(error.strerror)
"""

NO_ROOM = """
import resource, sys
from pathlib import Path
from lerobot_node.dataset import durable
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    durable.check_room(Path(sys.argv[1]))
except OSError as error:
    print(error.strerror, error.filename)
"""


@pytest.mark.parametrize("old", [None, b"old"])
def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, old: bytes | None) -> None:
    """The real error of a file that may not grow; it is raised."""
    path = tmp_path / "a.json"
    if old is not None:
        path.write_bytes(old)
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, path], capture_output=True, text=True, check=True
    )
    assert done.stdout == "File too large\n"
    assert (path.read_bytes() if path.exists() else None) == old


def test_a_disk_without_room_is_said_with_its_folder(tmp_path: Path) -> None:
    """Nothing stays behind, whether there is room or not."""
    durable.check_room(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", NO_ROOM, tmp_path], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"File too large {tmp_path}\n"
    assert list(tmp_path.iterdir()) == []


def test_folders_are_made_with_those_above_them(tmp_path: Path) -> None:
    """Those that exist are left as they are."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "file").touch()
    wanted = [tmp_path / "data" / "chunk-000", tmp_path / "videos" / "front" / "chunk-000"]
    durable.make_folders([*wanted, tmp_path / "data", *wanted])
    assert all(folder.is_dir() for folder in wanted)
    assert (tmp_path / "data" / "file").exists()


def test_a_file_that_cannot_be_forced_onto_the_disk_is_an_error(tmp_path: Path) -> None:
    """A missing one was never written."""
    durable.sync(tmp_path)
    with pytest.raises(FileNotFoundError):
        durable.sync(tmp_path / "missing")
