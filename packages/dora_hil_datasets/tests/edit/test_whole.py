"""What becomes of a recording's files when it ends."""

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import recordings

from dora_hil_datasets.dataset.existing import read_existing
from dora_hil_datasets.dataset.store import DatasetStore
from dora_hil_datasets.edit import whole
from dora_hil_datasets.edit.file_counts import FileCounts, count_files
from dora_hil_datasets.edit.session import open_dataset
from dora_hil_datasets.edit.whole import make_whole


@pytest.fixture(autouse=True)
def said(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Hear what is said."""
    caplog.set_level(logging.INFO, logger="dora_hil_datasets")
    return caplog


def ours(said: pytest.LogCaptureFixture) -> list[str]:
    """Return what we said; whether LeRobot's lines are heard is up to other tests."""
    return [r.getMessage() for r in said.records if r.name.startswith("dora_hil_datasets")]


def test_a_finished_recording_is_one_that_lerobot_streams(
    dataset: Path, said: pytest.LogCaptureFixture
) -> None:
    """With its seeds, and two lines about it."""
    records = read_existing(dataset).records
    make_whole(recordings.config(dataset))
    assert count_files(dataset) == FileCounts(1, 1, 1)
    assert read_existing(dataset).records == records
    assert recordings.stream(dataset) == [(0, 3), (1, 2), (2, 4)]
    lines = ours(said)
    assert lines[0] == "making 3 files of 9; the episodes are safe meanwhile"
    assert lines[1].startswith("made 3 files of 9 in ")
    assert os.listdir(dataset.parent) == ["dataset"]


def test_pictures_that_no_row_has_are_not_whole(
    dataset: Path, said: pytest.LogCaptureFixture
) -> None:
    """Every later row would stream the wrong one; in one file of each kind or not."""
    make_whole(recordings.config(dataset))
    assert whole.is_whole(dataset)
    recordings.leave_gaps(dataset, [2, 2, 3])
    assert count_files(dataset) == FileCounts(1, 1, 1)
    assert not whole.is_whole(dataset)
    with pytest.raises((AssertionError, RuntimeError, IndexError)):
        recordings.stream(dataset)
    make_whole(recordings.config(dataset))
    assert whole.is_whole(dataset)
    assert recordings.stream(dataset) == [(0, 2), (1, 2), (2, 3)]
    assert "taking the pictures that no row has out of 3 files" in said.text


def test_where_nothing_is_to_be_done_nothing_is_said(
    dataset: Path, tmp_path: Path, said: pytest.LogCaptureFixture
) -> None:
    """Nor touched; nor where nothing was recorded."""
    make_whole(recordings.config(dataset))
    said.clear()
    before = {path: path.stat().st_ino for path in dataset.rglob("*")}
    make_whole(recordings.config(dataset))
    make_whole(recordings.config(tmp_path / "nothing"))
    recordings.write(dataset.with_name("few"), [3, 2])
    make_whole(recordings.config(dataset.with_name("few")), at_least=3)
    assert count_files(dataset.with_name("few")).data == 2
    assert {path: path.stat().st_ino for path in dataset.rglob("*")} == before
    assert not ours(said)


def test_videos_that_cannot_be_joined_leave_the_recording_as_it_is(
    dataset: Path, said: pytest.LogCaptureFixture
) -> None:
    """It is said, with what can be done; the run has not failed."""
    config = recordings.config(dataset, rgb_encoder={"pix_fmt": "yuv444p"})
    store = DatasetStore(config, recordings.existing(dataset))
    recordings.add_episode(store, 3)
    make_whole(config)
    assert recordings.read_back(dataset) == [3, 2, 4, 3]
    assert "stays in 12 files: " in said.text
    assert "uv run dora-hil consolidate --repo_id test/recording" in said.text


def test_a_very_large_recording_is_left_to_a_person(
    dataset: Path, said: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each end of a session would cost minutes."""
    monkeypatch.setattr(whole, "MOST_BYTES", 1)
    make_whole(recordings.config(dataset))
    assert count_files(dataset).total == 9
    assert "dora-hil consolidate" in said.text


@pytest.mark.slow
def test_a_run_that_is_killed_while_it_joins_loses_nothing(dataset: Path) -> None:
    """Wherever it is: the dataset is the old one or the new one, and recording goes on."""
    code = (
        "import sys, pathlib, recordings\n"
        "from dora_hil_datasets.edit import with_lerobot\n"
        "from dora_hil_datasets.edit.whole import make_whole\n"
        "print('ready', flush=True)\n"
        "make_whole(recordings.config(pathlib.Path(sys.argv[1])))\n"
    )
    tests = Path(recordings.__file__).parent
    environ = {**os.environ, "PYTHONPATH": str(tests)}
    for wait_s in (0.05, 0.4, 1.0):
        with subprocess.Popen(
            [sys.executable, "-c", code, dataset],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(wait_s)
            process.send_signal(signal.SIGKILL)
        open_dataset(dataset).close()
        assert read_existing(dataset).lengths == (3, 2, 4)
    recordings.write(dataset, [5])
    make_whole(recordings.config(dataset))
    assert recordings.stream(dataset) == [(0, 3), (1, 2), (2, 4), (3, 5)]
