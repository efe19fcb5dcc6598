"""A page that a script serves to the browser on this machine until the person is done."""

import asyncio
import webbrowser
from collections.abc import Iterable
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from dora_hil.errors import UserError

HOST = "127.0.0.1"


class LocalPage:
    """Serves one HTML file and what its script asks for; for this machine alone."""

    def __init__(self, html: Path, routes: Iterable[web.AbstractRouteDef]) -> None:
        """Serve `html` at ``/``, and `routes` beside it."""
        self._html = html
        self._routes = [web.get("/", self._page), *routes]
        self._done = asyncio.Event()
        self._port = 0

    async def serve(self, port: int = 0) -> str:
        """Listen on this machine; returns the page's address.

        Args:
            port: 0 takes a free one.

        Raises:
            OSError: somebody else listens there.
        """
        app = web.Application(middlewares=[self._only_from_here], client_max_size=10_000)
        app.add_routes(self._routes)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return f"http://{HOST}:{self._port}"

    def finish(self) -> None:
        """Note that the person is done."""
        self._done.set()

    async def wait(self) -> None:
        """Wait until the person is done; then listen no more."""
        await self._done.wait()
        # The answer to the last press is on its way.
        await asyncio.sleep(0.2)
        await self._runner.cleanup()

    async def show(self, port: int, *, is_opened: bool) -> None:
        """Print the address, open it, and wait until the person is done.

        Args:
            port: 0 takes a free one.
            is_opened: open the browser.

        Raises:
            UserError: the port is taken.
        """
        try:
            address = await self.serve(port)
        except OSError as error:
            raise UserError(f"--port {port}: {error.strerror}") from None
        print(f"{address}  (Ctrl-C ends without writing anything)", flush=True)
        if is_opened:
            await asyncio.to_thread(webbrowser.open, address)
        await self.wait()

    @web.middleware
    async def _only_from_here(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse other sites' pages, which a browser on this machine may have open too."""
        own = {f"{HOST}:{self._port}", f"localhost:{self._port}"}
        origin = request.headers.get("Origin", f"http://{request.host}")
        if request.host not in own or origin.removeprefix("http://") not in own:
            raise web.HTTPForbidden(text="this page is for this machine alone")
        return await handler(request)

    async def _page(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(text=self._html.read_text(encoding="utf-8"), content_type="text/html")
