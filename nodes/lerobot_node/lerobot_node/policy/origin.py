"""What a policy was trained on: the dataset's columns, rate and sentences, as they were then.

It stands beside the weights: `lerobot_policy_origin` writes it while LeRobot trains, the learner
with each of its checkpoints. Where it does not, the dataset that the training read is taken, as
long as it is still the same one.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from dora_hil.errors import UserError, one_line
from dora_hil_datasets.dataset.features import Features
from dora_hil_datasets.dataset.sentences import read_sentences

FILE = "dora_hil_dataset.json"
"""The training dataset's `meta/info.json`, and its sentences as `tasks`."""

PROCESSORS = ("policy_preprocessor.json", "policy_postprocessor.json")

_STATISTICS = ("mean", "std", "min", "max")


class PolicyError(UserError):
    """A policy that cannot be used; the text says what is wrong with it."""


@dataclass(frozen=True)
class Origin:
    """The dataset a policy was trained on.

    Attributes:
        fps: its frames per second.
        features: LeRobot's description of its columns.
        info: all of its `meta/info.json`, and its sentences as `tasks`.
    """

    fps: int
    features: Features
    info: Mapping[str, Any]

    @property
    def tasks(self) -> tuple[str, ...]:
        """Return the sentences that the policy was trained with; none where they are not known."""
        return tuple(self.info.get("tasks", ()))

    @classmethod
    def beside(cls, folder: Path) -> Self | None:
        """Read what stands beside a policy's weights; None if there is nothing."""
        path = folder / FILE
        if not path.is_file():
            return None
        return cls._of(read_object(path), path)

    @classmethod
    def of_dataset(cls, root: Path) -> Self:
        """Read a dataset's own description.

        Raises:
            PolicyError: it cannot be read.
        """
        path = root / "meta/info.json"
        info = {**read_object(path), "tasks": list(read_sentences(root))}
        return cls._of(info, path)

    @classmethod
    def _of(cls, info: dict[str, Any], path: Path) -> Self:
        if not isinstance(info.get("fps"), int | float) or "action" not in info.get("features", {}):
            raise PolicyError(f"{path}: expected a dataset's info, with fps and features")
        return cls(round(info["fps"]), info["features"], info)


def is_as_trained(folder: Path, root: Path) -> bool:
    """Say whether the dataset at `root` is still what the policy in `folder` was trained on.

    A policy normalises with the statistics of its dataset, so it has them with it; another
    recording has others, were it by the same person of the same task.

    Raises:
        PolicyError: a file cannot be read.
    """
    path = root / "meta/stats.json"
    if not path.is_file():
        return False
    present, compared = read_object(path), False
    for key, trained in _statistics(folder):
        feature, _, statistic = key.rpartition(".")
        values = (present.get(feature) or {}).get(statistic)
        # Pictures are normalised by ImageNet's.
        if statistic not in _STATISTICS or values is None or np.ndim(values) != 1:
            continue
        compared = True
        # A policy may fill vectors up to the length of its network.
        known = trained.reshape(-1)[: len(values)]
        if known.shape != np.shape(values) or not np.allclose(known, values, rtol=1e-4, atol=1e-6):
            return False
    return compared


def _statistics(folder: Path) -> Iterator[tuple[str, NDArray[Any]]]:
    for name in state_files(folder):
        try:
            yield from load_file(folder / name).items()
        except (OSError, SafetensorError) as error:
            raise PolicyError(f"{folder / name}: cannot be read: {one_line(error)}") from None


def state_files(folder: Path) -> Iterator[str]:
    """Yield the files that a policy's processors refer to."""
    for name in PROCESSORS:
        for step in read_object(folder / name).get("steps", ()):
            if isinstance(step, dict) and step.get("state_file"):
                yield step["state_file"]


def read_object(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        PolicyError: it cannot be read, or is something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PolicyError(f"{path}: cannot be read: {one_line(error)}") from None
    if not isinstance(content, dict):
        raise PolicyError(f"{path}: expected a JSON object")
    return content
