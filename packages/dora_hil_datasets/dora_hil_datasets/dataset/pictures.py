"""Pictures as LeRobot returns them, as people and viewers want them."""

import io
from typing import Any

import numpy as np
from lerobot.datasets import LeRobotDataset
from numpy.typing import NDArray
from PIL import Image

from dora_hil.errors import UserError, one_line


class PictureError(UserError):
    """A frame that cannot be decoded; the text is what the decoder says of it."""


def read_pictures(dataset: LeRobotDataset, row: int) -> dict[str, NDArray[np.uint8]]:
    """Decode one frame: uint8[height, width, 3] by camera.

    Raises:
        PictureError: a video is damaged or too short.
    """
    try:
        item = dataset[row]
    except (OSError, RuntimeError, ValueError, IndexError) as error:
        raise PictureError(one_line(error)) from None
    return {camera: rgb(item[camera]) for camera in dataset.meta.camera_keys}


def rgb(tensor: Any) -> NDArray[np.uint8]:
    """Return a camera's picture as uint8[height, width, 3].

    Args:
        tensor: [channels, height, width], torch or numpy; uint8 from videos, float in [0, 1]
            from stored images, one channel of any range from depth cameras.
    """
    picture = np.asarray(tensor)
    if picture.shape[0] == 1:
        near, far = float(picture.min()), float(picture.max())
        scaled = (picture.astype(np.float64) - near) / (far - near or 1.0)
        picture = np.repeat(scaled, 3, axis=0)
    if picture.dtype != np.uint8:
        picture = (picture * 255.0).round().astype(np.uint8)
    return np.ascontiguousarray(picture.transpose(1, 2, 0))


def jpeg(picture: Image.Image, quality: int = 80) -> bytes:
    """Encode a picture as JPEG."""
    buffer = io.BytesIO()
    picture.save(buffer, format="JPEG", quality=quality)
    return buffer.getvalue()
