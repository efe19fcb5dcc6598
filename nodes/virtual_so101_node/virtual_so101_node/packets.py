"""Feetech's packets, protocol 0: FF FF id length instruction parameters checksum."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

HEADER: Final = b"\xff\xff"
BROADCAST: Final = 0xFE
MAX_LENGTH: Final = 250


class Instruction(IntEnum):
    """What a packet asks for."""

    PING = 0x01
    READ = 0x02
    WRITE = 0x03
    REG_WRITE = 0x04
    ACTION = 0x05
    SYNC_READ = 0x82
    SYNC_WRITE = 0x83


@dataclass(frozen=True)
class Packet:
    """An instruction packet.

    Attributes:
        servo: whom it is for; `BROADCAST` for all.
        instruction: see `Instruction`; a number that is none of them is ignored by servos.
        parameters: what follows it.
    """

    servo: int
    instruction: int
    parameters: bytes


def checksum(body: bytes) -> int:
    """Return the last byte of a packet; `body` is all between header and checksum."""
    return ~sum(body) & 0xFF


def status(servo: int, error: int, parameters: bytes = b"") -> bytes:
    """Return a servo's answer."""
    body = bytes([servo, len(parameters) + 2, error]) + parameters
    return HEADER + body + bytes([checksum(body)])


class PacketReader:
    """Takes bytes as they come and yields whole packets; what is no packet is passed over."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._bytes = bytearray()

    def feed(self, data: bytes) -> Iterator[Packet]:
        """Take bytes; yields every packet that is now complete."""
        self._bytes += data
        while (packet := self._next()) is not None:
            yield packet

    def _next(self) -> Packet | None:
        waiting = self._bytes
        while True:
            start = waiting.find(HEADER)
            if start < 0:
                # The first half of a header may be at the end.
                del waiting[: max(0, len(waiting) - 1)]
                return None
            del waiting[:start]
            if len(waiting) < 4:
                return None
            servo, length = waiting[2], waiting[3]
            if servo == 0xFF or not 2 <= length <= MAX_LENGTH:
                del waiting[:1]
                continue
            if len(waiting) < length + 4:
                return None
            body = bytes(waiting[2 : length + 3])
            if waiting[length + 3] != checksum(body):
                del waiting[:1]
                continue
            del waiting[: length + 4]
            return Packet(servo, body[2], body[3:])
