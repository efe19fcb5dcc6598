"""All pages that are open, and what they may do."""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from aiohttp import WSCloseCode, web

from dora_hil.stream.messages import Control
from web_node.client_messages import (
    ClientMessage,
    ClientMessageError,
    Do,
    Held,
    Leave,
    Name,
    Seen,
    Task,
    parse,
)
from web_node.driver_seat import DriverSeat
from web_node.limits import TokenBucket
from web_node.snapshot import Snapshot
from web_node.viewer import Viewer

log = logging.getLogger(__name__)

MAX_VIEWERS: Final = 16
PULSE_S: Final = 0.5


class Clients:
    """Passes on what viewers do to the driver's seat, and shows all of them the same."""

    def __init__(self, seat: DriverSeat, send: Callable[[Control], None]) -> None:
        """Start with nobody there; `send` takes each command at once."""
        self._seat, self._send = seat, send
        self._viewers: dict[int, Viewer] = {}
        self._numbers = itertools.count(1)
        self._newest: Snapshot | None = None
        self._training: Mapping[str, Any] | None = None
        self._told: dict[str, Any] = {}

    @property
    def is_full(self) -> bool:
        """Say whether nobody else may come in."""
        return len(self._viewers) >= MAX_VIEWERS

    def show(self, snapshot: Snapshot) -> None:
        """Show a step to everybody."""
        self._newest = snapshot
        for viewer in self._viewers.values():
            viewer.show(snapshot)
        self._tell_seat()

    def tell_training(self, training: Mapping[str, Any]) -> None:
        """Say how a training goes, to everybody and to whoever comes later."""
        self._training = training
        for viewer in self._viewers.values():
            viewer.tell("training", training)

    async def welcome(self, socket: web.WebSocketResponse) -> None:
        """Serve one page until it goes away."""
        viewer = Viewer(next(self._numbers), socket)
        self._viewers[viewer.number] = viewer
        self._seat.enter(viewer.number)
        viewer.tell("hello", {"you": viewer.number})
        self._told.clear()
        self._tell_seat()
        if self._training is not None:
            viewer.tell("training", self._training)
        if self._newest is not None:
            viewer.show(self._newest)
        sending = asyncio.create_task(viewer.send())
        try:
            await self._listen(viewer)
        finally:
            # Whatever was held is let go of now, not when the socket has been closed politely.
            self._seat.leave(viewer.number)
            del self._viewers[viewer.number]
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await sending
            self._tell_seat()

    async def pulse(self) -> None:
        """Say now and then who is here, how late the pictures are, and that the node lives."""
        while True:
            self._told.clear()
            self._tell_seat()
            for viewer in self._viewers.values():
                viewer.tell("latency", {"ms": viewer.latency()})
            await asyncio.sleep(PULSE_S)

    async def close(self, last_word: Mapping[str, Any] | None = None) -> None:
        """Tell everybody that the run is over, in the run owner's last word (JSON), and hang up."""
        leaving = list(self._viewers.values())
        for viewer in leaving:
            viewer.tell("over", {"owner": last_word})
        await asyncio.gather(*(viewer.close() for viewer in leaving), return_exceptions=True)

    async def _listen(self, viewer: Viewer) -> None:
        bucket = TokenBucket()
        while True:
            try:
                text = await viewer.heard()
                if text is None:
                    return
                message = parse(text)
            except (ClientMessageError, TypeError) as error:
                log.warning("viewer %d: malformed message (%s): hung up", viewer.number, error)
                await viewer.close(WSCloseCode.INVALID_TEXT, str(error)[:100])
                return
            if not bucket.take():
                log.warning("viewer %d: too many messages: hung up", viewer.number)
                await viewer.close(WSCloseCode.POLICY_VIOLATION, "too many messages")
                return
            self._hear(viewer, message)

    def _hear(self, viewer: Viewer, message: ClientMessage) -> None:
        match message:
            case Seen():
                viewer.seen(message.frame)
                return
            case Held():
                if not self._seat.hold(viewer.number, message):
                    self._refuse(viewer)
            case Do():
                is_done, control = self._seat.do(viewer.number, message.deed, message.held_ms)
                if not is_done:
                    self._refuse(viewer)
                elif control is not None:
                    self._send(control)
            case Task():
                control = self._seat.tell(viewer.number, message.task)
                if control is None:
                    self._refuse(viewer)
                else:
                    self._send(control)
            case Leave():
                self._seat.leave(viewer.number)
            case Name():
                viewer.name = " ".join(message.name.split())
        self._tell_seat()

    def _refuse(self, viewer: Viewer) -> None:
        driver = self._seat.driver
        if driver is None:
            viewer.tell("refused", {"why": "let go of everything once, and press again"})
        else:
            viewer.tell("refused", {"why": f"{self._name(driver)} drives"})

    def _tell_seat(self) -> None:
        """Say who drives and who watches, where that has changed."""
        now = {
            "driver": self._seat.driver,
            "taken_over": self._seat.taken_over,
            "viewers": [[number, self._name(number)] for number in self._viewers],
        }
        if now == self._told:
            return
        self._told = now
        for viewer in self._viewers.values():
            viewer.tell("seat", now)

    def _name(self, number: int) -> str:
        viewer = self._viewers.get(number)
        return viewer.name if viewer is not None and viewer.name else f"viewer {number}"
