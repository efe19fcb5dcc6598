"""Messages on a stream socket: a JSON object, and behind it arrays as they lie in memory.

Header: the four bytes of `MAGIC`, the length of the JSON (uint32) and of all arrays together
(uint64), big-endian. The JSON's key `arrays` lists [name, dtype, shape] in the order in which
they follow, each in C order and in the machine's own byte order: both ends are on one machine.
"""

import json
import math
import socket
import struct
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MAGIC: Final = b"dhil"
VERSION: Final = 1
"""Of what is said, not of how it is framed; compared in the first exchange."""

MAX_JSON_BYTES: Final = 1 << 20
MAX_ARRAY_BYTES: Final = 1 << 28

_HEADER: Final = struct.Struct("!4sIQ")
_DTYPES: Final = {name: np.dtype(name) for name in ("float32", "uint8")}


class FramingError(ValueError):
    """What arrived is not a message; the stream cannot be used any more."""


class HungUpError(ConnectionError):
    """The other end has gone."""


@dataclass(frozen=True, eq=False)
class Message:
    """One message.

    Attributes:
        fields: the JSON object.
        arrays: float32 or uint8, writable, by name.
    """

    fields: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)


def encode(fields: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]] | None = None) -> bytes:
    """Return the bytes of a message; arrays are float32 or uint8."""
    arrays = arrays or {}
    parts = [np.ascontiguousarray(array).tobytes() for array in arrays.values()]
    listed = [(name, str(array.dtype), array.shape) for name, array in arrays.items()]
    text = json.dumps({**fields, "arrays": listed}, allow_nan=False).encode()
    return b"".join([_HEADER.pack(MAGIC, len(text), sum(map(len, parts))), text, *parts])


class Channel:
    """One end of a connection; for one thread at a time."""

    def __init__(self, stream: socket.socket, max_array_bytes: int = MAX_ARRAY_BYTES) -> None:
        """Take a connected stream socket.

        Args:
            stream: closed by `close`.
            max_array_bytes: what a received message may hold in arrays.
        """
        self._stream = stream
        self._max_array_bytes = max_array_bytes

    def send(self, frame: bytes, timeout_s: float) -> None:
        """Send what `encode` returned.

        Raises:
            TimeoutError: the other end did not take it in time.
            OSError: it has gone.
        """
        self._stream.settimeout(timeout_s)
        self._stream.sendall(frame)

    def wait(self) -> None:
        """Wait, for ever if need be, for a message to begin.

        Raises:
            HungUpError: none will come.
        """
        self._stream.settimeout(None)
        if not self._stream.recv(1, socket.MSG_PEEK):
            raise HungUpError("the other end has gone")

    def receive(self, timeout_s: float) -> Message:
        """Return the next message, all of it.

        Raises:
            TimeoutError: it was not there in time.
            HungUpError: the other end has gone.
            FramingError: what came is not a message, or too long.
        """
        deadline_s = time.monotonic() + timeout_s
        magic, json_bytes, array_bytes = _HEADER.unpack(self._read(_HEADER.size, deadline_s))
        if magic != MAGIC:
            raise FramingError(f"expected a message that begins with {MAGIC!r}, got {magic!r}")
        for size, limit in ((json_bytes, MAX_JSON_BYTES), (array_bytes, self._max_array_bytes)):
            if size > limit:
                raise FramingError(f"a part of {size} bytes was announced, at most {limit} fit")
        fields = _object(self._read(json_bytes, deadline_s))
        payload = self._read(array_bytes, deadline_s)
        return Message(fields, _arrays(fields.pop("arrays", []), payload))

    def close(self) -> None:
        """Hang up; whoever waits on the other end, or here, is woken."""
        with suppress(OSError):
            self._stream.shutdown(socket.SHUT_RDWR)
        self._stream.close()

    def _read(self, size: int, deadline_s: float) -> bytearray:
        data = bytearray(size)
        view = memoryview(data)
        while view:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                raise TimeoutError("timed out")
            self._stream.settimeout(left_s)
            count = self._stream.recv_into(view)
            if count == 0:
                raise HungUpError("the other end has gone")
            view = view[count:]
        return data


def _object(text: bytearray) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise FramingError("expected JSON") from None
    if not isinstance(fields, dict):
        raise FramingError(f"expected a JSON object, got {type(fields).__name__}")
    return fields


def _arrays(listed: Any, payload: bytearray) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {}
    start = 0
    try:
        for name, dtype, shape in listed:
            end = start + math.prod(shape) * _DTYPES[dtype].itemsize
            part = memoryview(payload)[start:end]
            arrays[name] = np.frombuffer(part, _DTYPES[dtype]).reshape(shape)
            start = end
    except (KeyError, TypeError, ValueError):
        raise FramingError(f"arrays: expected [name, dtype, shape] each, got {listed!r}") from None
    if start != len(payload):
        raise FramingError(f"arrays of {start} bytes are listed, {len(payload)} came")
    return arrays
