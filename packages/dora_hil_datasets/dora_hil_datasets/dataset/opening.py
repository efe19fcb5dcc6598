"""Opens the folder of a recording: new, or to go on with; repairs what a crash left behind."""

import logging
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from dora_hil import durable
from dora_hil_datasets.dataset.episode_record import recorded_as
from dora_hil_datasets.dataset.existing import (
    DatasetError,
    ExistingDataset,
    is_dataset,
    read_existing,
)
from dora_hil_datasets.dataset.staging import FOLDER, Found, Staging
from dora_hil_datasets.dataset.swap import finish_interrupted_swap

log = logging.getLogger(__name__)

_ELSEWHERE = "RECORD_ARGS=--dataset.root=outputs/record/another"
RESUME_OR_ELSEWHERE = f"Go on with it: RESUME_RECORDING=1; or record elsewhere: {_ELSEWHERE}"


class RecordingFolder:
    """The root of a dataset, held for one recorder at a time.

    Attributes:
        root: the folder; it exists while this is open.
        existing: the dataset in it, or None.
    """

    def __init__(
        self,
        root: Path,
        *,
        resume: bool,
        way_out: str = RESUME_OR_ELSEWHERE,
        names: Sequence[str] = (),
    ) -> None:
        """Open a folder.

        Args:
            root: of the dataset.
            resume: go on with the dataset that is there; else there must be none.
            way_out: what a person can do where there is one.
            names: what it may be called, the first from now on; none accepts any dataset.

        Raises:
            DatasetError: there is a dataset and `resume` is not set, or it has another name; the
                folder holds something else, cannot be written, or is in use.
        """
        finish_interrupted_swap(root)
        self.root = root
        self.existing: ExistingDataset | None = None
        staging = Staging(root)
        found = staging.find()
        has_dataset = is_dataset(root) or found is Found.COMPLETE
        if has_dataset and not resume:
            raise DatasetError(_refusal(root, way_out, names))
        if not has_dataset and _holds_files(root):
            raise DatasetError(f"{root} is not empty and holds no dataset; record into another")
        self._lock = _create_and_lock(root)
        try:
            _repair(staging, found)
            if has_dataset:
                self.existing = read_existing(root)
                _check_name(self.existing, names)
            elif resume:
                log.info("%s: nothing to resume yet, starting a new dataset", root)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let others use the folder; it goes if nothing was recorded into it."""
        staging = Staging(self.root)
        if staging.find() is Found.HALF_WRITTEN:
            staging.clear()
        os.close(self._lock)
        if not _holds_files(self.root):
            # Folders alone: those of a first save that did not come about.
            shutil.rmtree(self.root)


def _holds_files(root: Path) -> bool:
    """Say whether there is any file besides those of the staging folder."""
    staged = root / FOLDER
    return any(p.is_file() and staged not in p.parents for p in root.rglob("*"))


def _check_name(existing: ExistingDataset, names: Sequence[str]) -> None:
    name = recorded_as(existing.records)
    if names and name and name not in names:
        raise DatasetError(
            f"{existing.root} holds the dataset {name!r}, not {names[0]!r}; it is left alone. "
            f"Record into another folder: {_ELSEWHERE}; or, if it is to be called "
            f"{names[0]!r} from now on: --dataset.renamed_from={name}"
        )


def _refusal(root: Path, way_out: str, names: Sequence[str]) -> str:
    try:
        existing = read_existing(root)
    except DatasetError:
        holds = "a recording that was cut off"
    else:
        _check_name(existing, names)
        holds = f"{existing.episodes} episodes"
    return f"{root} already holds {holds}; it is left alone. {way_out}"


def _create_and_lock(root: Path) -> int:
    try:
        root.mkdir(parents=True, exist_ok=True)
        probe = root / ".writable"
        probe.touch()
        probe.unlink()
        return durable.lock(root)
    except BlockingIOError:
        raise DatasetError(f"{root}: another recorder is writing here") from None
    except OSError as error:
        raise DatasetError(f"{root}: cannot be written: {error.strerror}") from None


def _repair(staging: Staging, found: Found) -> None:
    if found is Found.COMPLETE:
        staging.finish()
        log.warning("the last run was cut off in the middle of a save: the episode has been added")
    elif found is Found.HALF_WRITTEN:
        staging.clear()
        log.warning("the last run was cut off in the middle of an episode: that one was dropped")
