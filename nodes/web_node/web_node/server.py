"""The node's own small web server, in a thread beside dora's loop."""

import asyncio
import socket
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from dora_hil.stream.messages import Control
from web_node.address import Address
from web_node.client_messages import MAX_BYTES
from web_node.clients import Clients
from web_node.driver_seat import DriverSeat
from web_node.guard import Guard
from web_node.snapshot import Snapshot

ASSETS: Final = Path(__file__).parent / "assets"
MAX_CONNECTIONS: Final = 64
"""Well above `MAX_VIEWERS`, each of whom has one and needs a few more while the page loads."""

ROOM_AFTER_S: Final = 0.05
DEAD_AFTER_S: Final = 10.0
CLOSING_S: Final = 2.0


class ConsoleServer:
    """Serves the page and its socket until it is stopped.

    Attributes:
        last_word: what the run owner said in the end, JSON; None where it said nothing.
    """

    last_word: Mapping[str, Any] | None = None

    def __init__(self, listening: socket.socket, address: Address, seat: DriverSeat) -> None:
        """Take a socket that listens; nothing is answered before `start`."""
        self._listening, self._address, self._seat = listening, address, seat
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="web", daemon=True)
        self._watching: set[Any] = set()

    def start(self, send: Callable[[Control], None]) -> None:
        """Begin to answer; `send` takes each command at once, from this server's thread."""
        self._clients = Clients(self._seat, send)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._begin(), self._loop).result()

    def show(self, snapshot: Snapshot) -> None:
        """Show a step to everybody; may be called from any thread, and waits for nobody."""
        self._loop.call_soon_threadsafe(self._clients.show, snapshot)

    def tell_training(self, training: Mapping[str, Any]) -> None:
        """Say how a training goes, JSON; may be called from any thread, and waits for nobody."""
        self._loop.call_soon_threadsafe(self._clients.tell_training, training)

    def stop(self) -> None:
        """Hang up on everybody."""
        if not self._thread.is_alive():
            self._listening.close()
            return
        ending: Future[None] = asyncio.run_coroutine_threadsafe(self._end(), self._loop)
        try:
            ending.result(CLOSING_S)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(CLOSING_S)

    async def _begin(self) -> None:
        address = self._address
        guard = Guard(is_loopback=address.is_loopback, token=address.token, port=address.port)
        app = web.Application(middlewares=[guard.check], client_max_size=MAX_BYTES)
        app.router.add_get("/", self._page)
        app.router.add_get("/socket", self._socket)
        app.router.add_static("/assets", ASSETS, append_version=False)
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=CLOSING_S / 2
        )
        await self._runner.setup()
        self._server = await self._loop.create_server(self._connect, sock=self._listening)
        self._pulse = asyncio.create_task(self._clients.pulse())

    async def _end(self) -> None:
        self._pulse.cancel()
        self._server.close()
        await self._clients.close(self.last_word)
        await self._runner.cleanup()

    def _connect(self) -> asyncio.BaseProtocol:
        """Answer a connection."""
        # A crowd that arrives at once is counted when all of it is there.
        self._loop.call_later(ROOM_AFTER_S, self._make_room)
        server: Any = self._runner.server
        protocol: asyncio.BaseProtocol = server()
        return protocol

    def _make_room(self) -> None:
        """Above the limit, close the oldest that show nothing."""
        server: Any = self._runner.server
        # Of one that was closed just now, only the transport is gone yet.
        there = [c for c in server.connections if c.transport is not None]
        others = [c for c in there if c not in self._watching]
        for connection in others[: max(0, len(there) - MAX_CONNECTIONS)]:
            connection.force_close()

    async def _page(self, _request: web.Request) -> web.StreamResponse:
        return web.FileResponse(ASSETS / "console.html")

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if self._clients.is_full:
            raise web.HTTPServiceUnavailable(text="Too many viewers; close another page first.")
        answer = web.WebSocketResponse(
            heartbeat=DEAD_AFTER_S, max_msg_size=MAX_BYTES, compress=False
        )
        await answer.prepare(request)
        self._watching.add(request.protocol)
        try:
            await self._clients.welcome(answer)
        finally:
            self._watching.discard(request.protocol)
        return answer
