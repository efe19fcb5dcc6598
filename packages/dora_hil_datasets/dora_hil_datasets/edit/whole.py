"""What a whole dataset is, and how one becomes whole: in few files that LeRobot can stream."""

import json
import logging
import shlex
import shutil
import time
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq

from dora_hil.errors import UserError, one_line
from dora_hil_datasets.dataset import episode_record, staging
from dora_hil_datasets.dataset.config import DatasetConfig
from dora_hil_datasets.dataset.existing import (
    EPISODES,
    is_dataset,
    parquet_files,
    read_existing,
    video_keys,
)
from dora_hil_datasets.edit.file_counts import count_files, fewest_files, size_bytes
from dora_hil_datasets.edit.session import DatasetEdit, take_over_others

log = logging.getLogger(__name__)

MOST_BYTES = 5 * 1024**3
"""A larger one is left to `dora-hil consolidate`: a minute or more at each end."""

_STREAMING_TOLERANCE_S = 1e-4
"""LeRobot's default: a picture further from the time that was asked for is an error."""


def is_whole(root: Path) -> bool:
    """Say whether a dataset is in as few files as there can be, and can be streamed."""
    return count_files(root).total <= fewest_files(root).total and can_stream(root)


def can_stream(root: Path) -> bool:
    """Say whether `StreamingLeRobotDataset` finds each picture.

    It takes `index / fps` as the time in a video, wherever the metadata say that an episode
    begins. Pictures that no row has, and a second video file, shift what comes behind.
    """
    info = json.loads((root / staging.INFO).read_text(encoding="utf-8"))
    starts = [f"videos/{camera}/from_timestamp" for camera in video_keys(info)]
    for path in parquet_files(root / EPISODES):
        table = pq.read_table(path, columns=["dataset_from_index", *starts])
        for row in table.to_pylist():
            asked_for_s = row["dataset_from_index"] / info["fps"]
            if any(abs(row[start] - asked_for_s) > _STREAMING_TOLERANCE_S for start in starts):
                return False
    return True


def whole_copy(made: Path, copy: Path) -> Path:
    """Make a whole copy of a dataset that has just been made, and that nobody else uses yet.

    Args:
        made: the dataset.
        copy: where the copy goes; the folder does not exist yet.

    Returns:
        The copy; or `made`, where that is whole already or cannot be, which is said.
    """
    if is_whole(made):
        return made
    # Not before it is known to be needed: this takes seconds.
    from dora_hil_datasets.edit.with_lerobot import consolidate

    try:
        consolidate(made.name, made, copy)
    except UserError as error:
        log.warning("LeRobot cannot stream the new dataset: %s", one_line(error))
        return made
    if (made / episode_record.FILE).exists():
        shutil.copy2(made / episode_record.FILE, copy / episode_record.FILE)
    take_over_others(made, copy)
    return copy


def make_whole(dataset: DatasetConfig, at_least: int = 0) -> None:
    """Put a recording that has ended into few files that can be streamed, if it is not yet.

    The episodes are safe before and while this is done: the successor is written beside the
    dataset, compared with it, and takes its place at one instant. Where that is not possible
    the recording stays as it is, and it is said.

    Args:
        dataset: what was recorded; nobody holds its folder.
        at_least: with fewer episodes nothing is done.
    """
    root = dataset.root.resolve()
    if not is_dataset(root) or read_existing(root).episodes < at_least:
        return
    later = (
        "uv run dora-hil consolidate "
        f"--repo_id {dataset.repo_id} --root {shlex.quote(str(dataset.root))}"
    )
    if is_whole(root):
        return
    before, fewest = count_files(root), fewest_files(root)
    size = size_bytes(root)
    if size > MOST_BYTES:
        log.info(
            "%s has %.0f GB in %d files and is left so; to make few of them: %s",
            dataset.root,
            size / 1024**3,
            before.total,
            later,
        )
        return
    if before.total > fewest.total:
        what = f"{fewest.total} files of {before.total}"
        log.info("making %s; the episodes are safe meanwhile", what)
    else:
        what = f"{before.total} files that LeRobot can stream"
        log.info(
            "taking the pictures that no row has out of %d files; the episodes are safe meanwhile",
            before.total,
        )
    start_s = time.monotonic()
    try:
        _consolidate(dataset)
    except (UserError, OSError) as error:
        log.warning(
            "%s stays in %d files: %s; later: %s",
            dataset.root,
            before.total,
            one_line(error),
            later,
        )
        return
    log.info("made %s in %.1f s", what, time.monotonic() - start_s)


def _consolidate(dataset: DatasetConfig) -> None:
    # Not before it is known to be needed: this takes seconds.
    from dora_hil_datasets.edit.with_lerobot import consolidate

    root = dataset.root.resolve()
    with closing(DatasetEdit(root)) as edit:
        edit.write(lambda edited: consolidate(dataset.repo_id, root, edited))
        edit.replace(edit.existing.records, keep_backup=False)
