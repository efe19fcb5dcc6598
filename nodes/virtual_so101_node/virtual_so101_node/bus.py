"""Servos on one line, and what may go wrong on it."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from virtual_so101_node.packets import BROADCAST, Instruction, Packet, PacketReader, status
from virtual_so101_node.servo import MEMORY_BYTES, Servo

_INSTRUCTION_ERROR = 0x40


@dataclass
class LineFaults:
    """What the line does to answers; may be changed while it runs.

    Attributes:
        corrupted, lost: shares of the answers, 0 to 1.
        seed: of the chance.
    """

    corrupted: float = 0.0
    lost: float = 0.0
    seed: int = 0


class ServoBus:
    """Takes bytes from the computer and returns what the servos answer."""

    def __init__(self, servos: Sequence[Servo], faults: LineFaults | None = None) -> None:
        """Put servos on a line."""
        self.servos = tuple(servos)
        self.faults = faults or LineFaults()
        self._reader = PacketReader()
        self._random = random.Random(self.faults.seed)
        self._waiting: dict[int, tuple[int, bytes]] = {}

    def feed(self, data: bytes) -> bytes:
        """Take bytes; returns the answers to every packet that is now complete."""
        return b"".join(
            self._through_the_line(answer)
            for packet in self._reader.feed(data)
            for answer in self._answers(packet)
        )

    def _answers(self, packet: Packet) -> Iterator[bytes]:
        match packet.instruction:
            case Instruction.SYNC_READ:
                yield from self._sync_read(packet.parameters)
            case Instruction.SYNC_WRITE:
                self._sync_write(packet.parameters)
            case Instruction.ACTION:
                for servo in self._addressed(packet.servo):
                    if (waiting := self._waiting.pop(servo.id, None)) is not None:
                        servo.write(*waiting)
            case _:
                is_quiet = packet.servo == BROADCAST and packet.instruction != Instruction.PING
                for servo in self._addressed(packet.servo):
                    answer = self._answer(servo, packet)
                    if not is_quiet:
                        yield answer

    def _answer(self, servo: Servo, packet: Packet) -> bytes:
        words = packet.parameters
        number = servo.id
        match packet.instruction:
            case Instruction.PING:
                return status(number, 0)
            case Instruction.READ if len(words) == 2 and words[0] + words[1] <= MEMORY_BYTES:
                return status(number, 0, servo.read(words[0], words[1]))
            case Instruction.WRITE if len(words) >= 2:
                servo.write(words[0], words[1:])
                return status(number, 0)
            case Instruction.REG_WRITE if len(words) >= 2:
                self._waiting[number] = (words[0], words[1:])
                return status(number, 0)
        return status(number, _INSTRUCTION_ERROR)

    def _sync_read(self, words: bytes) -> Iterator[bytes]:
        if len(words) < 2 or words[0] + words[1] > MEMORY_BYTES:
            return
        for number in words[2:]:
            for servo in self._addressed(number):
                yield status(number, 0, servo.read(words[0], words[1]))

    def _sync_write(self, words: bytes) -> None:
        if len(words) < 2:
            return
        address, count = words[0], words[1]
        for start in range(2, len(words) - count, count + 1):
            for servo in self._addressed(words[start]):
                servo.write(address, words[start + 1 : start + 1 + count])

    def _addressed(self, number: int) -> list[Servo]:
        return [servo for servo in self.servos if number in (BROADCAST, servo.id)]

    def _through_the_line(self, answer: bytes) -> bytes:
        if self._random.random() < self.faults.lost:
            return b""
        if self._random.random() < self.faults.corrupted:
            wrong = bytearray(answer)
            wrong[self._random.randrange(len(answer))] ^= 1 << self._random.randrange(8)
            return bytes(wrong)
        return answer
