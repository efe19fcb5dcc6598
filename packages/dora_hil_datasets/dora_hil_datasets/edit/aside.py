"""A dataset made from another one: there as a whole or not at all, and one that can be streamed."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dora_hil_datasets.dataset.existing import is_dataset
from dora_hil_datasets.edit.session import EditError
from dora_hil_datasets.edit.whole import whole_copy


def check_is_new(new_root: Path) -> None:
    """Check that a new dataset has a folder to itself.

    Raises:
        EditError: there is something already.
    """
    if new_root.exists():
        raise EditError(f"{new_root}: is there already; --new_root names a folder to be made")


@contextmanager
def written_aside(new_root: Path) -> Iterator[Path]:
    """Yield a folder that does not exist yet; it becomes `new_root` if nothing goes wrong.

    However a dataset was written there, the one that gets the name is whole where that can be;
    see `whole_copy`. What an earlier run that was killed has left is removed first.

    Raises:
        EditError: `new_root` exists.
    """
    check_is_new(new_root)
    beside, whole = (
        new_root.with_name(f".{new_root.name}.{state}") for state in ("unfinished", "whole")
    )
    _remove(beside, whole)
    try:
        yield beside
        (whole_copy(beside, whole) if is_dataset(beside) else beside).rename(new_root)
    finally:
        _remove(beside, whole)


def _remove(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
