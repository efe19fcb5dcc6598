"""LeRobot's dataset tools at work: quiet, with a bar, and checked afterwards.

Set `HF_HUB_OFFLINE=1` before this module is imported; LeRobot reads it once.
"""

import logging
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import datasets
from lerobot.datasets import dataset_tools
from tqdm import tqdm

from dora_hil_datasets.dataset import decoder
from dora_hil_datasets.dataset.local import LocalDataset
from dora_hil_datasets.edit.check import check_episodes, check_picture_counts
from dora_hil_datasets.edit.deletion import Deletion
from dora_hil_datasets.edit.file_counts import size_bytes
from dora_hil_datasets.edit.regroup import RegroupError, cut, join
from dora_hil_datasets.edit.session import EditError

log = logging.getLogger(__name__)


def delete_episodes(repo_id: str, root: Path, edited: Path, deletion: Deletion) -> None:
    """Write a dataset without some of its episodes, and check the others.

    Episodes that shared video files are cut out of them first, and share one again afterwards.

    Args:
        repo_id: LeRobot's name of the dataset.
        root: the dataset.
        edited: where the new one goes; the folder does not exist yet.
        deletion: which episodes go and stay.

    Raises:
        CheckError: an episode that stays would not be what it was.
    """
    encoded_again = deletion.encoded_again
    with own_cache(), tempfile.TemporaryDirectory(dir=edited.parent) as folder:
        source, left = root, edited
        with _bar("deleting", root, edited.parent):
            if encoded_again:
                try:
                    cut(root, Path(folder, "cut"))
                    source, left, encoded_again = (
                        Path(folder, "cut"),
                        Path(folder, "left"),
                        frozenset(),
                    )
                except RegroupError as error:
                    log.warning(
                        "%s; so LeRobot encodes the pictures of %d episodes again, which loses "
                        "a little",
                        error,
                        len(encoded_again),
                    )
            dataset = LocalDataset(repo_id, source).open()
            dataset_tools.delete_episodes(dataset, list(deletion.deleted), left, repo_id)
            if left != edited:
                join(left, edited)
        before = LocalDataset(repo_id, root).open()
        after = LocalDataset(repo_id, edited).open()
        check_episodes(before, after, deletion.kept, encoded_again)


def consolidate(repo_id: str, root: Path, edited: Path) -> None:
    """Write the same dataset into few files, and check that it is the same.

    Args:
        repo_id: LeRobot's name of the dataset.
        root: the dataset.
        edited: where the new one goes; the folder does not exist yet.

    Raises:
        CheckError: it would not be.
        EditError: its videos cannot be joined.
    """
    with own_cache():
        try:
            with _bar("merging", root, edited):
                join(root, edited)
        except RegroupError as error:
            raise EditError(
                f"{root}: its videos cannot be joined: {error}; that takes one encoding without "
                "B-frames, such as the recorder writes by default; the dataset is unchanged"
            ) from error
        before = LocalDataset(repo_id, root).open()
        after = LocalDataset(repo_id, edited).open()
        check_episodes(before, after, range(before.num_episodes))
        check_picture_counts(after)


@contextmanager
def own_cache() -> Iterator[None]:
    """Keep copies of the datasets out of the user's cache, and the libraries quiet."""
    decoder.quiet()
    datasets.disable_progress_bars()
    users = datasets.config.HF_DATASETS_CACHE
    with tempfile.TemporaryDirectory(prefix="dora-hil-edit-") as folder:
        datasets.config.HF_DATASETS_CACHE = Path(folder)
        try:
            yield
        finally:
            datasets.config.HF_DATASETS_CACHE = users


@contextmanager
def _bar(what: str, root: Path, edited: Path) -> Iterator[None]:
    """Show how much has been written, by the size on the disk; LeRobot does not say."""
    total = size_bytes(root)
    is_done = threading.Event()
    with tqdm(total=total, desc=what, unit="B", unit_scale=True, disable=None) as bar:

        def watch() -> None:
            while not is_done.wait(0.2):
                bar.update(min(size_bytes(edited), total) - bar.n)

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_done.set()
            thread.join()
