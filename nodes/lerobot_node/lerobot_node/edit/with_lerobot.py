"""LeRobot's dataset tools at work: quiet, with a bar, and checked afterwards.

Set `HF_HUB_OFFLINE=1` before this module is imported; LeRobot reads it once.
"""

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
from lerobot.datasets import dataset_tools
from tqdm import tqdm

from dora_hil.errors import one_line
from lerobot_node.dataset import decoder
from lerobot_node.dataset.existing import EPISODES
from lerobot_node.dataset.local import LocalDataset
from lerobot_node.edit.check import check_episodes, check_picture_counts
from lerobot_node.edit.deletion import Deletion
from lerobot_node.edit.session import EditError


def delete_episodes(repo_id: str, root: Path, edited: Path, deletion: Deletion) -> None:
    """Write a dataset without some of its episodes, and check the others.

    Args:
        repo_id: LeRobot's name of the dataset.
        root: the dataset.
        edited: where the new one goes; the folder does not exist yet.
        deletion: which episodes go and stay.

    Raises:
        CheckError: an episode that stays would not be what it was.
    """
    with own_cache():
        before = LocalDataset(repo_id, root).open()
        with _bar("deleting", root, edited):
            dataset_tools.delete_episodes(before, list(deletion.deleted), edited, repo_id)
        after = LocalDataset(repo_id, edited).open()
        check_episodes(before, after, deletion.kept, deletion.encoded_again)


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
        before = LocalDataset(repo_id, root).open()
        try:
            with _bar("merging", root, edited):
                dataset_tools.merge_datasets([before], repo_id, edited)
        except ValueError as error:
            raise EditError(
                f"{root}: LeRobot cannot join its videos: {one_line(error)}; it joins those of one "
                "encoding without B-frames, such as the recorder writes by default; "
                "the dataset is unchanged"
            ) from error
        _correct_places(edited)
        after = LocalDataset(repo_id, edited).open()
        check_episodes(before, after, range(before.num_episodes))
        check_picture_counts(before, after)


def _correct_places(root: Path) -> None:
    """Let each row of `meta/episodes` name the file it is in.

    LeRobot 0.6.1 adds the number of the first file instead, so that deleting an episode of a
    merged dataset looks for files that are not there.
    """
    for path in (root / EPISODES).glob("*/*.parquet"):
        table = pq.read_table(path)
        for key, name in (("chunk_index", path.parent.name), ("file_index", path.stem)):
            column = f"{EPISODES}/{key}"
            numbers = pa.array([int(name.rpartition("-")[2])] * len(table), pa.int64())
            table = table.set_column(table.schema.get_field_index(column), column, numbers)
        pq.write_table(table, path)


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
    total = _size(root)
    is_done = threading.Event()
    with tqdm(total=total, desc=what, unit="B", unit_scale=True, disable=None) as bar:

        def watch() -> None:
            while not is_done.wait(0.2):
                bar.update(min(_size(edited), total) - bar.n)

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_done.set()
            thread.join()


def _size(root: Path) -> int:
    total = 0
    for path in root.rglob("*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:  # Replaced by its successor just now.
            continue
    return total
