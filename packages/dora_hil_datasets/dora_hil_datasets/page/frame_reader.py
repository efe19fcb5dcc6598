"""Pictures of a recorded dataset by episode and frame, for a page."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial

import numpy as np
from aiohttp import web
from lerobot.datasets import LeRobotDataset
from numpy.typing import NDArray
from PIL import Image

from dora_hil_datasets.dataset.pictures import PictureError, jpeg, read_pictures
from dora_hil_datasets.dataset.recorded_episode import RecordedEpisode


def jpeg_answer(
    picture: NDArray[np.uint8], quality: int, cached: str = "max-age=3600"
) -> web.Response:
    """Answer with a picture, uint8[height, width, 3]; `cached` is the header Cache-Control."""
    body = jpeg(Image.fromarray(picture), quality)
    return web.Response(body=body, content_type="image/jpeg", headers={"Cache-Control": cached})


class FrameReader:
    """Decodes frames one at a time, beside the event loop.

    Attributes:
        lengths: frames by episode.
    """

    def __init__(self, dataset: LeRobotDataset, episodes: Sequence[RecordedEpisode]) -> None:
        """Read a dataset's episodes."""
        self._rows = {episode.index: episode.first_row for episode in episodes}
        self._reading = threading.Lock()
        # A page asks for each camera of a frame by itself, and again as a choice changes.
        self._read_row = lru_cache(maxsize=4)(partial(read_pictures, dataset))
        self.lengths: Mapping[int, int] = {e.index: e.length for e in episodes}

    async def read(self, request: web.Request) -> dict[str, NDArray[np.uint8]]:
        """Return the pictures of the frame that a request's path names, by camera.

        Args:
            request: with ``episode`` and ``frame`` in its path.

        Raises:
            HTTPNotFound: there is no such frame.
            HTTPInternalServerError: it cannot be decoded.
        """
        episode, frame = int(request.match_info["episode"]), int(request.match_info["frame"])
        if frame >= self.lengths.get(episode, 0):
            raise web.HTTPNotFound(text="there is no such picture")
        try:
            return await asyncio.to_thread(self._read, self._rows[episode] + frame)
        except PictureError as error:
            raise web.HTTPInternalServerError(text=str(error)) from None

    def _read(self, row: int) -> dict[str, NDArray[np.uint8]]:
        with self._reading:
            return self._read_row(row)
