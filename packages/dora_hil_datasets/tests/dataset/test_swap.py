"""An edited dataset takes the place of the old one, whatever is cut off."""

import itertools
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from dora_hil import durable
from dora_hil_datasets.dataset import exchange as edit_exchange
from dora_hil_datasets.dataset import swap as dataset_swap
from dora_hil_datasets.dataset.existing import DatasetError
from dora_hil_datasets.dataset.swap import DatasetSwap, finish_interrupted_swap

FILES = ("meta/info.json", "data/chunk-000/file-000.parquet")
OLD, NEW = "old", "new"

REPAIR_STEPS = 13
"""About as often a repair touches the disk: each kill of an edit meets one of a repair."""


def write(folder: Path, content: str) -> None:
    """Write a dataset of two files."""
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def content(folder: Path) -> str:
    """Return what both files hold.

    Raises:
        AssertionError: a file is missing, or they do not belong together.
    """
    found = {(folder / name).read_text() for name in FILES if (folder / name).exists()}
    assert len(found) == 1, found
    assert all((folder / name).exists() for name in FILES)
    return found.pop()


def edit(root: Path, backup: Path | None) -> None:
    """Replace a dataset."""
    with closing(DatasetSwap(root)) as swap:
        write(swap.edited, NEW)
        swap.commit(backup)


class Killed(BaseException):
    """The end of a process."""


class Killer:
    """Ends what runs at its n-th access to a path; what cleans up then reaches no path either."""

    def __init__(self) -> None:
        """Listen to the interpreter; nothing can take an audit hook away again."""
        self._accesses_left: int | None = None
        sys.addaudithook(self._count)

    def _count(self, event: str, _: object) -> None:
        if self._accesses_left is None or not event.startswith(("open", "os.", "shutil.")):
            return
        self._accesses_left -= 1
        if self._accesses_left < 0:
            raise Killed

    def survives(self, action: Callable[[], object], accesses: int) -> bool:
        """Say whether something comes to its end with so many accesses."""
        self._accesses_left = accesses
        try:
            action()
        except Killed:
            return False
        finally:
            self._accesses_left = None
        return True


@pytest.fixture(scope="module")
def killer() -> Killer:
    """Return the one killer."""
    return Killer()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a dataset that is alone in its folder."""
    folder = tmp_path / "recordings" / "data"
    write(folder, OLD)
    return folder


@pytest.fixture(params=["exchange", "two renames"])
def platform(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the platform exchange folders, or not."""
    if request.param == "two renames":
        monkeypatch.setattr(dataset_swap, "exchange", lambda one, other: False)
    return str(request.param)


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("name", ["data_backup_1", None])
def test_the_old_dataset_becomes_the_backup_or_goes(root: Path, name: str | None) -> None:
    """And nothing else is left."""
    edit(root, root.with_name(name) if name else None)
    assert content(root) == NEW
    assert sorted(os.listdir(root.parent)) == ["data", *filter(None, [name])]
    assert sorted(os.listdir(root)) == ["data", "meta"]
    if name:
        assert content(root.with_name(name)) == OLD


def test_an_edit_that_is_not_committed_leaves_the_dataset_alone(root: Path) -> None:
    """What was written so far goes."""
    with closing(DatasetSwap(root)) as swap:
        write(swap.edited, NEW)
    assert content(root) == OLD
    assert os.listdir(root.parent) == ["data"]


@pytest.mark.parametrize("keeps_backup", [True, False])
def test_a_kill_at_any_point_leaves_one_whole_dataset(
    root: Path, platform: str, killer: Killer, *, keeps_backup: bool
) -> None:
    """So does a kill of the repair; one that comes to its end leaves nothing else behind."""
    backup = root.with_name("data_backup_1") if keeps_backup else None
    parent, start = root.parent, root.parent.with_name("start")
    parent.rename(start)
    seen = set()
    for step in itertools.count():
        shutil.rmtree(parent, ignore_errors=True)
        shutil.copytree(start, parent)
        if killer.survives(lambda: edit(root, backup), step):
            break
        if platform == "exchange":
            content(root)
        killer.survives(lambda: finish_interrupted_swap(root), step % REPAIR_STEPS)
        finish_interrupted_swap(root)
        seen.add(content(root))
        if keeps_backup and content(root) == NEW:
            assert content(root.with_name("data_backup_1")) == OLD
            shutil.rmtree(root.with_name("data_backup_1"))
        assert os.listdir(parent) == ["data"]
        assert sorted(os.listdir(root)) == ["data", "meta"]
    assert seen == {OLD, NEW}


def test_all_of_the_edited_dataset_is_on_the_disk_before_it_takes_the_place(
    root: Path, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a power cut would leave empty files under the right names."""
    synced: list[Path] = []
    before_the_swap: list[Path] = []
    monkeypatch.setattr(durable, "sync", synced.append)
    can_exchange = platform == "exchange"

    def exchange(one: Path, other: Path) -> bool:
        before_the_swap.extend(synced)
        return can_exchange and edit_exchange.exchange(one, other)

    monkeypatch.setattr(dataset_swap, "exchange", exchange)
    with closing(DatasetSwap(root)) as swap:
        write(swap.edited, NEW)
        written = {swap.edited, *swap.edited.rglob("*")}
        swap.commit(None)
    assert written <= set(before_the_swap)


def test_a_repair_says_whether_there_was_something_to_do(root: Path) -> None:
    """So that a recorder may look every time."""
    assert not finish_interrupted_swap(root)
    (root.parent / ".data.editing").mkdir()
    assert finish_interrupted_swap(root)
    assert not finish_interrupted_swap(root)


def test_a_dataset_that_is_being_edited_is_neither_repaired_nor_edited(root: Path) -> None:
    """The other program's work is not mistaken for what a crash has left."""
    with closing(DatasetSwap(root)) as swap:
        write(swap.edited, NEW)
        with pytest.raises(DatasetError, match="another program is editing this dataset"):
            finish_interrupted_swap(root)
        with pytest.raises(DatasetError, match="another program is editing this dataset"):
            DatasetSwap(root)
        swap.commit(None)
    assert content(root) == NEW


def test_a_link_to_a_dataset_is_repaired_where_the_dataset_is(root: Path, tmp_path: Path) -> None:
    """The folder beside the link is not the one beside the dataset."""
    (root.parent / ".data.editing").mkdir()
    link = tmp_path / "elsewhere" / "link"
    link.parent.mkdir()
    link.symlink_to(root)
    assert finish_interrupted_swap(link)
    assert content(link) == OLD


def test_a_file_system_of_its_own_is_refused(tmp_path: Path) -> None:
    """It cannot change places with anything."""
    with pytest.raises(DatasetError, match="is a file system of its own"):
        DatasetSwap(Path("/proc"))
