"""A client whose bridge misbehaves; how it gets on with the real one stands with bridge-node."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dora_hil_bridge.client import BridgeClient, BridgeError
from dora_hil_bridge.framing import Channel, HungUpError, encode

SOON_S = 5.0
HELLO = encode({"version": 1, "body": "small", "action_spaces": [], "columns": {}})

type Serve = Callable[[Channel], None]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[Serve], Path]]:
    """Answer one client on a real socket, as a test says; returns its path."""
    threads: list[threading.Thread] = []
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)

    def start(answer: Serve) -> Path:
        path = tmp_path / "b.sock"
        listening.bind(str(path))
        listening.listen()

        def run() -> None:
            channel = Channel(listening.accept()[0])
            try:
                answer(channel)
            except HungUpError:
                pass
            finally:
                channel.close()

        threads.append(threading.Thread(target=run))
        threads[0].start()
        return path

    yield start
    for thread in threads:
        thread.join()
    listening.close()


def greet(channel: Channel) -> None:
    """Answer the first question."""
    channel.receive(SOON_S)
    channel.send(HELLO, SOON_S)


@pytest.mark.parametrize("is_left_behind", [False, True])
def test_nobody_there_is_said_with_what_to_start(tmp_path: Path, is_left_behind: bool) -> None:
    """And with the socket that was tried; a killed process leaves one behind."""
    path = tmp_path / "b.sock"
    if is_left_behind:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left:
            left.bind(str(path))
    client = BridgeClient(path, SOON_S)
    with pytest.raises(BridgeError, match=r"b\.sock: no dataflow listens here .*dora run dataflow"):
        client.open(drives=True)
    assert not client.is_open


def test_a_bridge_that_hangs_is_not_waited_for_without_end(
    serve: Callable[[Serve], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line says how long was waited."""
    monkeypatch.setattr("dora_hil_bridge.client._MARGIN_S", 0.0)

    def hang(channel: Channel) -> None:
        channel.receive(SOON_S)
        channel.wait()

    client = BridgeClient(serve(hang), timeout_s=0.1)
    with pytest.raises(BridgeError, match=r"no answer within 0\.1 s"):
        client.open(drives=False)
    assert not client.is_open


def test_a_dataflow_that_ends_is_one_error_and_the_client_is_closed(
    serve: Callable[[Serve], Path],
) -> None:
    """As LeRobot sees it in the middle of an episode."""
    client = BridgeClient(serve(greet), SOON_S)
    client.open(drives=False)
    with pytest.raises(BridgeError, match="the dataflow has ended; start it again"):
        client.observe(wait=True)
    assert not client.is_open


def test_what_is_no_bridge_is_said(serve: Callable[[Serve], Path]) -> None:
    """Another program's socket, for instance."""

    def answer(channel: Channel) -> None:
        channel.receive(SOON_S)
        channel.send(b"HTTP/1.1 400 Bad", SOON_S)

    client = BridgeClient(serve(answer), SOON_S)
    with pytest.raises(BridgeError, match="no bridge of this version"):
        client.open(drives=False)


def test_a_refusal_is_an_error_and_the_connection_stays(serve: Callable[[Serve], Path]) -> None:
    """The next question may be a better one."""

    def refuse(channel: Channel) -> None:
        greet(channel)
        channel.receive(SOON_S)
        channel.send(encode({"error": "too much"}), SOON_S)
        channel.receive(SOON_S)
        channel.send(encode({}), SOON_S)

    client = BridgeClient(serve(refuse), SOON_S)
    client.open(drives=True)
    with pytest.raises(BridgeError, match="too much"):
        client.act("ee_delta", [9.0])
    client.act("ee_delta", [0.0])
    client.close()


def test_a_refused_greeting_leaves_nothing_open(serve: Callable[[Serve], Path]) -> None:
    """Another process drives, say."""

    def refuse(channel: Channel) -> None:
        channel.receive(SOON_S)
        channel.send(encode({"error": "another drives"}), SOON_S)
        channel.wait()

    client = BridgeClient(serve(refuse), SOON_S)
    with pytest.raises(BridgeError, match="another drives"):
        client.open(drives=True)
    assert not client.is_open


def test_each_step_is_asked_for_after_the_one_before(serve: Callable[[Serve], Path]) -> None:
    """That is how the body's time becomes LeRobot's."""
    asked: list[int] = []

    def answer(channel: Channel) -> None:
        greet(channel)
        for seq in (7, 9):
            asked.append(channel.receive(SOON_S).fields["after"])
            channel.send(encode({"seq": seq}), SOON_S)

    client = BridgeClient(serve(answer), SOON_S)
    client.open(drives=True)
    client.observe(wait=True)
    client.observe(wait=True)
    client.close()
    assert asked == [-1, 7]


def test_a_closed_client_says_so(tmp_path: Path) -> None:
    """Instead of an error about sockets."""
    with pytest.raises(BridgeError, match="not connected"):
        BridgeClient(tmp_path / "b.sock", SOON_S).act("ee_delta", [0.0])
