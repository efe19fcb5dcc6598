"""Small datasets in which success is a lamp that lights up, and settings for a classifier."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from recordings import config

from dora_hil.stream.spec import Columns
from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.dataset.store import DatasetStore

REPO_ID = "test/lamps"
SIZE_PX = 128
FRONT, WRIST = "observation.images.front", "observation.images.wrist"

_CAMERA = {"shape": (SIZE_PX, SIZE_PX, 3), "names": ["height", "width", "channels"]}


def features(*, video: bool = False) -> dict[str, dict[str, Any]]:
    """Describe two cameras and everything that a recorder says of success."""
    dtype = "video" if video else "image"
    flag = {"shape": (1,), "names": None}
    return {
        FRONT: {"dtype": dtype, **_CAMERA},
        WRIST: {"dtype": dtype, **_CAMERA},
        "observation.state": {"dtype": "float32", "shape": (2,), "names": ["episode", "frame"]},
        "action": {"dtype": "float32", "shape": (4,), "names": ["x", "y", "z", "gripper"]},
        "next.reward": {"dtype": "float32", **flag},
        "next.done": {"dtype": "bool", **flag},
        "next.truncated": {"dtype": "bool", **flag},
        "next.success": {"dtype": "bool", **flag},
    }


def picture(episode: int, frame: int, *, is_lit: bool) -> NDArray[np.uint8]:
    """Return a dark picture with a little noise, and a bright square where the lamp is lit."""
    rng = np.random.default_rng((episode, frame))
    pixels = rng.integers(0, 60, (SIZE_PX, SIZE_PX, 3), dtype=np.uint8)
    if is_lit:
        pixels[40:90, 40:90] = 230
    return pixels


def write(
    root: Path,
    lit_from: Sequence[int | None],
    *,
    length: int = 8,
    rewarded_from: Sequence[int | None] | None = None,
    video: bool = False,
    tasks: Sequence[str] = ("light the lamp",),
) -> None:
    """Write episodes.

    Args:
        root: a folder that does not exist yet.
        lit_from: of each episode, the first picture with the lamp lit.
        length: frames of each.
        rewarded_from: the first rewarded row; by default the one that leads to the lit picture.
        video: encode the pictures.
        tasks: the episodes' sentences, in turn.
    """
    store = DatasetStore(config(root, repo_id=REPO_ID, video=video), None)
    for episode, lit in enumerate(lit_from):
        rewarded = None if lit is None else lit - 1
        if rewarded_from is not None:
            rewarded = rewarded_from[episode]
        store.begin(features(video=video), 10, "test_body")
        for frame in range(length):
            is_success = rewarded is not None and frame >= rewarded
            is_last = frame == length - 1
            pixels = picture(episode, frame, is_lit=lit is not None and frame >= lit)
            store.add(
                {
                    FRONT: pixels,
                    WRIST: pixels,
                    "observation.state": np.array([episode, frame], np.float32),
                    "action": np.array([episode, frame, 0, 1], np.float32),
                    "next.reward": np.array([float(is_success)], np.float32),
                    "next.done": np.array([is_last and is_success]),
                    "next.truncated": np.array([is_last and not is_success]),
                    "next.success": np.array([is_success]),
                    "task": tasks[episode % len(tasks)],
                }
            )
        store.save(EpisodeRecord(episode, length, seed=episode, success=rewarded is not None))


class LampJudge:
    """Sees whether the lamp is lit."""

    def probability(self, columns: Columns) -> float:
        """Return how bright the middle of the front picture is."""
        return float(columns[FRONT][60:70, 60:70].mean()) / 255.0


def train_config(root: Path, backbone: Path, output: Path, **keys: Any) -> dict[str, Any]:
    """Return a config for `lerobot-train`, as it also saves one beside what it has trained."""
    camera = {"type": "VISUAL", "shape": [3, SIZE_PX, SIZE_PX]}
    model = {
        "type": "reward_classifier",
        "model_name": str(backbone),
        "model_type": "cnn",
        "device": "cpu",
        "push_to_hub": False,
        "num_cameras": 2,
        "hidden_dim": 16,
        "latent_dim": 16,
        "learning_rate": 0.003,
        "normalization_mapping": {"VISUAL": "IDENTITY"},
        "input_features": {FRONT: camera, WRIST: camera},
    }
    return {
        "output_dir": str(output),
        "seed": 0,
        "steps": 20,
        "batch_size": 16,
        "num_workers": 0,
        "log_freq": 10,
        "save_freq": 20,
        "env_eval_freq": 0,
        "dataset": {"repo_id": REPO_ID, "root": str(root), "eval_split": 0.25},
        "wandb": {"enable": False},
        "reward_model": model,
        **keys,
    }


def write_config(path: Path, content: Mapping[str, Any]) -> Path:
    """Write a JSON file."""
    path.write_text(json.dumps(content), encoding="utf-8")
    return path
