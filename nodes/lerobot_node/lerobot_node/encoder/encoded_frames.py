"""A dataset whose pictures are encoded when they are read."""

from collections import deque
from collections.abc import Mapping
from typing import Any, Protocol

import torch

from lerobot_node.encoder.frozen import FrozenEncoder
from lerobot_node.encoder.pictures import as_numbers

type _Sample = dict[str, torch.Tensor]


class Frames(Protocol):
    """What is needed of a `LeRobotDataset`."""

    def __len__(self) -> int:
        """Return how many frames there are."""

    def __getitem__(self, index: int) -> Mapping[str, Any]:
        """Return a frame by column; pictures as [3, height, width], bytes or in [0, 1]."""


class EncodedFrames:
    """Features stand where the pictures stood, under their stored names.

    LeRobot reads every frame twice, as what was seen and as what came of the one before; here the
    newest two are known.
    """

    def __init__(self, frames: Frames, encoder: FrozenEncoder) -> None:
        """Read from these frames."""
        self._frames, self._encoder = frames, encoder
        self._newest: deque[tuple[int, _Sample]] = deque(maxlen=2)

    def __len__(self) -> int:
        """Return how many frames there are."""
        return len(self._frames)

    def __getitem__(self, index: int) -> _Sample:
        """Return a frame."""
        for known, sample in self._newest:
            if known == index:
                return sample
        sample = dict(self._frames[index])
        pictures = {key: as_numbers(sample.pop(key))[None] for key in self._encoder.stored}
        features = self._encoder.encode(pictures)
        sample.update({key: tensor[0] for key, tensor in features.items()})
        self._newest.append((index, sample))
        return sample
