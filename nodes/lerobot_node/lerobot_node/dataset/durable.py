"""Files that are on the disk when a function returns, not only in the page cache."""

import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path


def sync(path: Path) -> None:
    """Force a file, or the entries of a folder, onto the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        _force(descriptor)
    finally:
        os.close(descriptor)


def _force(descriptor: int) -> None:
    if sys.platform == "darwin":
        import fcntl

        # macOS' fsync leaves the data in the drive's own cache.
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    else:
        os.fsync(descriptor)


def check_room(folder: Path) -> None:
    """Write a mebibyte, and remove it again.

    Raises:
        OSError: there is no room for it, or the disk fails.
    """
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".room-") as file:
            file.write(bytes(1 << 20))
            file.flush()
            _force(file.fileno())
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error


def make_folders(folders: Iterable[Path]) -> None:
    """Create folders and those above them; every new entry is on the disk."""
    for folder in folders:
        missing = [p for p in (folder, *folder.parents) if not p.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        for path in missing:
            sync(path.parent)


def write(path: Path, content: bytes) -> None:
    """Write a file so that after a crash it holds either all of this or what it held before."""
    temporary = path.with_name(f"{path.name}.part")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        _force(file.fileno())
    temporary.replace(path)
    sync(path.parent)
