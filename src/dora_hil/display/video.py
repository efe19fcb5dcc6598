"""Write what the cameras of a run see into a film.

PyAV and imageio belong to the nodes that use this.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import imageio.v2 as imageio
import numpy as np
from numpy.typing import NDArray

from dora_hil.errors import UserError
from dora_hil.stream.timestep import Kind, TimeStep

_SUFFIXES = (".mp4", ".gif")

TAKEOVER_RGB = (243, 176, 74)
"""Frames the steps that a person drove in place of the policy; as on the console."""


class VideoError(UserError):
    """A film that cannot be written."""


class VideoWriter:
    """Puts the pictures of every recorded step side by side into one film.

    Episodes follow one another; what lies between them (PHASE) is left out. Steps that a person
    (or the scripted operator) drove in place of the policy have a frame of their own colour.

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
        if path.suffix not in _SUFFIXES:
            accepted = " or ".join(_SUFFIXES)
            raise VideoError(f"{path}: expected a name that ends in {accepted}")
        self.frames = 0
        self._height_px = height_px
        self._path = path
        self._writer: _Mp4Writer | Any
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.open("wb").close()
            if path.suffix == ".mp4":
                self._writer = _Mp4Writer(path, fps)
            else:
                self._writer = imageio.get_writer(path, mode="I", loop=0, duration=1000 / fps)
        except OSError as error:
            raise VideoError(f"{path}: {error.strerror or error}") from None

    def __call__(self, timestep: TimeStep) -> None:
        """Add one step's pictures.

        Raises:
            VideoError: the disk does not take it.
        """
        if timestep.kind is Kind.PHASE:
            return
        images = [
            self._scaled(array)
            for name, array in timestep.columns.items()
            if name.startswith("observation.images.")
        ]
        if images:
            picture = np.concatenate(images, axis=1)
            if timestep.is_intervention:
                _frame(picture)
            with self._said():
                self._writer.append_data(picture)
            self.frames += 1

    def _scaled(self, image: NDArray[Any]) -> NDArray[Any]:
        """Repeat or leave out pixels: a picture is shown as the policy sees it."""
        rows = np.arange(self._height_px) * image.shape[0] // self._height_px
        width_px = round(image.shape[1] * self._height_px / image.shape[0] / 2) * 2
        columns = np.arange(width_px) * image.shape[1] // width_px
        scaled: NDArray[Any] = image[rows[:, None], columns[None, :]]
        return scaled

    def close(self) -> None:
        """Finish the file; an unfinished film cannot be played.

        Raises:
            VideoError: the disk does not take it.
        """
        with self._said():
            self._writer.close()

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except (OSError, av.FFmpegError) as error:
            raise VideoError(f"{self._path}: {error.strerror or error}") from None


class _Mp4Writer:
    """H.264 in yuv420p, which every browser and chat shows.

    In this process: to start ffmpeg would fork one with threads and gigabytes in it.
    """

    def __init__(self, path: Path, fps: float) -> None:
        self._container = av.open(str(path), "w")
        rate = Fraction(fps).limit_denominator(1000)
        # Half of the time that x264's own preset takes, and no larger film; one thread, since
        # others work beside it.
        options = {"preset": "veryfast", "crf": "18"}
        self._stream = self._container.add_stream("libx264", rate=rate, options=options)
        self._stream.pix_fmt = "yuv420p"
        self._stream.thread_count = 1
        self._is_begun = False

    def append_data(self, picture: NDArray[Any]) -> None:
        if not self._is_begun:
            self._stream.height, self._stream.width = picture.shape[:2]
            self._is_begun = True
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        try:
            if self._is_begun:
                self._container.mux(self._stream.encode(None))
        finally:
            self._container.close()


def _frame(picture: NDArray[Any]) -> None:
    """Draw the frame of a takeover into a picture, uint8[height, width, 3]."""
    wide = picture.shape[0] // 32
    for edge in (picture[:wide], picture[-wide:], picture[:, :wide], picture[:, -wide:]):
        edge[...] = TAKEOVER_RGB
