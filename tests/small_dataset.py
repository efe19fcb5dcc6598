"""Small real datasets, written by LeRobot's own classes, for tests of what reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from lerobot.configs.video import RGBEncoderConfig
from lerobot.datasets import LeRobotDataset

from dora_hil_datasets.dataset import episode_record
from dora_hil_datasets.dataset.episode_record import EpisodeRecord

FPS = 10
REPO_ID = "test/small"
CAMERA = "observation.images.front"
ACTION_NAMES = ["x_m", "y_m", "z_m", "gripper"]


@dataclass(frozen=True)
class Made:
    """An episode to be written.

    Attributes:
        length: frames.
        success: its last frame is solved; else it failed or, if `truncated`, ran out of time.
        truncated: see above.
        driven: frames in which a person drove.
        start: a number that its first observation, action and picture follow from.
    """

    length: int
    success: bool = True
    truncated: bool = False
    driven: range = range(0)
    start: int = 0


EPISODES = (
    Made(10, start=0),
    Made(12, start=1, success=False),
    Made(4, start=2),
    Made(11, start=3, success=False, truncated=True),
    Made(10, start=4, driven=range(3, 7)),
)


def write_dataset(
    root: Path, episodes: Sequence[Made] = EPISODES, *, video: bool = True, bare: bool = False
) -> Path:
    """Write a dataset and return its folder.

    Args:
        root: the folder; it must not exist.
        episodes: what to write.
        video: store the camera as video, else as images.
        bare: leave out what is ours: rewards, flags, the intervention and the episodes' records.
    """
    dataset = LeRobotDataset.create(
        REPO_ID,
        FPS,
        _features(video=video, bare=bare),
        root=root,
        robot_type="hand_made",
        use_videos=video,
        streaming_encoding=video,
        encoder_threads=1,
        encoder_queue_maxsize=0,
        rgb_encoder=RGBEncoderConfig(vcodec="h264", preset="veryfast"),
    )
    for episode in episodes:
        for frame in range(episode.length):
            dataset.add_frame(_row(episode, frame, bare=bare))
        dataset.save_episode()
    dataset.finalize()
    if not bare:
        write_records(root, [_record(i, e) for i, e in enumerate(episodes)])
    return root


def write_records(root: Path, records: Sequence[EpisodeRecord]) -> None:
    """Write what a recorder notes of the episodes."""
    (root / episode_record.FILE).write_text(episode_record.to_text(records), encoding="utf-8")


def _record(index: int, episode: Made) -> EpisodeRecord:
    reason = "success" if episode.success else "time_limit" if episode.truncated else "failure"
    return EpisodeRecord(index, episode.length, seed=episode.start, end_reason=reason)


def _features(*, video: bool, bare: bool) -> dict[str, dict[str, Any]]:
    features: dict[str, dict[str, Any]] = {
        "observation.state": {"dtype": "float32", "shape": (2,), "names": ["joint1", "joint2"]},
        CAMERA: {
            "dtype": "video" if video else "image",
            "shape": (48, 64, 3),
            "names": ["height", "width", "channels"],
        },
        "action": {"dtype": "float32", "shape": (4,), "names": ACTION_NAMES},
    }
    own = {
        "next.reward": "float32",
        "next.done": "bool",
        "next.truncated": "bool",
        "next.success": "bool",
        "complementary_info.is_intervention": "bool",
    }
    if not bare:
        features |= {n: {"dtype": t, "shape": (1,), "names": None} for n, t in own.items()}
    return features


def _row(episode: Made, frame: int, *, bare: bool) -> dict[str, Any]:
    is_last = frame == episode.length - 1
    at = episode.start / 10 + frame / 100
    picture = np.full((48, 64, 3), 40 * episode.start, dtype=np.uint8)
    picture[:, 3 * frame : 3 * frame + 8] = 255
    row: dict[str, Any] = {
        "observation.state": np.array([at, -at], dtype=np.float32),
        CAMERA: picture,
        "action": np.array([at, 0.5, -at, frame % 2], dtype=np.float32),
        "task": "push the bar",
    }
    if not bare:
        row |= {
            "next.reward": np.array([is_last and episode.success], dtype=np.float32),
            "next.done": np.array([is_last and not episode.truncated]),
            "next.truncated": np.array([is_last and episode.truncated]),
            "next.success": np.array([is_last and episode.success]),
            "complementary_info.is_intervention": np.array([frame in episode.driven]),
        }
    return row
