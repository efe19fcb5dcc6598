"""How an edited dataset takes the place of the one it was made from.

It is written into a folder beside the dataset, forced onto the disk, and given a marker. Then
the two change places: at one instant where the platform can, else by two renames. Whatever a
crash leaves, one rule puts it right: a dataset that bears the marker is the edited one, and the
old one has still to be put away; without it, the edit is dropped.
"""

import logging
import os
import shutil
from pathlib import Path

from dora_hil import durable
from dora_hil_datasets.dataset.exchange import exchange
from dora_hil_datasets.dataset.existing import DatasetError

log = logging.getLogger(__name__)

_MARKER = ".edited"
"""In the edited dataset until the old one is put away; holds the name of the backup, or none."""


class DatasetSwap:
    """A folder beside a dataset, in which its successor is written.

    Attributes:
        root: the dataset.
        edited: where the successor belongs; the folder does not exist yet.
    """

    def __init__(self, root: Path) -> None:
        """Create the folder beside `root`, which has no symbolic link in it.

        Raises:
            DatasetError: it cannot be created, or another program edits the dataset.
        """
        if root.is_mount():
            raise DatasetError(
                f"{root}: is a file system of its own; an edited dataset is built beside the old "
                "one and takes its place, so the dataset has to be in a folder of that file system"
            )
        self.root = root
        self._folder = _folder(root)
        self.edited, self._replaced = _inside(self._folder)
        try:
            self._folder.mkdir(exist_ok=True)
        except OSError as error:
            raise DatasetError(f"{root.parent}: cannot be written: {error.strerror}") from None
        self._lock = _lock(self._folder, root)

    def commit(self, backup: Path | None) -> None:
        """Put the successor into the dataset's place; it is on the disk afterwards.

        Args:
            backup: where the old dataset goes, beside the root; None removes it.

        Raises:
            OSError: the disk is full or fails. The root holds either dataset, whole.
        """
        for path in (*self.edited.rglob("*"), self.edited):
            durable.sync(path)
        durable.write(self.edited / _MARKER, (backup.name if backup else "").encode())
        durable.sync(self._folder)
        durable.sync(self.root.parent)
        if not exchange(self.edited, self.root):
            self.root.rename(self._replaced)
            durable.sync(self._folder)
            self.edited.rename(self.root)
        durable.sync(self.root.parent)
        durable.sync(self._folder)
        _put_away(self.root, self._folder)

    def close(self) -> None:
        """Drop what has not been committed, and let others edit the dataset."""
        try:
            if self._folder.exists():
                _recover(self.root, self._folder)
        finally:
            os.close(self._lock)


def finish_interrupted_swap(root: Path) -> bool:
    """Put right what an edit that was killed has left; cheap where there is nothing.

    Args:
        root: of the dataset; it may be missing for the moment.

    Returns:
        True if there was something to put right.

    Raises:
        DatasetError: the dataset is being edited by another program now.
        OSError: the disk fails.
    """
    root = root.resolve()
    folder = _folder(root)
    if not folder.exists():
        return False
    lock = _lock(folder, root)
    try:
        # The other program may have finished between the look and the lock.
        if not folder.exists():
            return False
        if _recover(root, folder):
            log.warning("%s: an edit was cut off at its very end: it has been completed", root)
        else:
            log.warning("%s: an edit was cut off: the dataset is as it was before", root)
        return True
    finally:
        os.close(lock)


def _folder(root: Path) -> Path:
    return root.with_name(f".{root.name}.editing")


def _inside(folder: Path) -> tuple[Path, Path]:
    return folder / "edited", folder / "replaced"


def _lock(folder: Path, root: Path) -> int:
    try:
        return durable.lock(folder)
    except BlockingIOError:
        raise DatasetError(f"{root}: another program is editing this dataset") from None
    except OSError as error:
        raise DatasetError(f"{folder}: cannot be opened: {error.strerror}") from None


def _recover(root: Path, folder: Path) -> bool:
    """Bring a swap to its end, or undo it; returns whether the dataset is the edited one."""
    replaced = _inside(folder)[1]
    if not root.exists() and replaced.exists():
        replaced.rename(root)
        durable.sync(root.parent)
    if (root / _MARKER).exists():
        _put_away(root, folder)
        return True
    shutil.rmtree(folder)
    return False


def _put_away(root: Path, folder: Path) -> None:
    """Make the old dataset the backup, or remove it; the marker goes when that is done."""
    backup = (root / _MARKER).read_text()
    for old in _inside(folder):
        if old.exists() and backup:
            old.rename(root.with_name(backup))
        elif old.exists():
            shutil.rmtree(old)
    durable.sync(root.parent)
    durable.sync(folder)
    (root / _MARKER).unlink()
    durable.sync(root)
    shutil.rmtree(folder)
