"""Feetech's packets."""

from virtual_so101_node.packets import Instruction, Packet, PacketReader, status

PING_1 = bytes.fromhex("ffff010201fb")
"""From Feetech's manual: ping servo 1."""

READ_POSITION_1 = bytes.fromhex("ffff0104023802be")


def test_packets_of_the_manual_are_understood() -> None:
    """Ping, and read two bytes from 56."""
    reader = PacketReader()
    assert list(reader.feed(PING_1 + READ_POSITION_1)) == [
        Packet(1, Instruction.PING, b""),
        Packet(1, Instruction.READ, b"\x38\x02"),
    ]


def test_an_answer_is_as_in_the_manual() -> None:
    """Servo 1 is at 0x0518."""
    assert status(1, 0, b"\x18\x05") == bytes.fromhex("ffff0104001805dd")


def test_bytes_may_come_one_at_a_time() -> None:
    """A serial line knows no packets."""
    reader = PacketReader()
    packets = [p for byte in READ_POSITION_1 for p in reader.feed(bytes([byte]))]
    assert packets == [Packet(1, Instruction.READ, b"\x38\x02")]


def test_noise_and_broken_packets_are_passed_over() -> None:
    """A wrong checksum, half a header, an impossible length."""
    broken = PING_1[:-1] + b"\x00"
    reader = PacketReader()
    noise = b"\x00\xff\x13" + broken + b"\xff\xff\xff\x01\xff\xff\x01\xff\x01"
    assert list(reader.feed(noise + PING_1)) == [Packet(1, Instruction.PING, b"")]
