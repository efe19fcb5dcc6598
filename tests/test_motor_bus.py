"""What serial motor drivers are helped with."""

from types import SimpleNamespace
from typing import Any

from dora_hil.motor_bus import buses_of, drop_late_answers, stay


class FakeBus:
    """A bus that notes what is done with it."""

    def __init__(self) -> None:
        """Begin with two motors and an answer that came too late."""
        self.waiting = b"late"
        serial = SimpleNamespace(reset_input_buffer=self._empty)
        self.port_handler = SimpleNamespace(clearPort=self._empty, ser=serial)
        self.present = {"shoulder_pan": 2048, "gripper": 1500}
        self.goals: dict[str, Any] = {}

    def sync_read(self, name: str, *, normalize: bool, num_retry: int) -> dict[str, int]:
        """Return where the motors are."""
        assert (name, normalize) == ("Present_Position", False)
        return self.present

    def sync_write(self, name: str, values: dict[str, int], *, normalize: bool) -> None:
        """Take goals."""
        assert (name, normalize) == ("Goal_Position", False)
        self.goals = values

    def _empty(self) -> None:
        self.waiting = b""


def test_both_arms_of_a_pair_have_their_bus_found() -> None:
    """And a robot without one has none; nor has one whose bus is no serial port."""
    left, right = FakeBus(), FakeBus()
    pair = SimpleNamespace(left_arm=SimpleNamespace(bus=left), right_arm=SimpleNamespace(bus=right))
    assert buses_of(pair) == [left, right]
    assert buses_of(SimpleNamespace(bus=left)) == [left]
    assert buses_of(SimpleNamespace(bus=object())) == []


def test_what_came_too_late_is_no_answer_to_the_next_question() -> None:
    """The port is empty before it is asked."""
    bus = FakeBus()
    drop_late_answers(SimpleNamespace(bus=bus))
    assert bus.waiting == b""


def test_torque_that_comes_on_turns_nothing() -> None:
    """Where the motors stand is their goal."""
    bus = FakeBus()
    stay(bus)
    assert bus.goals == bus.present
