"""Recording onto a disk that fills up, or that cannot be written."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import recordings

NAMESPACE = ("--user", "--map-root-user", "--mount")

TESTS = str(Path(recordings.__file__).parent)


def can_mount() -> bool:
    """Say whether this machine lets a test have a file system of its own."""
    try:
        return subprocess.run(["unshare", *NAMESPACE, "true"], check=False).returncode == 0
    except FileNotFoundError:
        return False


pytestmark = pytest.mark.skipif(not can_mount(), reason="needs Linux's mount namespaces")

RECORD = """
import pathlib, sys
sys.path.insert(0, sys.argv[2])
import numpy as np, recordings
from dora_hil_datasets.dataset.store import DatasetStore, prepare_lerobot
from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from lerobot_node.record.writer_thread import WriterThread
from dora_hil_datasets.dataset.opening import RecordingFolder

VIDEO = sys.argv[3] == "video"
disk = pathlib.Path(sys.argv[1])
root = disk / "data"
ballast = disk / "ballast"
ballast.write_bytes(bytes(300_000))
noise = np.random.default_rng(0)

def record(writer, first, count):
    for index in range(first, first + count):
        writer.begin(recordings.features(video=VIDEO), 10, "body")
        for frame in range(20):
            row = recordings.row(index, frame)
            if index > 2:
                row["observation.images.front"] = noise.integers(0, 256, (64, 64, 3), np.uint8)
            writer.add(row)
        writer.save(EpisodeRecord(index, 20, seed=index))
    writer.finish()
    return len(writer.take_saved())

folder = RecordingFolder(root, resume=False)
writer = WriterThread(DatasetStore(recordings.config(root, video=VIDEO), None))
saved = record(writer, 0, 200)
print("FAILURE", type(writer.failure).__name__, writer.failure)
folder.close()
print("SAVED", saved)

def decodable():
    dataset = recordings.LeRobotDataset(recordings.REPO_ID, root=root)
    assert all(dataset[i]["observation.images.front"].shape[0] == 3 for i in range(len(dataset)))
    return dataset.num_episodes

print("READ", decodable())
ballast.unlink()
folder = RecordingFolder(root, resume=True)
present = folder.existing
writer = WriterThread(DatasetStore(recordings.config(root, video=VIDEO), present))
print("MORE", record(writer, present.episodes, 1))
print("IN_THE_END", decodable() - present.episodes, present.episodes - saved)
"""


def on_a_disk(folder: Path, options: str, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command where `folder` is a tmpfs of its own."""
    script = f'mount -t tmpfs -o {options} tmpfs "{folder}" && exec "$@"'
    return subprocess.run(
        ["unshare", *NAMESPACE, "sh", "-c", script, "sh", *command],
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize("pictures", ["video", "image"])
def test_a_full_disk_keeps_what_was_saved_and_recording_goes_on_when_there_is_room(
    tmp_path: Path, pictures: str
) -> None:
    """The failure is an error, not a dataset that cannot be opened."""
    done = on_a_disk(
        tmp_path, "size=2m", sys.executable, "-c", RECORD, str(tmp_path), TESTS, pictures
    )
    words = dict(re.findall(r"^([A-Z_]+) (.*)$", done.stdout, re.MULTILINE))
    assert "READ" in words, done.stdout + done.stderr
    assert int(words["SAVED"]) >= 3
    assert words["READ"] == words["SAVED"]
    assert "No space left on device" in words["FAILURE"]
    assert (words["MORE"], words["IN_THE_END"].split()[0]) == ("1", "1"), done.stderr


def test_a_read_only_disk_is_said_before_anything_starts(tmp_path: Path) -> None:
    """Exit code 2 and one line, in a second."""
    config = Path(TESTS).parent / "configs/example_gym_hil_record.json"
    done = on_a_disk(
        tmp_path,
        "ro",
        str(Path(sys.executable).parent / "lerobot-node"),
        "record",
        f"--config_path={config}",
        f"--dataset.root={tmp_path / 'data'}",
    )
    assert done.returncode == 2
    expected = f"lerobot-node: {tmp_path / 'data'}: cannot be written: Read-only file system\n"
    assert done.stderr == expected
