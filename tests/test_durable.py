"""Files that hold all or nothing."""

import errno
import fcntl
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dora_hil import durable


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


ON_A_FULL_DISK = """
import resource, sys
from pathlib import Path
from dora_hil import durable
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
path = Path(sys.argv[1])
try:
    durable.{call}
except OSError as error:
    print(error.strerror, error.filename)
"""


def on_a_full_disk(call: str, path: Path) -> str:
    """Call a function with `path` where a file may not grow; returns the error that it raises."""
    words: list[str | Path] = [sys.executable, "-c", ON_A_FULL_DISK.format(call=call), path]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("old", [None, b"old"])
def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, old: bytes | None) -> None:
    """The real error of a file that may not grow; it is raised."""
    path = tmp_path / "a.json"
    if old is not None:
        path.write_bytes(old)
    assert on_a_full_disk('write(path, b"x" * 5000)', path) == "File too large None\n"
    assert (path.read_bytes() if path.exists() else None) == old
    assert [other for other in tmp_path.iterdir() if other != path] == []


def test_a_disk_without_room_is_said_with_its_folder(tmp_path: Path) -> None:
    """Nothing stays behind, whether there is room or not."""
    durable.check_room(tmp_path)
    assert on_a_full_disk("check_room(path)", tmp_path) == f"File too large {tmp_path}\n"
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


def failing(number: int) -> Callable[..., None]:
    """Return a system call that fails."""

    def call(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return call


@pytest.fixture
def said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> pytest.LogCaptureFixture:
    """Return what is logged; nothing has been said of any file system yet."""
    monkeypatch.setattr(durable, "_warned", set())
    caplog.set_level(logging.WARNING)
    return caplog


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.ENOSYS])
def test_a_file_system_that_cannot_force_files_is_written_all_the_same(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    said: pytest.LogCaptureFixture,
    number: int,
) -> None:
    """With a warning of what is not promised; one, however many files there are."""
    monkeypatch.setattr(os, "fsync", failing(number))
    if sys.platform == "darwin":
        monkeypatch.setattr(fcntl, "fcntl", failing(number))
    durable.write(tmp_path / "a.json", b"new")
    durable.make_folders([tmp_path / "b/c"])
    durable.check_room(tmp_path)
    assert (tmp_path / "a.json").read_bytes() == b"new"
    (warning,) = said.messages
    assert "survives a crash of this program, but perhaps not a power cut" in warning


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.EBADF])
def test_a_file_system_without_locks_is_used_with_a_warning(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    said: pytest.LogCaptureFixture,
    number: int,
) -> None:
    """Of two programs that write at once."""
    monkeypatch.setattr(fcntl, "flock", failing(number))
    for _ in range(2):
        os.close(durable.lock(tmp_path))
    (warning,) = said.messages
    assert "no locks" in warning
    assert "start only one" in warning


@pytest.mark.skipif(sys.platform == "darwin", reason="forces with another call")
@pytest.mark.parametrize(
    ("number", "call"), [(errno.EIO, "fsync"), (errno.ENOSPC, "fsync"), (errno.EIO, "flock")]
)
def test_a_disk_that_fails_is_an_error_and_no_warning(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    said: pytest.LogCaptureFixture,
    number: int,
    call: str,
) -> None:
    """Nothing may be called saved then."""
    monkeypatch.setattr(os if call == "fsync" else fcntl, call, failing(number))
    with pytest.raises(OSError, match=os.strerror(number)):
        durable.sync(tmp_path) if call == "fsync" else durable.lock(tmp_path)
    assert said.messages == []


def test_a_folder_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    """Until its descriptor is closed."""
    held = durable.lock(tmp_path)
    with pytest.raises(BlockingIOError):
        durable.lock(tmp_path)
    os.close(held)
    os.close(durable.lock(tmp_path))
