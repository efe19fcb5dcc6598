"""Write what the cameras of a run see into a film.

imageio belongs to the nodes that use this.
"""

from pathlib import Path
from typing import Any

import imageio.v2 as imageio
import numpy as np
from numpy.typing import NDArray

from dora_hil.errors import UserError
from dora_hil.timestep import Kind, TimeStep

_WRITER_OPTIONS: dict[str, dict[str, Any]] = {
    # Every browser and chat shows yuv420p H.264.
    ".mp4": {"format": "FFMPEG", "codec": "libx264", "pixelformat": "yuv420p", "quality": 7},
    ".gif": {"mode": "I", "loop": 0},
}


class VideoError(UserError):
    """A film that cannot be written."""


class VideoWriter:
    """Puts the pictures of every recorded step side by side into one film.

    Episodes follow one another; what lies between them (PHASE) is left out.

    Attributes:
        frames: how many were written.
    """

    def __init__(self, path: Path, *, fps: float, height_px: int = 256) -> None:
        """Open the file.

        Args:
            path: an .mp4 or a .gif; its folder is made.
            fps: pictures a second when played.
            height_px: every camera's picture is scaled to this height.

        Raises:
            VideoError: another suffix, or the file cannot be opened.
        """
        if path.suffix not in _WRITER_OPTIONS:
            accepted = " or ".join(_WRITER_OPTIONS)
            raise VideoError(f"{path}: expected a name that ends in {accepted}")
        self.frames = 0
        self._height_px = height_px
        rate = {"duration": 1000 / fps} if path.suffix == ".gif" else {"fps": fps}
        options: dict[str, Any] = {**_WRITER_OPTIONS[path.suffix], **rate}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.open("wb").close()
            self._writer = imageio.get_writer(path, **options)
        except OSError as error:
            raise VideoError(f"{path}: {error.strerror or error}") from None

    def __call__(self, timestep: TimeStep) -> None:
        """Add one step's pictures."""
        if timestep.kind is Kind.PHASE:
            return
        images = [
            self._scaled(array)
            for name, array in timestep.columns.items()
            if name.startswith("observation.images.")
        ]
        if images:
            self._writer.append_data(np.concatenate(images, axis=1))
            self.frames += 1

    def _scaled(self, image: NDArray[Any]) -> NDArray[Any]:
        """Repeat or leave out pixels: a picture is shown as the policy sees it."""
        rows = np.arange(self._height_px) * image.shape[0] // self._height_px
        width_px = round(image.shape[1] * self._height_px / image.shape[0] / 2) * 2
        columns = np.arange(width_px) * image.shape[1] // width_px
        scaled: NDArray[Any] = image[rows[:, None], columns[None, :]]
        return scaled

    def close(self) -> None:
        """Finish the file; an unfinished film cannot be played."""
        self._writer.close()
