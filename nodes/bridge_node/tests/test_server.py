"""Clients on a real socket: several, slow ones, dead ones, and ones that talk nonsense."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from threading import Lock

import numpy as np
import pytest

from bridge_node import server as server_module
from bridge_node.listening import Listening
from bridge_node.newest_step import NewestStep
from bridge_node.people import People
from bridge_node.server import MAX_CLIENTS, BridgeServer
from bridge_node.session import Session
from dora_hil.stream.messages import Message
from dora_hil.stream.timestep import Kind, Phase, TimeStep
from dora_hil_bridge.client import BridgeClient, BridgeError
from dora_hil_bridge.framing import encode

MakeStep = Callable[..., TimeStep]
SOON_S = 5.0


class Bridge:
    """A server with a body that stands at the first step of episode 0.

    Attributes:
        path: its socket.
        sent: every message sent, as (output, message).
        server: runs.
        wheel: locked while somebody drives.
    """

    def __init__(self, listening: Listening, make_step: MakeStep) -> None:
        """Start it."""
        self.path = listening.path
        self.sent: list[tuple[str, Message]] = []
        self.wheel = Lock()
        self._make_step = make_step
        self._newest, people = NewestStep(), People([])
        self._newest.show(make_step(0))
        self.server = BridgeServer(
            listening, lambda: Session(self._newest, people, self.wheel, self._send)
        )
        self.server.start()

    def step(self, step: int, episode: int = 0) -> None:
        """Let the body make a step."""
        self._newest.show(self._make_step(step, episode))

    def client(self) -> BridgeClient:
        """Return a client that is not connected yet."""
        return BridgeClient(self.path, SOON_S)

    def socket(self) -> socket.socket:
        """Return a bare connection."""
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        stream.settimeout(SOON_S)
        stream.connect(str(self.path))
        return stream

    def _send(self, output: str, message: Message) -> None:
        self.sent.append((output, message))
        if output == "control":
            self.step(0, episode=1)


@pytest.fixture
def bridge(listening: Listening, make_step: MakeStep) -> Iterator[Bridge]:
    """Serve."""
    it = Bridge(listening, make_step)
    yield it
    it.server.stop()


def is_hung_up_on(stream: socket.socket) -> bool:
    """Say, when the other end has done something, whether it has hung up."""
    try:
        return stream.recv(1) == b""
    except ConnectionResetError:
        return True


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread is about to do."""
    waiting = threading.Event()
    for _ in range(500):
        if condition():
            return
        waiting.wait(0.01)
    raise AssertionError("it never came about")


def test_a_robot_and_a_teleoperator_are_served_side_by_side(bridge: Bridge) -> None:
    """One waits for a step, the other is answered meanwhile."""
    with closing(bridge.client()) as robot, closing(bridge.client()) as teleoperator:
        robot.open(drives=True)
        teleoperator.open(drives=False)
        robot.observe(wait=True)
        waiting = threading.Thread(target=lambda: robot.observe(wait=True))
        waiting.start()
        assert not teleoperator.wish().is_engaged
        assert waiting.is_alive()
        bridge.step(1, episode=1)
        waiting.join()


def test_a_client_killed_in_the_middle_of_a_message_lets_go_of_the_wheel(bridge: Bridge) -> None:
    """The next one drives."""
    killed = bridge.client()
    killed.open(drives=True)
    assert killed._channel is not None
    killed._channel._stream.sendall(encode({"ask": "action"})[:9])
    killed._channel._stream.close()
    until(lambda: not bridge.wheel.locked())
    with closing(bridge.client()) as client:
        client.open(drives=False)


def test_garbage_is_hung_up_on_and_the_others_are_served(
    bridge: Bridge, caplog: pytest.LogCaptureFixture
) -> None:
    """With a line in the log."""
    with closing(bridge.client()) as client, bridge.socket() as garbage:
        client.open(drives=False)
        with caplog.at_level(logging.WARNING):
            garbage.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert is_hung_up_on(garbage)
        client.wish()
    assert "hung up on a LeRobot process: expected a message that begins with" in caplog.text


def test_a_message_that_would_fill_the_memory_is_hung_up_on(bridge: Bridge) -> None:
    """A client has no arrays to send."""
    with bridge.socket() as stream:
        stream.sendall(encode({"ask": "hello"}, {"x": np.zeros(1_000, dtype=np.uint8)}))
        assert is_hung_up_on(stream)


def test_half_a_message_is_not_waited_for_without_end(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sent it hangs."""
    monkeypatch.setattr(server_module, "MESSAGE_S", 0.05)
    with bridge.socket() as stream:
        stream.sendall(encode({"ask": "hello"})[:9])
        assert is_hung_up_on(stream)


def test_a_client_that_takes_no_answers_blocks_nobody(bridge: Bridge) -> None:
    """The body steps on, and others are served."""
    with bridge.socket() as deaf, closing(bridge.client()) as client:
        question = encode({"ask": "hello", "version": 1, "drives": False, "timeout_s": 0.0})
        deaf.setblocking(False)
        # More than the buffers of both ends hold: the server is stuck in its answers.
        with pytest.raises(BlockingIOError):
            deaf.sendall(question * 100_000)
        bridge.step(1)
        client.open(drives=False)
        client.observe(wait=True)


def test_more_clients_than_there_is_room_for_are_refused(bridge: Bridge) -> None:
    """In one line; there is room again when one has gone."""
    clients = [bridge.client() for _ in range(MAX_CLIENTS)]
    for client in clients:
        client.open(drives=False)
    with pytest.raises(BridgeError, match="8 processes are connected already"):
        bridge.client().open(drives=False)
    for client in clients:
        client.close()

    def there_is_room() -> bool:
        with closing(bridge.client()) as another:
            try:
                another.open(drives=False)
            except BridgeError:
                return False
            return True

    until(there_is_room)


def test_when_the_server_stops_every_client_is_told_at_once(bridge: Bridge) -> None:
    """Also one that waits for a step."""
    errors: list[BridgeError] = []
    with closing(bridge.client()) as client:
        client.open(drives=False)
        client.observe(wait=True)

        def wait() -> None:
            try:
                client.observe(wait=True)
            except BridgeError as error:
                errors.append(error)

        waiting = threading.Thread(target=wait)
        waiting.start()
        bridge.server.stop()
        waiting.join(SOON_S / 2)
    assert "the dataflow has ended" in str(errors[0])


def test_a_body_that_is_no_longer_in_an_episode_is_still_seen(
    bridge: Bridge, make_step: MakeStep
) -> None:
    """LeRobot's reset phase looks at it too."""
    with closing(bridge.client()) as client:
        client.open(drives=True)
        client.observe(wait=True)
        phase = make_step(-1, 1, kind=Kind.PHASE, phase=Phase.RESETTING)
        bridge._newest.show(phase)
        assert set(client.observe(wait=True)) == {"observation.state", "observation.images.front"}
