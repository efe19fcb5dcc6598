"""A dataset made from another one: there as a whole or not at all."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lerobot_node.edit.session import EditError


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

    What an earlier run that was killed has left is removed first.

    Raises:
        EditError: `new_root` exists.
    """
    check_is_new(new_root)
    beside = new_root.with_name(f".{new_root.name}.unfinished")
    if beside.exists():
        shutil.rmtree(beside)
    try:
        yield beside
        beside.rename(new_root)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
