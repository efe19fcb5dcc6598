"""Pictures of a stream, and of a dataset, as networks take them."""

from typing import Any

import torch
from numpy.typing import NDArray


def batch_of(picture: NDArray[Any]) -> torch.Tensor:
    """Return one picture of a stream as a batch, float32[1, 3, height, width] in [0, 1].

    Args:
        picture: uint8[height, width, 3]; copied.
    """
    return as_numbers(torch.from_numpy(picture.copy()).permute(2, 0, 1))[None]


def as_numbers(picture: torch.Tensor) -> torch.Tensor:
    """Return a picture in [0, 1], as an actor sends it; a dataset's videos are read as bytes."""
    return picture.float() / 255.0 if picture.dtype == torch.uint8 else picture
