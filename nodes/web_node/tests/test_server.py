"""The server, spoken to over real sockets."""

import asyncio
import functools
import json
import socket
import struct
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from camera_steps import step

from dora_hil.stream.messages import Command, Control
from web_node.address import Address, listen
from web_node.client_messages import MAX_BYTES
from web_node.clients import MAX_VIEWERS
from web_node.driver_seat import DriverSeat
from web_node.run_view import RunView
from web_node.server import MAX_CONNECTIONS, ConsoleServer
from web_node.viewer import PICTURES_ON_THE_WAY

AT_REST = {"say": "held", "held": [], "tilt": [0, 0, 0]}
FORWARD = {"say": "held", "held": ["x_plus"], "tilt": [0, 0, 0]}


class Console:
    """A server, its seat, and what has been commanded."""

    def __init__(self, host: str = "127.0.0.1", token: str | None = None) -> None:
        """Listen."""
        listening, self.address = listen(host, 0, token)
        self.seat = DriverSeat()
        self.server = ConsoleServer(listening, self.address, self.seat)
        self.commands: list[Control] = []
        self.view = RunView()
        self.server.start(self.commands.append)

    @property
    def url(self) -> str:
        """Return the page without its token."""
        return f"http://127.0.0.1:{self.address.port}"

    def show(self, number: int) -> None:
        """Show a step."""
        message = step(number, brightness=number, t_capture_ns=time.monotonic_ns())
        self.server.show(self.view.see(message, None))


@pytest.fixture
def console() -> Iterator[Console]:
    """Return a server for this machine alone."""
    made = Console()
    yield made
    made.server.stop()


@pytest.fixture
def open_console() -> Iterator[Console]:
    """Return a server that everybody can reach who has the token."""
    made = Console("0.0.0.0", "the-right-token")
    yield made
    made.server.stop()


class Page:
    """What a browser would be."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        """Listen to a socket."""
        self.ws = ws

    async def say(self, what: dict[str, Any]) -> None:
        """Say something."""
        await self.ws.send_json(what)

    async def drive(self, what: dict[str, Any] = FORWARD) -> None:
        """Let go, then hold."""
        await self.say(AT_REST)
        await self.say(what)

    async def told(self, about: str) -> dict[str, Any]:
        """Wait for a text."""
        while True:
            message = await asyncio.wait_for(self.ws.receive(), 10)
            assert message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY), message
            if message.type is aiohttp.WSMsgType.TEXT:
                said: dict[str, Any] = json.loads(message.data)
                if said["about"] == about:
                    return said

    async def head(self) -> dict[str, Any]:
        """Wait for a picture; returns its head."""
        while True:
            message = await asyncio.wait_for(self.ws.receive(), 10)
            if message.type is aiohttp.WSMsgType.BINARY:
                (length,) = struct.unpack_from("<I", message.data)
                head: dict[str, Any] = json.loads(message.data[4 : 4 + length])
                return head

    async def closed(self) -> int | None:
        """Wait until the node hangs up; returns why."""
        while not self.ws.closed:
            await asyncio.wait_for(self.ws.receive(), 10)
        return self.ws.close_code


@asynccontextmanager
async def page(console: Console) -> AsyncIterator[Page]:
    """Open the page's socket."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{console.url}/socket", headers={"Origin": console.url}) as ws,
    ):
        yield Page(ws)


def in_a_loop[**P](test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Let pytest run a test that awaits."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens soon."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


async def status_of(url: str, **options: Any) -> int:
    """Return the status of a GET."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(url, allow_redirects=False, **options) as got,
    ):
        return got.status


@in_a_loop
async def test_a_page_drives_and_commands(console: Console) -> None:
    """What it holds is the action, what it does is a command."""
    async with page(console) as ada:
        await ada.drive()
        await until(lambda: console.seat.action().engaged)
        assert list(console.seat.action().value) == [1, 0, 0, 1]
        await ada.say({"say": "do", "deed": "next"})
        await until(lambda: bool(console.commands))
    assert console.commands[0].command is Command.NEXT


@in_a_loop
async def test_a_cut_connection_lets_go_at_once(console: Console) -> None:
    """Long before the silence would tell: the socket is closed without a word."""
    async with page(console) as ada:
        await ada.drive()
        await until(lambda: console.seat.driver is not None)
        cut_s = time.monotonic()
        ada.ws._response.connection.transport.abort()  # type: ignore[union-attr]
        await until(lambda: console.seat.driver is None)
        assert time.monotonic() - cut_s < 0.2
    assert not console.seat.action().engaged


@in_a_loop
async def test_the_others_see_who_drives_and_are_refused(console: Console) -> None:
    """By the name that this person gave."""
    async with page(console) as ada, page(console) as bob:
        await ada.say({"say": "name", "name": "  Ada \n L. "})
        await ada.drive()
        seat = await bob.told("seat")
        while seat["driver"] is None:
            seat = await bob.told("seat")
        assert dict(seat["viewers"])[seat["driver"]] == "Ada L."
        await ada.say(FORWARD)
        await bob.drive()
        assert (await bob.told("refused"))["why"] == "Ada L. drives"
        await bob.say({"say": "do", "deed": "stop"})
        await until(lambda: bool(console.commands))
    assert [control.command for control in console.commands] == [Command.STOP]


@in_a_loop
async def test_pictures_wait_until_those_before_have_been_seen(console: Console) -> None:
    """Then the newest is sent; those between never are."""
    async with page(console) as ada:
        await ada.told("hello")
        for number in range(1, 20):
            console.show(number)
            await asyncio.sleep(0.01)
        early = [await ada.head() for _ in range(PICTURES_ON_THE_WAY)]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(ada.head(), 0.5)
        await ada.say({"say": "seen", "frame": early[-1]["frame"]})
        assert (await ada.head())["state"]["step"] == 19
        latency = await ada.told("latency")
        assert latency["ms"] is None


@in_a_loop
async def test_who_comes_late_sees_the_newest_step(console: Console) -> None:
    """Without waiting for the next."""
    console.show(7)
    async with page(console) as ada:
        assert (await ada.head())["state"]["step"] == 7


@in_a_loop
async def test_everybody_is_told_when_the_run_is_over() -> None:
    """And is hung up on."""
    console = Console()
    async with page(console) as ada:
        await ada.told("hello")
        ending = threading.Thread(target=console.server.stop)
        ending.start()
        await ada.told("over")
        assert await ada.closed() == aiohttp.WSCloseCode.GOING_AWAY
        ending.join()


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("no JSON", aiohttp.WSCloseCode.INVALID_TEXT),
        ('{"say": "fly"}', aiohttp.WSCloseCode.INVALID_TEXT),
        (b"\x00\x01", aiohttp.WSCloseCode.INVALID_TEXT),
        ("x" * (MAX_BYTES + 1), aiohttp.WSCloseCode.MESSAGE_TOO_BIG),
    ],
)
@in_a_loop
async def test_what_no_page_says_ends_its_connection_alone(
    console: Console, said: str | bytes, code: int
) -> None:
    """Malformed, binary, oversize: refused with a reason; the driver drives on."""
    async with page(console) as ada, page(console) as eve:
        await ada.drive()
        if isinstance(said, bytes):
            await eve.ws.send_bytes(said)
        else:
            await eve.ws.send_str(said)
        assert await eve.closed() == code
        await ada.say(FORWARD)
        assert console.seat.action().engaged


@in_a_loop
async def test_a_flood_of_messages_ends_its_connection_alone(console: Console) -> None:
    """Hung up on, with the reason."""
    async with page(console) as eve:
        for _ in range(2000):
            await eve.say(AT_REST)
        assert await eve.closed() == aiohttp.WSCloseCode.POLICY_VIOLATION


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", "null", "", None])
@in_a_loop
async def test_another_sites_page_may_not_drive(console: Console, origin: str | None) -> None:
    """A browser says whose page it is; and a socket without that word is no page's."""
    headers = {} if origin is None else {"Origin": origin}
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"{console.url}/socket", headers=headers)
        assert refused.value.status == 403


@in_a_loop
async def test_another_name_for_this_machine_is_refused_on_loopback(console: Console) -> None:
    """DNS rebinding; a tunnel's other port is fine."""
    hosts = ("evil.example", "localhost:9999", "127.0.0.1", "[::1]:8010", "a b", "")
    said = [await status_of(console.url, headers={"Host": host}) for host in hosts]
    rebound, tunnel, bare, v6, *odd = said
    assert (rebound, tunnel, bare, v6) == (403, 200, 200, 200)
    assert all(status in (400, 403) for status in odd)


@in_a_loop
async def test_with_a_token_nothing_is_shown_without_it(open_console: Console) -> None:
    """Neither the page, nor its parts, nor the socket."""
    paths = ("/", "/assets/console.js", "/socket", "/?token=wrong", "/?token=")
    said = [await status_of(open_console.url + path) for path in paths]
    assert said == [403] * 5


@in_a_loop
async def test_the_address_that_was_printed_opens_the_page_and_its_socket(
    open_console: Console,
) -> None:
    """The token goes from the address into a cookie that no script can read."""
    url = open_console.url
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        async with session.get(f"{url}/?token=the-right-token", allow_redirects=False) as got:
            assert (got.status, got.headers["Location"]) == (303, "/")
            cookie = got.headers["Set-Cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=Strict" in cookie
        async with session.get(url) as got:
            assert got.status == 200
            assert "default-src 'self'" in got.headers["Content-Security-Policy"]
        async with session.ws_connect(f"{url}/socket", headers={"Origin": url}) as ws:
            assert (await Page(ws).told("hello"))["you"] == 1


@in_a_loop
async def test_guessing_tokens_is_stopped(open_console: Console) -> None:
    """After ten wrong ones even the right one is not heard for a minute."""
    tokens = [*(f"guess{n}" for n in range(11)), "the-right-token"]
    said = [await status_of(f"{open_console.url}/?token={token}") for token in tokens]
    assert said == [403] * 10 + [429] * 2


@in_a_loop
async def test_more_viewers_than_there_is_room_for_are_refused(console: Console) -> None:
    """With a word; those who are there stay."""
    async with aiohttp.ClientSession() as session:
        headers = {"Origin": console.url}
        url = f"{console.url}/socket"
        sockets = [await session.ws_connect(url, headers=headers) for _ in range(MAX_VIEWERS)]
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(url, headers=headers)
        assert refused.value.status == 503
        assert (await Page(sockets[0]).told("hello"))["you"] == 1


@in_a_loop
async def test_a_thousand_connections_leave_room_for_who_is_there_and_for_somebody_new(
    console: Console,
) -> None:
    """The oldest that show nothing are closed; the driver's is not."""
    port = console.address.port
    async with page(console) as ada:
        await ada.told("hello")
        crowd = [
            await asyncio.to_thread(socket.create_connection, ("127.0.0.1", port), 5)
            for _ in range(1000)
        ]
        await ada.drive()
        await until(lambda: console.seat.action().engaged)
        async with page(console) as bob:
            await bob.told("hello")
        for one in crowd:
            one.settimeout(0.0)
        await until(lambda: sum(_is_open(one) for one in crowd) <= MAX_CONNECTIONS)
        for one in crowd:
            one.close()


def _is_open(one: socket.socket) -> bool:
    try:
        return one.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def test_a_server_that_never_began_can_be_stopped() -> None:
    """Where the dataflow did not come about."""
    listening, address = listen("127.0.0.1", 0)
    ConsoleServer(listening, Address(address.host, address.port), DriverSeat()).stop()
    assert listening.fileno() == -1
