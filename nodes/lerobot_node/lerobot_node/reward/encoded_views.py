"""A dataset whose pictures are encoded before a classifier learns from them."""

import logging
from collections.abc import Mapping
from typing import Any

import torch
from lerobot.datasets import LeRobotDataset
from torch.utils.data import Dataset

from lerobot_node.encoder.frozen import FrozenEncoder
from lerobot_node.encoder.pictures import as_numbers

log = logging.getLogger(__name__)

ENCODED = "observation.encoded."
"""Before a column's name: LeRobot's processors pass on what begins with `observation.`."""

VIEWS = 2
"""Of each frame, where a config changes pictures at random: draws in all, not one a step."""

_AT_ONCE = 32


class EncodedViews(Dataset[Mapping[str, Any]]):
    """Features stand where the pictures stood; everything else is the dataset's own."""

    def __init__(self, dataset: LeRobotDataset, encoder: FrozenEncoder) -> None:
        """Read and encode all of it: a head of some thousand weights then learns in seconds."""
        self._dataset = dataset
        views = VIEWS if dataset.image_transforms is not None else 1
        self._samples: list[list[dict[str, Any]]] = [
            self._encoded(encoder, view, views) for view in range(views)
        ]

    def __len__(self) -> int:
        """Return how many frames there are."""
        return len(self._dataset)

    def __getitem__(self, index: int) -> Mapping[str, Any]:
        """Return a frame, in one of its views."""
        view = int(torch.randint(len(self._samples), ()))
        return self._samples[view][index]

    def __getattr__(self, name: str) -> Any:
        """Return what LeRobot's training asks a dataset for."""
        if name == "_dataset":
            raise AttributeError(name)
        return getattr(self._dataset, name)

    def _encoded(self, encoder: FrozenEncoder, view: int, views: int) -> list[dict[str, Any]]:
        samples: list[dict[str, Any]] = []
        frames = len(self._dataset)
        for first in range(0, frames, _AT_ONCE):
            rows = [dict(self._dataset[i]) for i in range(first, min(first + _AT_ONCE, frames))]
            pictures = {
                key: torch.stack([as_numbers(row.pop(key)) for row in rows])
                for key in encoder.stored
            }
            features = encoder.encode(pictures)
            for key, name in encoder.stored.items():
                for row, part in zip(rows, features[name], strict=True):
                    row[f"{ENCODED}{key}"] = part
            samples += rows
        log.info("encoded %d frames (view %d of %d)", frames, view + 1, views)
        return samples
