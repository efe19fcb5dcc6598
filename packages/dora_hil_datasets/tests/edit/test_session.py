"""A dataset that is held while its successor is written."""

import json
import os
import shutil
from contextlib import closing
from pathlib import Path

import pytest
import recordings

from dora_hil.errors import UserError
from dora_hil_datasets.dataset.existing import DatasetError, read_existing
from dora_hil_datasets.dataset.opening import RecordingFolder
from dora_hil_datasets.dataset.staging import FOLDER
from dora_hil_datasets.edit.session import DatasetEdit, EditError, open_dataset


def copy(root: Path, edited: Path) -> None:
    """Write a successor that is the same, as LeRobot would: only what it knows."""
    shutil.copytree(root, edited, ignore=shutil.ignore_patterns("*.jsonl", "*.md", ".*"))


def files(root: Path) -> dict[str, bytes]:
    """Return what a folder holds."""
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_a_successor_replaces_the_dataset_with_its_records(root: Path) -> None:
    """LeRobot does not carry them along."""
    before = files(root)
    with closing(DatasetEdit(root)) as edit:
        edit.write(lambda edited: copy(root, edited))
        backup = edit.replace(edit.existing.records, keep_backup=True)
    assert files(root) == before
    assert backup == root.with_name("data_backup_1")
    assert files(backup) == before


def test_each_backup_gets_its_own_name(root: Path) -> None:
    """None is written over."""
    for number in (1, 2):
        with closing(DatasetEdit(root)) as edit:
            edit.write(lambda edited: copy(root, edited))
            backup = edit.replace(edit.existing.records, keep_backup=True)
        assert backup == root.with_name(f"data_backup_{number}")


def test_notes_stay_and_records_go_with_a_successor_that_has_none(root: Path) -> None:
    """A card that somebody has written is not LeRobot's; old records would not fit."""
    (root / "README.md").write_text("mine")
    (root / "meta" / "notes.md").write_text("mine too")
    with closing(DatasetEdit(root)) as edit:
        edit.write(lambda edited: copy(root, edited))
        edit.replace((), keep_backup=False)
    assert (root / "README.md").read_text() == "mine"
    assert (root / "meta" / "notes.md").read_text() == "mine too"
    assert read_existing(root).records == ()


def test_what_lerobot_cannot_do_is_one_line_and_changes_nothing(root: Path) -> None:
    """Whatever it raises."""
    before = files(root)

    def fail(edited: Path) -> None:
        (edited / "meta").mkdir(parents=True)
        raise ValueError("not compatible\nwith anything")

    with closing(DatasetEdit(root)) as edit, pytest.raises(EditError) as error:
        edit.write(fail)
    assert str(error.value).endswith(
        "could not do it: not compatible with anything; the dataset is unchanged"
    )
    assert files(root) == before
    assert os.listdir(root.parent) == ["data"]


def test_a_dataset_that_is_being_recorded_is_refused(root: Path) -> None:
    """And the recorder goes on undisturbed."""
    with closing(RecordingFolder(root, resume=True)), pytest.raises(DatasetError, match="writing"):
        DatasetEdit(root)
    assert os.listdir(root.parent) == ["data"]


def test_an_episode_that_was_cut_off_in_its_save_is_added_first(root: Path) -> None:
    """With the recorder's own code: the edit then knows of it."""
    publish = root.with_name("later")
    recordings.write(Path(shutil.copytree(root, publish)), [5])
    late = [name for name in files(publish) if files(root).get(name) != files(publish)[name]]
    for name in late:
        (root / FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(publish / name, root / FOLDER / name)
    (root / FOLDER / "READY.json").write_text(json.dumps(late))
    with closing(DatasetEdit(root)) as edit:
        assert edit.existing.lengths == (3, 2, 4, 5)


def test_an_edit_that_was_cut_off_is_put_right_first(root: Path) -> None:
    """Its folder is in the way."""
    (root.parent / ".data.editing" / "edited").mkdir(parents=True)
    open_dataset(root).close()
    assert os.listdir(root.parent) == ["data"]


def test_a_folder_that_does_not_exist_is_not_made(tmp_path: Path) -> None:
    """A recorder would make it."""
    with pytest.raises(UserError, match="there is no dataset here"):
        DatasetEdit(tmp_path / "a" / "typo")
    assert os.listdir(tmp_path) == []
