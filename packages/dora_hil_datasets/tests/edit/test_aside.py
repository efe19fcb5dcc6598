"""A dataset made from another one."""

from pathlib import Path

import pytest
import recordings

from dora_hil_datasets.dataset.existing import read_existing
from dora_hil_datasets.dataset.store import DatasetStore
from dora_hil_datasets.edit.aside import check_is_new, written_aside
from dora_hil_datasets.edit.file_counts import FileCounts, count_files
from dora_hil_datasets.edit.session import EditError


def test_what_is_written_aside_takes_its_place_in_the_end(tmp_path: Path) -> None:
    """And not before."""
    root = tmp_path / "new"
    with written_aside(root) as aside:
        aside.mkdir()
        (aside / "file").touch()
        assert not root.exists()
    assert [path.name for path in tmp_path.rglob("*")] == ["new", "file"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_nothing_is_left_of_what_went_wrong(tmp_path: Path, error: type[BaseException]) -> None:
    """Nor of what a person has stopped."""

    def write() -> None:
        with written_aside(tmp_path / "new") as aside:
            aside.mkdir()
            raise error

    with pytest.raises(error):
        write()
    assert not list(tmp_path.iterdir())


def test_what_a_killed_run_has_left_is_removed(tmp_path: Path) -> None:
    """It is nobody's."""
    (tmp_path / ".new.unfinished" / "data").mkdir(parents=True)
    with written_aside(tmp_path / "new") as aside:
        assert not aside.exists()
        aside.mkdir()
    assert [path.name for path in tmp_path.rglob("*")] == ["new"]


def test_a_folder_that_is_there_is_refused_and_left_alone(tmp_path: Path) -> None:
    """Whatever it holds."""
    with pytest.raises(EditError, match="is there already; --new_root names a folder to be made"):
        check_is_new(tmp_path)
    with pytest.raises(EditError), written_aside(tmp_path):
        pass
    assert tmp_path.exists()


def test_however_a_dataset_was_written_lerobot_streams_what_comes_out(tmp_path: Path) -> None:
    """A file for each episode, and pictures that no row has: each row gets its own picture."""
    root = tmp_path / "new"
    with written_aside(root) as aside:
        recordings.write(aside, [3, 2, 4])
        (aside / "NOTES.md").write_text("by hand")
        recordings.leave_gaps(aside, [2, 2, 3])
        records = read_existing(aside).records
    assert recordings.stream(root) == [(0, 2), (1, 2), (2, 3)]
    assert count_files(root) == FileCounts(1, 1, 1)
    assert read_existing(root).records == records
    assert (root / "NOTES.md").read_text() == "by hand"
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_a_dataset_that_cannot_be_made_whole_is_there_and_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Better than none: only streaming does without it."""
    root = tmp_path / "new"
    with written_aside(root) as aside:
        recordings.write(aside, [3])
        config = recordings.config(aside, rgb_encoder={"pix_fmt": "yuv444p"})
        recordings.add_episode(DatasetStore(config, recordings.existing(aside)), 2)
    assert recordings.read_back(root) == [3, 2]
    assert "LeRobot cannot stream the new dataset: " in caplog.text
    assert "is encoded otherwise" in caplog.text
    assert [path.name for path in tmp_path.iterdir()] == ["new"]
