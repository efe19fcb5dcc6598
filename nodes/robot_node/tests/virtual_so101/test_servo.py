"""One servo."""

import pytest

from robot_node.virtual_so101.servo import (
    GOAL_POSITION,
    HOMING_OFFSET,
    LOCK,
    MAX_POSITION,
    MIN_POSITION,
    MODEL_NUMBER,
    PRESENT_LOAD,
    PRESENT_POSITION,
    PRESENT_TEMPERATURE,
    TORQUE_ENABLE,
    Servo,
    ServoDynamics,
)


def word(servo: Servo, address: int) -> int:
    """Return two bytes of its memory."""
    return int.from_bytes(servo.read(address, 2), "little")


def put(servo: Servo, address: int, value: int) -> None:
    """Write two bytes."""
    servo.write(address, value.to_bytes(2, "little"))


def go(servo: Servo, goal: int, seconds: float = 2.0) -> None:
    """Ask for a position with torque on, and wait."""
    servo.write(TORQUE_ENABLE, b"\x01")
    put(servo, GOAL_POSITION, goal)
    for _ in range(int(seconds / 0.01)):
        servo.advance(0.01)


def test_it_says_what_it_is() -> None:
    """An STS3215."""
    assert word(Servo(3), 3) == MODEL_NUMBER
    assert Servo(3).id == 3


def test_it_goes_where_it_is_told_with_its_torque_on() -> None:
    """And nowhere with it off."""
    servo = Servo(1, 1000)
    put(servo, GOAL_POSITION, 1500)
    servo.advance(1.0)
    assert servo.position == 1000
    go(servo, 1500)
    assert servo.position == 1500
    assert word(servo, PRESENT_POSITION) == 1500


def test_it_approaches_its_goal_at_first_order_and_no_faster_than_it_can() -> None:
    """63 % after a time constant; a long way is limited by speed."""
    servo = Servo(1, 2000, ServoDynamics(time_constant_s=0.1, max_speed_ticks_s=1e6))
    go(servo, 2100, 0.1)
    assert servo.position == pytest.approx(2063, abs=2)
    slow = Servo(1, 1000, ServoDynamics(max_speed_ticks_s=500.0))
    go(slow, 3000, 1.0)
    assert slow.position == pytest.approx(1500, abs=5)


def test_its_limits_hold() -> None:
    """Whatever is asked for."""
    servo = Servo(1, 2000)
    put(servo, MIN_POSITION, 1800)
    put(servo, MAX_POSITION, 2200)
    go(servo, 4000)
    assert servo.position == 2200
    go(servo, 0)
    assert servo.position == 1800


def test_the_homing_offset_moves_what_it_reports() -> None:
    """Reported is actual less offset; the sign is the 12th bit."""
    servo = Servo(1, 3000)
    put(servo, HOMING_OFFSET, 952)
    servo.advance(0.0)
    assert servo.position == 2048
    put(servo, HOMING_OFFSET, 1 << 11 | 500)
    assert servo.position == 3500


def test_a_hand_turns_it_only_while_its_torque_is_off() -> None:
    """As a person does who calibrates it."""
    servo = Servo(1, 2000)
    servo.turn(2500)
    assert servo.position == 2500
    servo.write(TORQUE_ENABLE, b"\x01")
    servo.turn(3000)
    assert servo.position == 2500


def test_what_is_read_only_or_locked_stays() -> None:
    """Measurements, and the permanent memory while it is locked."""
    servo = Servo(1, 2000)
    put(servo, PRESENT_POSITION, 7)
    assert word(servo, PRESENT_POSITION) == 2000
    servo.write(LOCK, b"\x01")
    put(servo, MIN_POSITION, 900)
    assert word(servo, MIN_POSITION) == 0
    servo.write(LOCK, b"\x00")
    put(servo, MIN_POSITION, 900)
    assert word(servo, MIN_POSITION) == 900


def test_load_and_temperature_follow_what_it_does() -> None:
    """Blocked by its limit, it strains and gets warm."""
    servo = Servo(1, 2000, ServoDynamics(max_speed_ticks_s=10.0))
    go(servo, 3000, 60.0)
    assert word(servo, PRESENT_LOAD) == 1000
    assert servo.read(PRESENT_TEMPERATURE, 1)[0] > 35
    servo.write(TORQUE_ENABLE, b"\x00")
    servo.advance(0.01)
    assert word(servo, PRESENT_LOAD) == 0


def test_a_hand_that_pushes_displaces_it_from_its_goal_until_it_lets_go() -> None:
    """The servo strains against it, and comes back."""
    servo = Servo(1, 2000)
    servo.push(200.0)
    go(servo, 2000)
    assert servo.position == 2200
    assert word(servo, PRESENT_LOAD) == 1000
    servo.push(0.0)
    go(servo, 2000)
    assert servo.position == 2000


def test_what_was_pushed_stays_where_it_is_when_the_torque_goes_off() -> None:
    """A hand still holds it."""
    servo = Servo(1, 2000)
    servo.push(200.0)
    go(servo, 2000)
    servo.write(TORQUE_ENABLE, b"\x00")
    servo.advance(1.0)
    assert servo.position == 2200


def test_a_push_does_not_go_beyond_a_turn() -> None:
    """The shaft's scale ends there; it would come back from the other side."""
    servo = Servo(1, 4000)
    servo.push(300.0)
    go(servo, 4000)
    assert servo.position == 4095
