"""Files of episodes."""

import subprocess
import sys
from pathlib import Path

import pytest
import rerun as rr
import rerun.blueprint as rrb
from rerun.experimental import RrdReader

from dora_hil.display.rerun_program import ViewError
from rerun_node.recording_folder import FolderError, RecordingFolder


def test_the_folder_is_made(tmp_path: Path) -> None:
    """With those above it."""
    RecordingFolder(tmp_path / "runs" / "one")
    assert list((tmp_path / "runs" / "one").iterdir()) == []


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    """Somebody made it for this."""
    RecordingFolder(tmp_path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        # Episodes of two runs would have the same names.
        (".", "{path}: is not empty; expected a new folder"),
        # One file holds one episode.
        ("run.rrd", "{path}: is a file; expected a new folder"),
        ("run.rrd/run", "{path}: is a file; expected a new folder"),
        # Nobody may write there, root included.
        ("/proc/run", "/proc/run: cannot be written: "),
    ],
)
def test_a_folder_that_cannot_be_used_is_refused(tmp_path: Path, path: str, expected: str) -> None:
    """With what is expected instead."""
    (tmp_path / "run.rrd").touch()
    with pytest.raises(FolderError) as refused:
        RecordingFolder(tmp_path / path)
    assert str(refused.value).startswith(expected.format(path=tmp_path / path))


def test_each_recording_has_a_file_with_its_blueprint(tmp_path: Path) -> None:
    """It is opened by itself."""
    folder = RecordingFolder(tmp_path / "run")
    for episode in (0, 1):
        stream = rr.RecordingStream("test")
        folder.begin(stream, rrb.Blueprint(), episode)
        stream.log("number", rr.Scalars(1.0))
        folder.end(stream)
    files = sorted((tmp_path / "run").iterdir())
    assert [file.name for file in files] == ["episode_000000.rrd", "episode_000001.rrd"]
    assert [len(RrdReader(file).blueprints()) for file in files] == [1, 1]


def test_a_folder_that_has_gone_is_an_error(tmp_path: Path) -> None:
    """Somebody tidied up meanwhile."""
    folder = RecordingFolder(tmp_path / "run")
    (tmp_path / "run").rmdir()
    with pytest.raises(ViewError, match="No such file or directory"):
        folder.begin(rr.RecordingStream("test"), rrb.Blueprint(), 0)


FULL_DISK = """
import os, resource, sys
from pathlib import Path
import numpy as np
import rerun as rr
import rerun.blueprint as rrb
from rerun_node.recording_folder import RecordingFolder
from dora_hil.display.rerun_program import ViewError

folder = RecordingFolder(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
stream = rr.RecordingStream("test")
folder.begin(stream, rrb.Blueprint(), 0)
noise = np.random.default_rng(0).integers(0, 255, (64, 640, 3), dtype=np.uint8)
stream.log("picture", rr.Image(noise))
try:
    folder.end(stream)
except ViewError as error:
    print(error, flush=True)
os._exit(0)
"""


def test_a_full_disk_is_an_error(tmp_path: Path) -> None:
    """Rerun itself would only log it, or wait for ever: hence a process of its own.

    No file may grow beyond 20 kB there, for which Rerun gets the kind of error of a full disk.
    """
    words = [sys.executable, "-c", FULL_DISK, str(tmp_path / "run")]
    said = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    assert (
        said.stdout == f"{tmp_path / 'run'}: cannot be written any more, perhaps the disk is full\n"
    )
    assert said.stderr == ""
