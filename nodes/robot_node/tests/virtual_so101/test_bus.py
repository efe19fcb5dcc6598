"""Servos on one line."""

import pytest

from robot_node.virtual_so101.bus import LineFaults, ServoBus
from robot_node.virtual_so101.packets import BROADCAST, HEADER, Instruction, checksum, status
from robot_node.virtual_so101.servo import GOAL_POSITION, PRESENT_POSITION, Servo


def packet(servo: int, instruction: int, *words: int) -> bytes:
    """Return an instruction packet."""
    body = bytes([servo, len(words) + 2, instruction, *words])
    return HEADER + body + bytes([checksum(body)])


@pytest.fixture
def bus() -> ServoBus:
    """Return two servos."""
    return ServoBus([Servo(1, 1000), Servo(2, 2000)])


def goal_of(servo: Servo) -> int:
    """Return where it is to go."""
    return int.from_bytes(servo.read(GOAL_POSITION, 2), "little")


def test_each_servo_answers_a_ping_and_all_a_broadcast(bus: ServoBus) -> None:
    """One that is not there is silent."""
    assert bus.feed(packet(2, Instruction.PING)) == status(2, 0)
    assert bus.feed(packet(9, Instruction.PING)) == b""
    assert bus.feed(packet(BROADCAST, Instruction.PING)) == status(1, 0) + status(2, 0)


def test_read_and_sync_read_return_memory(bus: ServoBus) -> None:
    """In the order asked for."""
    first, second = ((1000).to_bytes(2, "little"), (2000).to_bytes(2, "little"))
    assert bus.feed(packet(1, Instruction.READ, PRESENT_POSITION, 2)) == status(1, 0, first)
    read = packet(BROADCAST, Instruction.SYNC_READ, PRESENT_POSITION, 2, 2, 1)
    assert bus.feed(read) == status(2, 0, second) + status(1, 0, first)


def test_sync_write_reaches_all_and_nobody_answers(bus: ServoBus) -> None:
    """Two servos, two bytes each."""
    words = (GOAL_POSITION, 2, 1, 0x10, 0x00, 2, 0x20, 0x00)
    assert bus.feed(packet(BROADCAST, Instruction.SYNC_WRITE, *words)) == b""
    assert [goal_of(servo) for servo in bus.servos] == [0x10, 0x20]


def test_a_registered_write_waits_for_its_action(bus: ServoBus) -> None:
    """So that several servos begin together."""
    write = packet(1, Instruction.REG_WRITE, GOAL_POSITION, 0x10, 0x00)
    assert bus.feed(write) == status(1, 0)
    assert goal_of(bus.servos[0]) == 1000
    assert bus.feed(packet(BROADCAST, Instruction.ACTION)) == b""
    assert goal_of(bus.servos[0]) == 0x10


def test_an_unknown_instruction_is_an_error(bus: ServoBus) -> None:
    """Said in the status byte; so is a read beyond the memory."""
    assert bus.feed(packet(1, 0x55)) == status(1, 0x40)
    assert bus.feed(packet(1, Instruction.READ, 120, 20)) == status(1, 0x40)


def test_answers_get_lost_and_corrupted_as_often_as_asked_for(bus: ServoBus) -> None:
    """Seeded; a corrupted one has one wrong bit."""
    ping, answer = packet(1, Instruction.PING), status(1, 0)
    bus.faults.lost = 0.2
    heard = [bus.feed(ping) for _ in range(1000)]
    assert 150 < heard.count(b"") < 250
    bus.faults = LineFaults(corrupted=0.2)
    wrong = [said for said in (bus.feed(ping) for _ in range(1000)) if said != answer]
    assert 150 < len(wrong) < 250
    for said in wrong:
        assert len(said) == len(answer)
        flipped = int.from_bytes(said, "big") ^ int.from_bytes(answer, "big")
        assert flipped.bit_count() == 1
