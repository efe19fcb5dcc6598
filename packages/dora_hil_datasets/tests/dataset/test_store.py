"""A dataset that grows by whole episodes."""

import errno
import fcntl
import json
import os
import stat
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import recordings
from lerobot.datasets import LeRobotDataset
from lerobot.datasets.video_utils import StreamingVideoEncoder

from dora_hil_datasets.dataset.columns import check_same
from dora_hil_datasets.dataset.config import VideoEncoding
from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.dataset.existing import read_existing
from dora_hil_datasets.dataset.opening import RecordingFolder
from dora_hil_datasets.dataset.store import DatasetStore, SaveError


@pytest.mark.parametrize("video", [True, False])
def test_episodes_read_back_as_they_were_written(tmp_path: Path, *, video: bool) -> None:
    """By LeRobot's own class, every frame, over a resume."""
    root = tmp_path / "data"
    recordings.write(root, [5, 2, 9], video=video)
    recordings.write(root, [3], video=video)
    assert recordings.read_back(root) == [5, 2, 9, 3]


def test_episodes_are_recorded_where_there_are_no_locks_and_nothing_is_forced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network's disk, or a container's; what is not promised then is said by `durable`."""

    def unsupported(*_: object) -> None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))

    def unsupported_here(descriptor: int, operation: int) -> None:
        # Hugging Face's library locks files in its cache, which is on another disk.
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            unsupported()
        flock(descriptor, operation)

    flock = fcntl.flock
    monkeypatch.setattr(os, "fsync", unsupported)
    monkeypatch.setattr(fcntl, "flock", unsupported_here)
    root = tmp_path / "data"
    for resume in (False, True):
        with closing(RecordingFolder(root, resume=resume)) as folder:
            store = DatasetStore(recordings.config(root), folder.existing)
            recordings.add_episode(store, 4)
    assert recordings.read_back(root) == [4, 4]


def test_lerobots_own_statistics_cover_every_episode(tmp_path: Path) -> None:
    """They are what training normalises with."""
    root = tmp_path / "data"
    recordings.write(root, [5, 2, 9])
    stats = json.loads((root / "meta/stats.json").read_text())
    assert stats["action"]["count"] == [16]
    assert stats["action"]["max"] == pytest.approx([2, 8, 0, 1])


def test_a_discarded_episode_leaves_nothing(tmp_path: Path) -> None:
    """Neither files nor a number."""
    root = tmp_path / "data"
    store = DatasetStore(recordings.config(root), None)
    recordings.add_episode(store, 4)
    before = sorted(root.rglob("*"))
    store.begin(recordings.features(), 10, "body")
    store.add(recordings.row(1, 0))
    store.discard()
    assert sorted(root.rglob("*")) == before
    recordings.add_episode(store, 3)
    assert recordings.read_back(root) == [4, 3]


def test_a_saved_episode_is_not_written_to_again(tmp_path: Path) -> None:
    """What is safe stays untouched by what comes later."""
    root = tmp_path / "data"
    store = DatasetStore(recordings.config(root), None)
    recordings.add_episode(store, 4)
    files = [*root.glob("data/*/*"), *root.glob("videos/*/*/*"), *root.glob("meta/episodes/*/*")]
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in files}
    recordings.add_episode(store, 5)
    assert {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in files} == before


def test_without_records_a_dataset_still_grows(tmp_path: Path) -> None:
    """Another tool has dropped them: nothing is invented, and they are kept again from here on."""
    root = tmp_path / "data"
    recordings.write(root, [4])
    (root / "meta/dora_hil_episodes.jsonl").unlink()
    recordings.write(root, [5])
    found = read_existing(root)
    assert found.lengths == (4, 5)
    assert [record.is_known for record in found.records] == [False, True]
    assert found.records[1].seed == 101


def test_a_dataset_knows_its_name(tmp_path: Path) -> None:
    """The newest one; LeRobot's metadata have none."""
    root = tmp_path / "data"
    recordings.write(root, [4])
    store = DatasetStore(
        replace(recordings.config(root), repo_id="test/renamed"), recordings.existing(root)
    )
    recordings.add_episode(store, 3)
    found = read_existing(root)
    assert [record.repo_id for record in found.records] == ["test/renamed"] * 2


def test_a_video_that_lacks_a_frame_is_not_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LeRobot's encoder drops pictures without an error; the rows would stay."""
    root = tmp_path / "data"
    store = DatasetStore(recordings.config(root), None)
    recordings.add_episode(store, 4)
    monkeypatch.setattr(
        "lerobot.datasets.video_utils.StreamingVideoEncoder.feed_frame",
        _feed_all_but_one(),
    )
    with pytest.raises(SaveError, match=r"file-001\.mp4 was written with 4 of 5 frames"):
        recordings.add_episode(store, 5)
    assert recordings.read_back(root) == [4]


def _feed_all_but_one() -> Callable[..., None]:
    feed = StreamingVideoEncoder.feed_frame
    fed: list[str] = []

    def feed_frame(encoder: StreamingVideoEncoder, key: str, image: Any) -> None:
        fed.append(key)
        if len(fed) != 3:
            feed(encoder, key, image)

    return feed_frame


def test_rows_that_lack_a_frame_are_not_saved(tmp_path: Path) -> None:
    """The number of frames that were executed decides."""
    store = DatasetStore(recordings.config(tmp_path / "data"), None)
    store.begin(recordings.features(), 10, "body")
    for frame in range(3):
        store.add(recordings.row(0, frame))
    with pytest.raises(SaveError, match="3 of 4 frames"):
        store.save(EpisodeRecord(0, 4))


def test_an_unusable_encoder_is_refused_at_once(tmp_path: Path) -> None:
    """Not when the first episode is to be saved."""
    config = recordings.config(tmp_path / "data", rgb_encoder={"vcodec": "cinepak"})
    assert config.rgb_encoder == VideoEncoding(vcodec="cinepak")
    with pytest.raises(SaveError, match=r"dataset\.rgb_encoder: .*cinepak"):
        DatasetStore(config, None)


def test_a_dataset_of_lerobots_own_is_gone_on_with(tmp_path: Path) -> None:
    """Many episodes in one file, as `finalize` leaves them."""
    root = tmp_path / "data"
    dataset = LeRobotDataset.create(
        recordings.REPO_ID, 10, recordings.features(), root=root, streaming_encoding=True
    )
    for episode, length in enumerate([4, 3]):
        for frame in range(length):
            dataset.add_frame(recordings.row(episode, frame))
        dataset.save_episode()
    dataset.finalize()
    recordings.write(root, [5, 2])
    assert recordings.read_back(root) == [4, 3, 5, 2]
    rows = sum(pq.read_metadata(p).num_rows for p in root.glob("data/*/*.parquet"))
    assert rows == 14


@pytest.mark.parametrize("names", [None, ["channels", "height", "width"]])
def test_a_dataset_that_describes_itself_otherwise_is_gone_on_with(
    tmp_path: Path, names: list[str] | None
) -> None:
    """Channels first, dimensions without names or numbered: LeRobot stores the same."""
    root, ours = tmp_path / "data", recordings.features(video=False)
    size = recordings.SIZE_PX
    theirs = {
        **ours,
        "observation.images.front": {"dtype": "image", "shape": (3, size, size), "names": names},
        "observation.state": {"dtype": "float32", "shape": (2,), "names": None},
        "action": {**ours["action"], "names": {"x": 0, "y": 1, "z": 2, "gripper": 3}},
    }
    dataset = LeRobotDataset.create("a/b", 10, theirs, root=root, use_videos=False)
    for frame in range(3):
        row = recordings.row(0, frame)
        picture = row["observation.images.front"].transpose(2, 0, 1)
        dataset.add_frame({**row, "observation.images.front": picture})
    dataset.save_episode()
    dataset.finalize()
    check_same(read_existing(root).features, ours, 10, 10)
    recordings.write(root, [4], video=False)
    assert recordings.read_back(root) == [3, 4]
