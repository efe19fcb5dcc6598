"""Small datasets for tests, written by the recorder's store and read by LeRobot."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lerobot.datasets import LeRobotDataset, streaming_dataset
from lerobot.datasets.video_utils import decode_video_frames

from dora_hil.config import parse
from dora_hil_datasets.dataset import decoder
from dora_hil_datasets.dataset.config import DatasetConfig
from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.dataset.existing import ExistingDataset, is_dataset, read_existing
from dora_hil_datasets.dataset.store import DatasetStore
from dora_hil_datasets.edit.labels import EpisodeLabels, RelabelledCopy

REPO_ID = "test/recording"
SIZE_PX = 64


def config(root: Path, **keys: Any) -> DatasetConfig:
    """Return a `dataset` block."""
    return parse({"repo_id": REPO_ID, "root": str(root), **keys}, DatasetConfig, "test")


def features(*, video: bool = True) -> dict[str, dict[str, Any]]:
    """Describe one camera, a state and an action."""
    return {
        "observation.images.front": {
            "dtype": "video" if video else "image",
            "shape": (SIZE_PX, SIZE_PX, 3),
            "names": ["height", "width", "channels"],
        },
        "observation.state": {"dtype": "float32", "shape": (2,), "names": ["episode", "frame"]},
        "action": {"dtype": "float32", "shape": (4,), "names": ["x", "y", "z", "gripper"]},
        "next.done": {"dtype": "bool", "shape": (1,), "names": None},
    }


def row(episode: int, frame: int) -> dict[str, Any]:
    """Return a frame that tells which one it is, in numbers and in grey."""
    grey = (episode * 40 + frame * 4) % 256
    return {
        "observation.images.front": np.full((SIZE_PX, SIZE_PX, 3), grey, np.uint8),
        "observation.state": np.array([episode, frame], np.float32),
        "action": np.array([episode, frame, 0, 1], np.float32),
        "next.done": np.array([False]),
        "task": "pick",
    }


def existing(root: Path) -> ExistingDataset | None:
    """Return the dataset, if there is one."""
    return read_existing(root) if is_dataset(root) else None


def write(root: Path, lengths: list[int], *, video: bool = True) -> None:
    """Add episodes of these lengths to a dataset; seed 100 + episode index."""
    store = DatasetStore(config(root, video=video), existing(root))
    for length in lengths:
        add_episode(store, length, video=video)


def add_episode(store: DatasetStore, length: int, *, video: bool = True) -> None:
    """Record and save one episode."""
    present = existing(store.root)
    index = present.episodes if present else 0
    store.begin(features(video=video), 10, "test_body")
    for frame in range(length):
        store.add(row(index, frame))
    store.save(EpisodeRecord(index, length, seed=100 + index))


def read_back(root: Path) -> list[int]:
    """Open a dataset with LeRobot's own class, decode all of it; returns the lengths.

    Raises:
        AssertionError: a frame is not the one that was recorded there.
    """
    dataset = LeRobotDataset(REPO_ID, root=root)
    lengths: dict[int, int] = {}
    for position in range(len(dataset)):
        frame = dataset[position]
        index = int(frame["episode_index"])
        expected = row(index, int(frame["frame_index"]))
        assert frame["frame_index"] == lengths.get(index, 0)
        lengths[index] = lengths.get(index, 0) + 1
        for name in ("observation.state", "action"):
            assert torch.equal(frame[name], torch.from_numpy(expected[name])), (name, position)
        picture = frame["observation.images.front"].permute(1, 2, 0).numpy() * 255
        assert np.abs(picture - expected["observation.images.front"]).max() < 4, position
    assert dataset.num_episodes == len(lengths)
    return [lengths[index] for index in sorted(lengths)]


def leave_gaps(root: Path, lengths: Sequence[int]) -> None:
    """Cut the ends of a dataset's episodes off its rows, and leave the videos as they are."""
    last = {index: np.arange(length) == length - 1 for index, length in enumerate(lengths)}
    labels = {i: EpisodeLabels(end.astype(np.float32), end, ~end, end) for i, end in last.items()}
    RelabelledCopy(read_existing(root), root, labels).rewrite()


def stream(root: Path) -> list[tuple[int, int]]:
    """Read a dataset with LeRobot's streaming class.

    Returns:
        What each episode was recorded as, and its frames.

    Raises:
        AssertionError: a picture is not the one of its row.
    """
    if decoder.video_backend() == "pyav":
        # Its class knows torchcodec alone, which wants FFmpeg's libraries.
        streaming_dataset.decode_video_frames_torchcodec = _decode_by_pyav
    dataset = streaming_dataset.StreamingLeRobotDataset(REPO_ID, root=root, shuffle=False)
    lengths: dict[int, int] = {}
    for frame in dataset:
        index, number = (int(value) for value in frame["observation.state"])
        lengths[index] = lengths.get(index, 0) + 1
        picture = frame["observation.images.front"].permute(1, 2, 0).numpy() * 255
        expected = row(index, number)["observation.images.front"]
        assert np.abs(picture - expected).max() < 4, (index, number)
    return sorted(lengths.items())


def _decode_by_pyav(
    path: str, timestamps: list[float], tolerance_s: float, **others: Any
) -> torch.Tensor:
    decoded: torch.Tensor = decode_video_frames(path, timestamps, tolerance_s, backend="pyav")
    return decoded
