"""Messages on a real socket."""

import json
import socket
import struct
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from dora_hil_bridge.framing import (
    MAGIC,
    MAX_JSON_BYTES,
    Channel,
    FramingError,
    HungUpError,
    encode,
)

SOON_S = 5.0
type Pair = tuple[socket.socket, Channel]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Connect a bare socket to a channel that takes 100 bytes of arrays."""
    ours, theirs = socket.socketpair()
    channel = Channel(theirs, max_array_bytes=100)
    yield ours, channel
    ours.close()
    channel.close()


def framed(text: bytes, arrays: bytes = b"") -> bytes:
    """Return a frame that is right in its header alone."""
    return struct.pack("!4sIQ", MAGIC, len(text), len(arrays)) + text + arrays


def test_what_is_sent_arrives(pair: Pair) -> None:
    """Fields, arrays, shapes and types."""
    ours, channel = pair
    picture = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    state = np.array([1.5, -2.0], dtype=np.float32)
    Channel(ours).send(encode({"seq": 3}, {"picture": picture, "state": state}), SOON_S)
    message = channel.receive(SOON_S)
    assert message.fields == {"seq": 3}
    np.testing.assert_array_equal(message.arrays["picture"], picture)
    np.testing.assert_array_equal(message.arrays["state"], state)
    assert message.arrays["state"].dtype == np.float32


def test_a_received_array_may_be_written_to(pair: Pair) -> None:
    """LeRobot's processors do."""
    ours, channel = pair
    ours.sendall(encode({}, {"state": np.zeros(2, dtype=np.float32)}))
    channel.receive(SOON_S).arrays["state"][0] = 1.0


def test_an_array_that_is_not_contiguous_arrives_as_it_looks(pair: Pair) -> None:
    """A view on every other row, for instance."""
    ours, channel = pair
    picture = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)[::2]
    ours.sendall(encode({}, {"picture": picture}))
    np.testing.assert_array_equal(channel.receive(SOON_S).arrays["picture"], picture)


def test_a_message_may_arrive_byte_by_byte(pair: Pair) -> None:
    """Streams keep no boundaries."""
    ours, channel = pair
    frame = encode({"ask": "hello"}, {"state": np.ones(3, dtype=np.float32)})

    def dribble() -> None:
        for i in range(len(frame)):
            ours.sendall(frame[i : i + 1])

    thread = threading.Thread(target=dribble)
    thread.start()
    message = channel.receive(SOON_S)
    thread.join()
    assert message.fields == {"ask": "hello"}


def test_two_messages_in_one_piece_are_two(pair: Pair) -> None:
    """In order."""
    ours, channel = pair
    ours.sendall(encode({"n": 1}) + encode({"n": 2}))
    assert [channel.receive(SOON_S).fields["n"] for _ in range(2)] == [1, 2]


def test_half_a_message_is_waited_for_no_longer_than_told(pair: Pair) -> None:
    """Whoever sends it may hang."""
    ours, channel = pair
    ours.sendall(encode({"n": 1})[:-1])
    with pytest.raises(TimeoutError):
        channel.receive(0.05)


def test_a_dribble_does_not_stretch_the_time_limit(pair: Pair) -> None:
    """It holds for the whole message, not for each piece."""
    ours, channel = pair
    is_over = threading.Event()
    frame = encode({"text": "x" * 10_000})

    def dribble() -> None:
        for i in range(len(frame)):
            if is_over.wait(0.01):
                return
            ours.sendall(frame[i : i + 1])

    thread = threading.Thread(target=dribble)
    thread.start()
    with pytest.raises(TimeoutError):
        channel.receive(0.1)
    is_over.set()
    thread.join()


def test_who_hangs_up_in_the_middle_of_a_message_has_gone(pair: Pair) -> None:
    """As a killed process does."""
    ours, channel = pair
    ours.sendall(encode({"n": 1})[:-1])
    ours.close()
    with pytest.raises(HungUpError):
        channel.receive(SOON_S)


def test_who_hangs_up_between_two_messages_has_gone(pair: Pair) -> None:
    """While the next is waited for without a limit."""
    ours, channel = pair
    ours.close()
    with pytest.raises(HungUpError):
        channel.wait()


def test_to_wait_takes_nothing_of_the_message(pair: Pair) -> None:
    """It is whole when it is received."""
    ours, channel = pair
    ours.sendall(encode({"n": 1}))
    channel.wait()
    assert channel.receive(SOON_S).fields == {"n": 1}


def test_who_takes_nothing_is_not_waited_for_without_end(pair: Pair) -> None:
    """The socket's buffer is full then."""
    ours, _ = pair
    with pytest.raises(TimeoutError):
        Channel(ours).send(b"x" * 50_000_000, 0.05)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "begins with"),
        (struct.pack("!4sIQ", MAGIC, MAX_JSON_BYTES + 1, 0), "at most 1048576 fit"),
        (struct.pack("!4sIQ", MAGIC, 2, 101), "101 bytes was announced, at most 100"),
        # No memory is taken for what is only announced: an exabyte, say.
        (struct.pack("!4sIQ", MAGIC, 2, 1 << 60), "at most 100"),
        (framed(b"{nonsense"), "expected JSON"),
        (framed(b"\xff\xfe"), "expected JSON"),
        (framed(b"[" * 100_000), "expected JSON"),
        (framed(b"[1, 2]"), "expected a JSON object, got list"),
        (framed(b'{"arrays": 3}'), "arrays: expected"),
        (framed(b'{"arrays": [["x", "float64", [1]]]}', b"8 bytes."), "arrays: expected"),
        (framed(b'{"arrays": [["x", "uint8", [9]]]}', b"8 bytes."), "arrays: expected"),
        (framed(b'{"arrays": [["x", "uint8", [-1]]]}', b"8 bytes."), "are listed"),
        (framed(b'{"arrays": [["x", "uint8", ["a"]]]}', b"8 bytes."), "arrays: expected"),
        (framed(b"{}", b"8 bytes."), "0 bytes are listed, 8 came"),
    ],
)
def test_what_is_no_message_is_refused(pair: Pair, sent: bytes, expected: str) -> None:
    """With a line that says what was wrong."""
    ours, channel = pair
    ours.sendall(sent)
    with pytest.raises(FramingError, match=expected):
        channel.receive(SOON_S)


def test_a_number_that_json_has_not_is_not_sent() -> None:
    """NaN would be read by Python alone."""
    with pytest.raises(ValueError, match="JSON"):
        json.loads(encode({"n": float("nan")}))
