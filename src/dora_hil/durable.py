"""Files that are on the disk when a function returns, not only in the page cache; and locks.

Some file systems (of a network, of a container, of a phone) can do neither. Then there is a
warning of what is not promised there, once, and everything else goes on.
"""

import errno
import fcntl
import logging
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

_CANNOT: Final = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOTTY}
_CANNOT_LOCK: Final = _CANNOT | {errno.ENOLCK, errno.EBADF}
"""NFS says EBADF of a folder: it wants to write to what it locks."""

_warned: set[tuple[int, str]] = set()
"""File systems, and what was said of them."""


def sync(path: Path) -> None:
    """Force a file, or the entries of a folder, onto the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        _force(descriptor, path)
    finally:
        os.close(descriptor)


def lock(folder: Path) -> int:
    """Hold a folder until the descriptor that is returned is closed.

    The kernel holds the lock: a program that was killed does not leave it behind.

    Raises:
        BlockingIOError: another program holds it.
        OSError: it cannot be opened.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in _CANNOT_LOCK:
            os.close(descriptor)
            raise
        _warn(
            descriptor,
            f"{folder}: this file system has no locks ({error.strerror}): nothing keeps two "
            "programs from writing here at once; start only one",
        )
    return descriptor


def _force(descriptor: int, path: Path) -> None:
    try:
        if sys.platform == "darwin":
            try:
                # macOS' fsync leaves the data in the drive's own cache.
                fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
                return
            except OSError as error:
                if error.errno not in _CANNOT:
                    raise
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT:
            raise
        _warn(
            descriptor,
            f"{path.parent}: this file system cannot force files onto the disk "
            f"({error.strerror}): what is saved survives a crash of this program, but perhaps not "
            "a power cut",
        )


def _warn(descriptor: int, text: str) -> None:
    """Say something of a file system, once."""
    about = os.fstat(descriptor).st_dev, text.partition(": ")[2]
    if about not in _warned:
        _warned.add(about)
        log.warning("%s", text)


def check_room(folder: Path) -> None:
    """Write a mebibyte, and remove it again.

    Raises:
        OSError: there is no room for it, or the disk fails.
    """
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".room-") as file:
            file.write(bytes(1 << 20))
            file.flush()
            _force(file.fileno(), Path(file.name))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error


def check_writable(folder: Path) -> None:
    """See whether a folder, which is created, takes files.

    Raises:
        OSError: it does not.
    """
    make_folders([folder])
    check_room(folder)


def make_folders(folders: Iterable[Path]) -> None:
    """Create folders and those above them; every new entry is on the disk."""
    for folder in folders:
        missing = [p for p in (folder, *folder.parents) if not p.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        for path in missing:
            sync(path.parent)


def write(path: Path, content: bytes) -> None:
    """Write a file so that after a crash it holds either all of this or what it held before.

    Raises:
        OSError: the disk is full or fails; nothing is left of what was written.
    """
    temporary = path.with_name(f"{path.name}.part")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            _force(file.fileno(), path)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync(path.parent)
