"""LeRobot's dataset tools on what the recorder writes."""

import json
import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import recorder_rig
import recordings
import torch
from lerobot.datasets import LeRobotDataset
from lerobot.datasets.video_utils import FrameTimestampError

from dora_hil_datasets.dataset import episode_record
from dora_hil_datasets.dataset.episode_record import FILE
from dora_hil_datasets.dataset.existing import read_existing
from dora_hil_datasets.dataset.store import DatasetStore
from dora_hil_datasets.edit.deletion import Deletion
from dora_hil_datasets.edit.file_counts import FileCounts, count_files
from dora_hil_datasets.edit.session import EditError
from dora_hil_datasets.edit.with_lerobot import consolidate, delete_episodes

LENGTHS = (3, 2, 4)


@pytest.fixture(scope="module", params=[[0], [1], [0, 2]], ids=str)
def deleted(request: pytest.FixtureRequest) -> list[int]:
    """Choose episodes: the first, the last, some in between."""
    return list(request.param)


@pytest.fixture(scope="module")
def shorter(written: Path, deleted: list[int], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Delete them from a copy."""
    return without(written, deleted, tmp_path_factory.mktemp("shorter") / "data")


@pytest.fixture(scope="module")
def merged(written: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Merge them into few files."""
    root = tmp_path_factory.mktemp("merged") / "data"
    consolidate(recordings.REPO_ID, written, root)
    shutil.copy(written / FILE, root / FILE)
    return root


def without(root: Path, indices: Sequence[int], edited: Path) -> Path:
    """Delete episodes, and number the records anew."""
    deletion = Deletion(read_existing(root), indices)
    delete_episodes(recordings.REPO_ID, root, edited, deletion)
    (edited / FILE).write_text(episode_record.to_text(deletion.records))
    return edited


def read_back(root: Path) -> list[tuple[int, int]]:
    """Decode every frame; returns what was recorded as which episode, and its frames.

    Raises:
        AssertionError: a frame is not one that was written, or not in its place.
    """
    dataset = LeRobotDataset(recordings.REPO_ID, root=root)
    found: list[tuple[int, int]] = []
    for position in range(len(dataset)):
        frame = dataset[position]
        recorded_as = int(frame["observation.state"][0])
        if frame["frame_index"] == 0:
            found.append((recorded_as, 0))
        assert int(frame["episode_index"]) == len(found) - 1
        assert int(frame["index"]) == position
        assert (recorded_as, int(frame["frame_index"])) == found[-1]
        expected = recordings.row(*found[-1])
        for name in ("observation.state", "action"):
            assert torch.equal(frame[name], torch.from_numpy(expected[name]))
        picture = frame["observation.images.front"].permute(1, 2, 0).numpy() * 255
        assert np.abs(picture - expected["observation.images.front"]).max() < 4
        found[-1] = (recorded_as, found[-1][1] + 1)
    return found


def test_after_a_deletion_the_other_episodes_are_what_they_were(
    shorter: Path, deleted: list[int]
) -> None:
    """Every frame, whichever episodes go."""
    kept = [(i, length) for i, length in enumerate(LENGTHS) if i not in deleted]
    assert read_back(shorter) == kept
    assert read_existing(shorter).lengths == tuple(length for _, length in kept)


def test_a_deletion_copies_the_videos_of_the_other_episodes(written: Path, shorter: Path) -> None:
    """Byte for byte: their pictures are not encoded again."""
    videos = [path.relative_to(shorter) for path in shorter.glob("videos/*/*/*.mp4")]
    assert len(videos) == read_existing(shorter).episodes
    assert all((shorter / name).read_bytes() == (written / name).read_bytes() for name in videos)


def test_recording_goes_on_after_a_deletion(shorter: Path, tmp_path: Path) -> None:
    """No file of an episode that is there is written over."""
    root = Path(shutil.copytree(shorter, tmp_path / "data"))
    kept = read_existing(root).episodes
    recordings.write(root, [6, 4])
    assert read_back(root) == [*read_back(shorter), (kept, 6), (kept + 1, 4)]


def test_the_missing_episodes_are_recorded_again_from_their_seeds(
    shorter: Path, deleted: list[int]
) -> None:
    """By the recorder that resumes the dataset; the others' seeds are taken."""
    records = read_existing(shorter).records
    present = recorder_rig.existing(len(records), [record.seed for record in records])
    wanted = recorder_rig.config(len(LENGTHS), seed=100)
    rig = recorder_rig.Rig(wanted, present, succeed_at_step=3).tick(30)
    assert rig.seeds == [100 + index for index in deleted]
    assert len(rig.lengths) == len(deleted)


def test_a_merge_leaves_one_file_of_each_kind_and_every_frame(written: Path, merged: Path) -> None:
    """What is large is split at LeRobot's limits; it can be streamed then."""
    assert count_files(merged) == FileCounts(1, 1, 1)
    assert read_back(merged) == list(enumerate(LENGTHS))
    assert read_existing(merged).records == read_existing(written).records
    assert recordings.stream(merged) == list(enumerate(LENGTHS))


def test_lerobot_does_not_stream_files_for_each_episode(written: Path) -> None:
    """Once it does, nothing has to be merged at the end of a run."""
    with pytest.raises((FrameTimestampError, RuntimeError, IndexError, AssertionError)):
        recordings.stream(written)


def test_a_merge_leaves_the_statistics(written: Path, merged: Path) -> None:
    """They are what training normalises with."""
    stats = [json.loads((root / "meta/stats.json").read_text()) for root in (written, merged)]
    for name in ("action", "observation.state", "observation.images.front"):
        for key in ("min", "max", "mean", "std", "count"):
            np.testing.assert_allclose(stats[0][name][key], stats[1][name][key])


@pytest.mark.parametrize("index", [0, 1, 2])
def test_a_deletion_from_a_merged_dataset_encodes_nothing_again(
    written: Path, merged: Path, tmp_path: Path, index: int
) -> None:
    """Not a byte of a picture changes, and it is whole again: cut out, and joined."""
    edited = without(merged, [index], tmp_path / "edited")
    kept = [i for i in range(3) if i != index]
    assert read_back(edited) == recordings.stream(edited) == [(i, LENGTHS[i]) for i in kept]
    assert count_files(edited) == FileCounts(1, 1, 1)
    assert packets(edited) == [packet for i in kept for packet in packets(written, i)]


def test_a_video_that_cannot_be_cut_is_encoded_again_and_that_is_said(
    merged: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Another's recording with few key frames."""
    root = Path(shutil.copytree(merged, tmp_path / "data"))
    (video,) = root.glob("videos/*/*/*.mp4")
    encode(video, [recordings.row(i, f) for i, n in enumerate(LENGTHS) for f in range(n)])
    edited = without(root, [0], tmp_path / "edited")
    assert read_back(edited) == [(1, 2), (2, 4)]
    assert "no key frame at 0.3 s; so LeRobot encodes the pictures of 2 episodes" in caplog.text


def packets(root: Path, file: int = 0) -> list[bytes]:
    """Return the encoded pictures of a video file."""
    (path,) = root.glob(f"videos/*/chunk-000/file-{file:03d}.mp4")
    with closing(av.open(str(path))) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def encode(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write a video at 10 Hz with one key frame."""
    with closing(av.open(str(path), "w")) as container:
        stream = container.add_stream("h264", 10, options={"g": "99", "bf": "0", "crf": "1"})
        stream.width = stream.height = recordings.SIZE_PX
        for row in rows:
            frame = av.VideoFrame.from_ndarray(row["observation.images.front"], "rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def test_videos_that_cannot_be_joined_are_refused(tmp_path: Path) -> None:
    """A resumed recording may have had another encoder."""
    root = tmp_path / "data"
    recordings.write(root, [3])
    config = recordings.config(root, rgb_encoder={"pix_fmt": "yuv444p"})
    recordings.add_episode(DatasetStore(config, recordings.existing(root)), 3)
    with pytest.raises(
        EditError, match=r"its videos cannot be joined: .*file-001\.mp4: is encoded otherwise"
    ):
        consolidate(recordings.REPO_ID, root, tmp_path / "edited")


def test_pictures_that_are_stored_one_by_one_are_deleted_and_merged_too(tmp_path: Path) -> None:
    """They lie in the data files."""
    root, shorter, merged = (tmp_path / name for name in ("data", "shorter", "merged"))
    recordings.write(root, [4, 3, 5], video=False)
    without(root, [1], shorter)
    assert read_back(shorter) == [(0, 4), (2, 5)]
    consolidate(recordings.REPO_ID, shorter, merged)
    recordings.write(merged, [6], video=False)
    assert read_back(merged) == [(0, 4), (2, 5), (2, 6)]
    assert count_files(merged) == FileCounts(2, 2, 0)
