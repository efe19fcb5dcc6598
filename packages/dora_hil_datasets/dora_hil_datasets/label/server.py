"""The page on which a person says where success begins."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from aiohttp import web
from lerobot.datasets import LeRobotDataset

from dora_hil_datasets.dataset.recorded_episode import RecordedEpisode
from dora_hil_datasets.label.onsets import Onset, OnsetError, check_onset
from dora_hil_datasets.page.frame_reader import FrameReader, jpeg_answer
from dora_hil_datasets.page.local_page import LocalPage

_HTML = Path(__file__).parent / "assets" / "label.html"


class LabelServer:
    """Shows pictures, and takes onsets until the person says that they are to be written.

    Attributes:
        page: what is served.
        onsets: of every episode; what was recorded until a person says otherwise.
    """

    def __init__(
        self,
        dataset: LeRobotDataset,
        episodes: Sequence[RecordedEpisode],
        onsets: Mapping[int, Onset],
        name: str,
    ) -> None:
        """Show a dataset's episodes under a name."""
        self._frames = FrameReader(dataset, episodes)
        self._name = name
        self.onsets = dict(onsets)
        self.page = LocalPage(
            _HTML,
            [
                web.get("/episodes", self._episodes),
                web.get(r"/pictures/{episode:\d+}/{frame:\d+}", self._picture),
                web.post("/onset", self._set),
                web.post("/write", self._write),
            ],
        )

    async def _episodes(self, _request: web.Request) -> web.Response:
        episodes = [
            {"episode": episode, "length": length, "onset": self.onsets[episode]}
            for episode, length in self._frames.lengths.items()
        ]
        return web.json_response({"name": self._name, "episodes": episodes})

    async def _picture(self, request: web.Request) -> web.Response:
        """Answer with all cameras of a frame side by side."""
        pictures = list((await self._frames.read(request)).values())
        height = max(picture.shape[0] for picture in pictures)
        padded = [np.pad(p, ((0, height - p.shape[0]), (0, 0), (0, 0))) for p in pictures]
        return jpeg_answer(np.concatenate(padded, axis=1), quality=90)

    async def _set(self, request: web.Request) -> web.Response:
        try:
            said = await request.json()
            episode, onset = int(said["episode"]), said["onset"]
            onset = None if onset is None else int(onset)
            check_onset(episode, onset, self._frames.lengths)
        except (ValueError, KeyError, TypeError, OnsetError) as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        self.onsets[episode] = onset
        return web.json_response({"episode": episode, "onset": onset})

    async def _write(self, _request: web.Request) -> web.Response:
        self.page.finish()
        return web.json_response({"written": len(self.onsets)})
