"""One page that is open somewhere."""

import asyncio
import json
import statistics
import time
from collections import deque
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import WSCloseCode, WSMsgType, web

from web_node.snapshot import Snapshot

PICTURES_ON_THE_WAY: Final = 2
"""So many may be sent before one has been seen: the newest wins, nothing queues up on the way."""


class Viewer:
    """Sends what is newest, as fast as it is seen.

    Attributes:
        number: who this is to the others.
        name: as the person has it; empty for none.
        latency_ms: from the camera to the paint, and back with the word of it, of late.
    """

    def __init__(self, number: int, socket: web.WebSocketResponse) -> None:
        """Send to a socket that is open."""
        self.number = number
        self.name = ""
        self.latency_ms: deque[float] = deque(maxlen=200)
        self._socket = socket
        self._wake = asyncio.Event()
        self._texts: dict[str, str] = {}
        self._newest: Snapshot | None = None
        self._sent_frame = 0
        self._on_the_way: dict[int, int] = {}

    def show(self, snapshot: Snapshot) -> None:
        """Show a step, unless a newer one comes before it is sent."""
        self._newest = snapshot
        self._wake.set()

    def tell(self, about: str, what: Mapping[str, Any]) -> None:
        """Say something; of one thing only the newest word is sent."""
        self._texts[about] = json.dumps({"about": about, **what})
        self._wake.set()

    def seen(self, frame: int) -> None:
        """Note that a picture has been painted, and all before it."""
        for sent in [f for f in self._on_the_way if f <= frame]:
            captured_ns = self._on_the_way.pop(sent)
            if sent == frame:
                self.latency_ms.append((time.monotonic_ns() - captured_ns) / 1e6)
        self._wake.set()

    def latency(self) -> dict[str, float] | None:
        """Return the median and the 95th percentile, in milliseconds; None before the first."""
        if len(self.latency_ms) < 2:
            return None
        worst = statistics.quantiles(self.latency_ms, n=20)[-1]
        return {"median": round(statistics.median(self.latency_ms), 1), "p95": round(worst, 1)}

    async def send(self) -> None:
        """Send until the socket closes."""
        while not self._socket.closed:
            await self._wake.wait()
            self._wake.clear()
            await self._send_texts()
            newest = self._newest
            is_new = newest is not None and newest.frame > self._sent_frame
            if newest is not None and is_new and len(self._on_the_way) < PICTURES_ON_THE_WAY:
                self._sent_frame = newest.frame
                self._on_the_way[newest.frame] = newest.t_capture_ns
                await self._socket.send_bytes(newest.packed)

    async def close(self, code: int = WSCloseCode.GOING_AWAY, why: str = "") -> None:
        """Send what is left to be said, and hang up."""
        if not self._socket.closed:
            await self._send_texts()
        await self._socket.close(code=code, message=why.encode())

    async def _send_texts(self) -> None:
        while self._texts:
            await self._socket.send_str(self._texts.pop(next(iter(self._texts))))

    async def heard(self) -> str | None:
        """Wait for the next message; None when the page is gone.

        Raises:
            TypeError: it is no text.
        """
        message = await self._socket.receive()
        if message.type is WSMsgType.TEXT:
            return str(message.data)
        if message.type is WSMsgType.BINARY:
            raise TypeError("expected text")
        return None
