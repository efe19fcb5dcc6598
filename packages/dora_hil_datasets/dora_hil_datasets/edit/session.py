"""A dataset that is edited: held for one program, then replaced as a whole or not at all."""

import shutil
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

from dora_hil.errors import UserError, one_line
from dora_hil_datasets.dataset import episode_record, staging
from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.dataset.existing import (
    DatasetError,
    ExistingDataset,
    is_dataset,
    read_existing,
)
from dora_hil_datasets.dataset.opening import RecordingFolder
from dora_hil_datasets.dataset.swap import DatasetSwap, finish_interrupted_swap

_REWRITTEN = (
    "data/",
    "videos/",
    "images/",
    "meta/episodes/",
    "meta/stats.json",
    "meta/tasks.parquet",
    staging.INFO,
    episode_record.FILE,
    f"{staging.FOLDER}/",
)
"""What an edit writes anew, or what must not outlive it; all other files are taken over."""


class EditError(UserError):
    """An edit that could not be made; the dataset is as it was before."""


def open_dataset(root: Path) -> RecordingFolder:
    """Hold a dataset, and repair it if its last recording or edit was cut off.

    Args:
        root: the dataset; without symbolic links.

    Raises:
        DatasetError: there is none, it is damaged, cannot be written or is in use.
    """
    # The dataset has no folder between the two renames of an edit that was cut off.
    finish_interrupted_swap(root)
    was_cut_off = staging.Staging(root).find() is staging.Found.COMPLETE
    if not is_dataset(root) and not was_cut_off:
        raise DatasetError(f"{root}: there is no dataset here ({staging.INFO} is missing)")
    return RecordingFolder(root, resume=True)


class DatasetEdit:
    """Holds a dataset while its successor is written.

    Attributes:
        existing: the dataset, repaired if its last recording or edit was cut off.
        edited: where the successor belongs; the folder does not exist yet.
    """

    def __init__(self, root: Path) -> None:
        """Open the dataset at `root`; see `open_dataset`."""
        self._folder = open_dataset(root)
        try:
            self.existing: ExistingDataset = self._folder.existing or read_existing(root)
            self._swap = DatasetSwap(root)
        except BaseException:
            self._folder.close()
            raise
        self.edited = self._swap.edited

    def write(self, successor: Callable[[Path], None]) -> None:
        """Let LeRobot write the successor into the folder it is called with.

        Raises:
            EditError: LeRobot could not.
        """
        try:
            successor(self.edited)
        except UserError:
            raise
        except Exception as error:
            raise EditError(
                f"{self.existing.root}: LeRobot could not do it: {one_line(error)}; "
                "the dataset is unchanged"
            ) from error

    def replace(self, records: Sequence[EpisodeRecord], *, keep_backup: bool) -> Path | None:
        """Put the successor into the dataset's place.

        Args:
            records: of the successor's episodes, or none.
            keep_backup: keep the old dataset beside the new one.

        Returns:
            Where the old dataset is.
        """
        episode_record.write(self.edited, records)
        take_over_others(self.existing.root, self.edited)
        backup = _free_name(self.existing.root) if keep_backup else None
        self._swap.commit(backup)
        return backup

    def close(self) -> None:
        """Let others use the dataset; a successor that has not replaced it is dropped."""
        try:
            self._swap.close()
        finally:
            self._folder.close()


def take_over_others(root: Path, edited: Path) -> None:
    """Copy what an edit does not write anew, such as notes that lie in the dataset's folder."""
    for path in root.rglob("*"):
        name = path.relative_to(root).as_posix()
        if path.is_file() and not name.startswith(_REWRITTEN):
            (edited / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, edited / name)


def _free_name(root: Path) -> Path:
    names = (root.with_name(f"{root.name}_backup_{number}") for number in count(1))
    return next(path for path in names if not path.exists())
