"""The page on which a person draws what is left of each camera's picture."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from aiohttp import web
from lerobot.datasets import LeRobotDataset
from numpy.typing import NDArray

from dora_hil.body.crop import ImagePreprocessing, SizePx
from dora_hil.config import parse
from dora_hil.errors import UserError
from dora_hil_datasets.crop.choice import ChoiceError, useful_crops
from dora_hil_datasets.dataset.recorded_episode import RecordedEpisode
from dora_hil_datasets.page.frame_reader import FrameReader, jpeg_answer
from dora_hil_datasets.page.local_page import LocalPage

_HTML = Path(__file__).parent / "assets" / "crop.html"
_QUALITY = 95
_FRAME = r"{camera}/{episode:\d+}/{frame:\d+}"


class CropServer:
    """Shows pictures and what becomes of them, until the person wants them written.

    Attributes:
        page: what is served.
        choice: what the person wants; useful once the page is done.
    """

    def __init__(
        self,
        dataset: LeRobotDataset,
        episodes: Sequence[RecordedEpisode],
        cameras_px: Mapping[str, SizePx],
        choice: ImagePreprocessing,
        name: str,
    ) -> None:
        """Show a dataset's episodes under a name, with a choice to begin from."""
        self._frames = FrameReader(dataset, episodes)
        self._cameras_px = cameras_px
        self._name = name
        self.choice = choice
        self.page = LocalPage(
            _HTML,
            [
                web.get("/dataset", self._dataset),
                web.get(f"/pictures/{_FRAME}", self._picture),
                web.get(f"/results/{_FRAME}", self._result),
                web.post("/write", self._write),
            ],
        )

    async def _dataset(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {
                "name": self._name,
                "cameras": self._cameras_px,
                "lengths": list(self._frames.lengths.values()),
                "choice": asdict(self.choice),
            }
        )

    async def _picture(self, request: web.Request) -> web.Response:
        return jpeg_answer(_of_camera(await self._frames.read(request), request), _QUALITY)

    async def _result(self, request: web.Request) -> web.Response:
        """Answer with a picture as the choice in the query leaves it."""
        try:
            crops = useful_crops(_parse(request.query.get("choice", "")), self._cameras_px)
        except UserError as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        picture = _of_camera(await self._frames.read(request), request)
        shown = crops.picture(request.match_info["camera"], picture)
        return jpeg_answer(shown, _QUALITY, "no-store")

    async def _write(self, request: web.Request) -> web.Response:
        try:
            choice = _parse(await request.text())
            useful_crops(choice, self._cameras_px)
        except UserError as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        self.choice = choice
        self.page.finish()
        return web.json_response(asdict(choice))


def _parse(text: str) -> ImagePreprocessing:
    """Read a choice that the page has sent.

    Raises:
        UserError: it is none.
    """
    try:
        raw: Any = json.loads(text)
    except ValueError:
        raw = None
    if not isinstance(raw, dict):
        raise ChoiceError(f"expected a JSON object, got {text!r:.100}")
    return parse(raw, ImagePreprocessing, "the page")


def _of_camera(
    pictures: Mapping[str, NDArray[np.uint8]], request: web.Request
) -> NDArray[np.uint8]:
    """Return the picture of the camera that a request's path names.

    Raises:
        HTTPNotFound: there is no such camera.
    """
    picture = pictures.get(request.match_info["camera"])
    if picture is None:
        raise web.HTTPNotFound(text=f"there is no such camera; there are {', '.join(pictures)}")
    return picture
