"""Makes a finished recording whole: few files, as LeRobot's own recorder would have left it."""

import logging
import shlex
import time
from contextlib import closing

from dora_hil.errors import UserError, one_line
from lerobot_node.dataset.config import DatasetConfig
from lerobot_node.dataset.existing import is_dataset, read_existing
from lerobot_node.edit.file_counts import count_files, fewest_files, size_bytes
from lerobot_node.edit.session import DatasetEdit

log = logging.getLogger(__name__)

MOST_BYTES = 5 * 1024**3
"""A larger one is left to `scripts/consolidate_dataset.py`: a minute or more at each end."""


def make_whole(dataset: DatasetConfig, at_least: int = 0) -> None:
    """Put a recording that has ended into few files, if it is in more.

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
        "uv run scripts/consolidate_dataset.py "
        f"--repo_id {dataset.repo_id} --root {shlex.quote(str(dataset.root))}"
    )
    before, fewest = count_files(root), fewest_files(root)
    if before.total <= fewest.total:
        return
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
    log.info("making %d files of %d; the episodes are safe meanwhile", fewest.total, before.total)
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
    log.info(
        "made %d files of %d in %.1f s", fewest.total, before.total, time.monotonic() - start_s
    )


def _consolidate(dataset: DatasetConfig) -> None:
    # Not before it is known to be needed: this takes seconds.
    from lerobot_node.edit.with_lerobot import consolidate

    root = dataset.root.resolve()
    with closing(DatasetEdit(root)) as edit:
        edit.write(lambda edited: consolidate(dataset.repo_id, root, edited))
        edit.replace(edit.existing.records, keep_backup=False)
