"""Camera pictures cropped and resized, equally by every body and for recorded datasets.

A body applies this before anybody else sees the picture, so that demo, recording, training and
evaluation see the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dora_hil.config import ConfigError
from dora_hil.stream.spec import Columns, ColumnSpec

KEY = "env.processor.image_preprocessing"
_CROPS, _RESIZE = f"{KEY}.crop_params_dict", f"{KEY}.resize_size"

type Picture = NDArray[np.uint8]
type SizePx = tuple[int, int]
"""Height and width."""


@dataclass(frozen=True)
class ImagePreprocessing:
    """`env.processor.image_preprocessing`, as in LeRobot.

    Attributes:
        crop_params_dict: top, left, height and width [px] by column, such as
            ``observation.images.front``; a camera that is not named is not cropped.
        resize_size: height and width [px] of every camera's picture, cropped or not; null leaves
            each as large as it is.
    """

    crop_params_dict: dict[str, tuple[int, ...]] | None = None
    resize_size: tuple[int, ...] | None = None


class PictureCrops:
    """Crops and resizes the pictures of known cameras.

    Attributes:
        sizes_px: height and width of what comes out, by column, for every camera.
    """

    def __init__(self, config: ImagePreprocessing | None, cameras_px: Mapping[str, SizePx]) -> None:
        """Check a config against the cameras.

        Args:
            config: None changes nothing.
            cameras_px: height and width of the cameras' own pictures, by column.

        Raises:
            ConfigError: names the key, what is wrong with it and what is accepted.
        """
        config = config or ImagePreprocessing()
        self._crops = {
            name: _part(name, values, cameras_px)
            for name, values in (config.crop_params_dict or {}).items()
        }
        size_px = None if config.resize_size is None else _size(config.resize_size)
        cropped_px = {
            name: (rows.stop - rows.start, columns.stop - columns.start)
            for name, (rows, columns) in self._crops.items()
        }
        self.sizes_px: Mapping[str, SizePx] = {
            name: size_px or cropped_px.get(name, own_px) for name, own_px in cameras_px.items()
        }

    @property
    def specs(self) -> dict[str, ColumnSpec]:
        """Describe what comes out, by column."""
        return {name: ColumnSpec.image(*size_px) for name, size_px in self.sizes_px.items()}

    def apply(self, columns: Mapping[str, NDArray[Any]]) -> Columns:
        """Return the columns with every picture cropped and resized; other columns as they are."""
        return {
            name: self.picture(name, array) if name in self.sizes_px else array
            for name, array in columns.items()
        }

    def picture(self, camera: str, picture: Picture) -> Picture:
        """Crop and resize one picture.

        Args:
            camera: its column.
            picture: uint8[height, width, 3], of the size that the camera was said to have.

        Returns:
            uint8[height, width, 3] of `sizes_px`; contiguous, and the argument itself where
            nothing is to be done.
        """
        if camera in self._crops:
            picture = np.ascontiguousarray(picture[self._crops[camera]])
        size_px = self.sizes_px[camera]
        return picture if picture.shape[:2] == size_px else _resized(picture, size_px)


def _part(
    name: str, values: Sequence[int], cameras_px: Mapping[str, SizePx]
) -> tuple[slice, slice]:
    """Return the rows and the columns of a rectangle inside its camera's picture."""
    if name not in cameras_px:
        cameras = ", ".join(f"{n} ({_shown(px)})" for n, px in cameras_px.items())
        raise ConfigError(f"{_CROPS}: unknown camera {name!r}; accepted: {cameras or 'none'}")
    height_px, width_px = cameras_px[name]
    if len(values) == 4:
        top, left, height, width = values
        is_inside = top + height <= height_px and left + width <= width_px
        if min(top, left) >= 0 and min(height, width) >= 1 and is_inside:
            return slice(top, top + height), slice(left, left + width)
    raise ConfigError(
        f"{_CROPS}.{name}: expected [top, left, height, width] in px inside its picture, "
        f"{_shown(cameras_px[name])}, got {list(values)}"
    )


def _size(values: Sequence[int]) -> SizePx:
    if len(values) != 2 or min(values) < 1:
        raise ConfigError(
            f"{_RESIZE}: expected [height, width] in px, both 1 or more, got {list(values)}"
        )
    height_px, width_px = values
    return height_px, width_px


def _resized(picture: Picture, size_px: SizePx) -> Picture:
    """Resize as LeRobot does, bilinear with antialiasing, in whole numbers: equal everywhere."""
    # Only a body that resizes pays for it.
    from PIL import Image

    height_px, width_px = size_px
    resized = Image.fromarray(picture).resize((width_px, height_px), Image.Resampling.BILINEAR)
    return np.array(resized)


def _shown(size_px: SizePx) -> str:
    return f"{size_px[0]} px high and {size_px[1]} px wide"
