"""Opening the folder of a recording."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import recordings

from dora_hil_datasets.dataset.existing import DatasetError
from dora_hil_datasets.dataset.opening import RecordingFolder


def contents(root: Path) -> dict[str, tuple[int, int]]:
    """Return what is in a folder, and when it was written."""
    stats = {p: p.stat() for p in root.rglob("*")}
    return {str(p): (s.st_mtime_ns, s.st_size) for p, s in stats.items() if p.is_file()}


def test_an_existing_dataset_is_not_touched_without_resume(dataset: Path) -> None:
    """The error says how to go on, and where to record instead."""
    before = contents(dataset)
    with pytest.raises(DatasetError) as error:
        RecordingFolder(dataset, resume=False)
    assert contents(dataset) == before
    text = str(error.value)
    assert f"{dataset} already holds 3 episodes" in text
    assert "RESUME_RECORDING=1" in text
    assert "--dataset.root=" in text


@pytest.mark.parametrize("resume", [True, False])
def test_a_dataset_of_another_name_is_left_alone(dataset: Path, *, resume: bool) -> None:
    """One line with both names and what to do; resuming it is not proposed."""
    before = contents(dataset)
    with pytest.raises(DatasetError) as error:
        RecordingFolder(dataset, resume=resume, names=["me/another"])
    text = str(error.value)
    assert f"holds the dataset '{recordings.REPO_ID}', not 'me/another'" in text
    assert "RESUME_RECORDING" not in text
    assert "--dataset.root=" in text
    assert f"--dataset.renamed_from={recordings.REPO_ID}" in text
    assert contents(dataset) == before
    RecordingFolder(dataset, resume=True, names=[recordings.REPO_ID]).close()


def test_a_dataset_that_is_renamed_on_purpose_is_gone_on_with(dataset: Path) -> None:
    """Its former name is given."""
    names = ["me/another", recordings.REPO_ID]
    with closing(RecordingFolder(dataset, resume=True, names=names)) as folder:
        assert folder.existing is not None


def test_resume_of_nothing_starts_a_new_dataset(tmp_path: Path) -> None:
    """So that a script need not know whether it is the first run."""
    with closing(RecordingFolder(tmp_path / "new", resume=True)) as folder:
        assert folder.existing is None


def test_a_folder_nothing_was_recorded_into_goes_away(tmp_path: Path) -> None:
    """Else the next run would find an empty one."""
    root = tmp_path / "new"
    with closing(RecordingFolder(root, resume=False)):
        assert root.is_dir()
    assert not root.exists()


def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    """Nobody wants a dataset among their photographs."""
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(DatasetError, match="is not empty and holds no dataset"):
        RecordingFolder(tmp_path, resume=True)
    assert [p.name for p in tmp_path.iterdir()] == ["holiday.jpg"]


def test_a_root_below_a_file_is_refused_in_one_line(tmp_path: Path) -> None:
    """A path that cannot be a folder."""
    (tmp_path / "file").touch()
    with pytest.raises(DatasetError, match="cannot be written: Not a directory"):
        RecordingFolder(tmp_path / "file" / "data", resume=False)


def test_two_recorders_do_not_share_a_folder(dataset: Path) -> None:
    """The second one is told so."""
    with (
        closing(RecordingFolder(dataset, resume=True)),
        pytest.raises(DatasetError, match="another recorder is writing here"),
    ):
        RecordingFolder(dataset, resume=True)


def test_a_killed_recorder_does_not_lock_its_folder(dataset: Path) -> None:
    """`kill -9` leaves no lock behind."""
    script = (
        "import sys, os, signal, pathlib\n"
        "from dora_hil_datasets.dataset.opening import RecordingFolder\n"
        "folder = RecordingFolder(pathlib.Path(sys.argv[1]), resume=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, dataset], check=False)
    assert done.returncode == -9
    RecordingFolder(dataset, resume=True).close()


def test_a_half_written_episode_is_dropped_with_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where it was the first one."""
    root = tmp_path / "data"
    (root / ".recording" / "meta").mkdir(parents=True)
    with closing(RecordingFolder(root, resume=False)) as folder:
        assert folder.existing is None
        assert not (root / ".recording").exists()
    assert "cut off in the middle of an episode" in caplog.text
