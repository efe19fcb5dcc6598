"""The page on which a person says where success begins; for this machine alone."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from aiohttp import web
from aiohttp.typedefs import Handler
from lerobot.datasets import LeRobotDataset
from PIL import Image

from lerobot_node.dataset.pictures import PictureError, jpeg, read_pictures
from lerobot_node.dataset.recorded_episode import RecordedEpisode
from lerobot_node.label.onsets import Onset, OnsetError, check_onset

PAGE = Path(__file__).parent / "assets" / "label.html"
HOST = "127.0.0.1"


class LabelServer:
    """Shows pictures, and takes onsets until the person says that they are to be written.

    Attributes:
        onsets: of every episode; what was recorded until a person says otherwise.
        is_wanted: the person wants them written.
    """

    def __init__(
        self,
        dataset: LeRobotDataset,
        episodes: Sequence[RecordedEpisode],
        onsets: Mapping[int, Onset],
        name: str,
    ) -> None:
        """Show a dataset's episodes under a name."""
        self._dataset = dataset
        self._rows = {episode.index: episode.first_row for episode in episodes}
        self._lengths = {episode.index: episode.length for episode in episodes}
        self._name = name
        self._reading = threading.Lock()
        self._done = asyncio.Event()
        self._port = 0
        self.onsets = dict(onsets)
        self.is_wanted = False

    async def serve(self, port: int = 0) -> str:
        """Listen on this machine; returns the page's address.

        Args:
            port: 0 takes a free one.

        Raises:
            OSError: somebody else listens there.
        """
        app = web.Application(middlewares=[self._only_from_here], client_max_size=10_000)
        app.router.add_get("/", self._page)
        app.router.add_get("/episodes", self._episodes)
        app.router.add_get(r"/pictures/{episode:\d+}/{frame:\d+}", self._picture)
        app.router.add_post("/onset", self._set)
        app.router.add_post("/write", self._write)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return f"http://{HOST}:{self._port}"

    async def wait(self) -> None:
        """Wait until the person is done; then listen no more."""
        await self._done.wait()
        # The answer to the last press is on its way.
        await asyncio.sleep(0.2)
        await self._runner.cleanup()

    @web.middleware
    async def _only_from_here(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse other sites' pages, which a browser on this machine may have open too."""
        own = {f"{HOST}:{self._port}", f"localhost:{self._port}"}
        origin = request.headers.get("Origin", f"http://{request.host}")
        if request.host not in own or origin.removeprefix("http://") not in own:
            raise web.HTTPForbidden(text="this page is for this machine alone")
        return await handler(request)

    async def _page(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(text=PAGE.read_text(encoding="utf-8"), content_type="text/html")

    async def _episodes(self, _request: web.Request) -> web.Response:
        episodes = [
            {"episode": episode, "length": length, "onset": self.onsets[episode]}
            for episode, length in self._lengths.items()
        ]
        return web.json_response({"name": self._name, "episodes": episodes})

    async def _picture(self, request: web.Request) -> web.Response:
        episode, frame = int(request.match_info["episode"]), int(request.match_info["frame"])
        if frame >= self._lengths.get(episode, 0):
            raise web.HTTPNotFound(text="there is no such picture")
        try:
            body = await asyncio.to_thread(self._read, self._rows[episode] + frame)
        except PictureError as error:
            raise web.HTTPInternalServerError(text=str(error)) from None
        return web.Response(
            body=body, content_type="image/jpeg", headers={"Cache-Control": "max-age=3600"}
        )

    def _read(self, row: int) -> bytes:
        """Return all cameras of a frame side by side."""
        with self._reading:
            pictures = list(read_pictures(self._dataset, row).values())
        height = max(picture.shape[0] for picture in pictures)
        padded = [np.pad(p, ((0, height - p.shape[0]), (0, 0), (0, 0))) for p in pictures]
        return jpeg(Image.fromarray(np.concatenate(padded, axis=1)), quality=90)

    async def _set(self, request: web.Request) -> web.Response:
        try:
            said = await request.json()
            episode, onset = int(said["episode"]), said["onset"]
            onset = None if onset is None else int(onset)
            check_onset(episode, onset, self._lengths)
        except (ValueError, KeyError, TypeError, OnsetError) as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        self.onsets[episode] = onset
        return web.json_response({"episode": episode, "onset": onset})

    async def _write(self, _request: web.Request) -> web.Response:
        self.is_wanted = True
        self._done.set()
        return web.json_response({"written": len(self.onsets)})
