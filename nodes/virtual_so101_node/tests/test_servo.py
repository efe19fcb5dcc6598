"""One servo: its memory, what it asks of its motor, what it says of it."""

import math

import pytest

from virtual_so101_node.arm import ticks_to_rad
from virtual_so101_node.servo import (
    ACCELERATION,
    GOAL_POSITION,
    GOAL_VELOCITY,
    HOMING_OFFSET,
    LOCK,
    MAX_POSITION,
    MIN_POSITION,
    MODEL_NUMBER,
    MOVING,
    OVERLOAD_TORQUE,
    PRESENT_CURRENT,
    PRESENT_LOAD,
    PRESENT_POSITION,
    PRESENT_TEMPERATURE,
    PRESENT_VELOCITY,
    PROTECTION_TIME,
    TORQUE_ENABLE,
    TORQUE_LIMIT,
    Motion,
    Servo,
)

SIGN = {PRESENT_LOAD: 10, PRESENT_VELOCITY: 15}


def word(servo: Servo, address: int) -> int:
    """Return two bytes of its memory, with their sign."""
    raw, sign = int.from_bytes(servo.read(address, 2), "little"), SIGN.get(address, 16)
    magnitude = raw & ((1 << sign) - 1)
    return -magnitude if raw >> sign else magnitude


def led(servo: Servo, seconds: float, shaft: int | None = None) -> float:
    """Return where it leads its joint after a while; the joint stays where it is."""
    stays = Motion(ticks_to_rad(servo.position if shaft is None else shaft))
    for _ in range(round(seconds / 0.005)):
        servo.feel(stays, 0.005)
    return servo.drive().goal_rad


def put(servo: Servo, address: int, value: int) -> None:
    """Write two bytes."""
    servo.write(address, value.to_bytes(2, "little"))


def at(ticks: float) -> Servo:
    """Return a servo whose shaft is there."""
    return Servo(1, ticks_to_rad(ticks))


def test_it_says_what_it_is() -> None:
    """An STS3215."""
    assert word(Servo(3), 3) == MODEL_NUMBER
    assert Servo(3).id == 3


def test_it_asks_for_its_goal_with_its_torque_on_alone() -> None:
    """As strongly as its limit says."""
    servo = at(1000)
    put(servo, GOAL_POSITION, 1500)
    assert servo.drive().torque == 0.0
    servo.write(TORQUE_ENABLE, b"\x01")
    put(servo, TORQUE_LIMIT, 400)
    assert servo.drive().torque == 0.4
    assert led(servo, 1.0) == pytest.approx(ticks_to_rad(1500))


@pytest.mark.parametrize(
    ("acceleration", "goal_velocity", "seconds"),
    [(254, 0, 0.45), (0, 0, 0.45), (254, 1000, 1.04), (10, 0, 2.0)],
)
def test_it_leads_its_joint_there_no_faster_than_it_may_and_brakes_in_time(
    acceleration: int, goal_velocity: int, seconds: float
) -> None:
    """A quarter turn: 3072 ticks a second at most, or its goal velocity; 254 stands for 0."""
    servo = at(1000)
    servo.write(ACCELERATION, bytes([acceleration]))
    put(servo, GOAL_VELOCITY, goal_velocity)
    put(servo, GOAL_POSITION, 2000)
    servo.write(TORQUE_ENABLE, b"\x01")
    way = [led(servo, 0.005) for _ in range(round(seconds / 0.005))]
    assert way[-1] == pytest.approx(ticks_to_rad(2000), abs=0.02)
    assert max(way) < ticks_to_rad(2004)
    assert way[round(0.8 * len(way))] < ticks_to_rad(1995)


def test_a_joint_that_a_hand_turned_is_led_on_from_there() -> None:
    """Its torque comes on where it stands."""
    servo = at(1000)
    put(servo, GOAL_POSITION, 1000)
    servo.feel(Motion(ticks_to_rad(1800)), 0.005)
    servo.write(TORQUE_ENABLE, b"\x01")
    assert led(servo, 0.005) == pytest.approx(ticks_to_rad(1800), abs=0.01)


@pytest.mark.parametrize(("goal", "asked"), [(4000, 2200), (0, 1800), (2000, 2000)])
def test_its_limits_hold(goal: int, asked: int) -> None:
    """Whatever is asked for."""
    servo = at(2000)
    put(servo, MIN_POSITION, 1800)
    put(servo, MAX_POSITION, 2200)
    put(servo, GOAL_POSITION, goal)
    servo.write(TORQUE_ENABLE, b"\x01")
    assert led(servo, 2.0) == pytest.approx(ticks_to_rad(asked))


def test_the_homing_offset_moves_what_it_reports_and_what_it_is_told() -> None:
    """Reported is actual less offset; the sign is the 12th bit."""
    servo = at(3000)
    put(servo, HOMING_OFFSET, 952)
    assert servo.position == 2048
    put(servo, GOAL_POSITION, 2000)
    servo.write(TORQUE_ENABLE, b"\x01")
    assert led(servo, 1.0, shaft=3000) == pytest.approx(ticks_to_rad(2952))
    put(servo, HOMING_OFFSET, 1 << 11 | 500)
    assert servo.position == 3500


def test_this_is_the_middle_sets_the_homing_offset() -> None:
    """The factory's own way, by a torque of 128."""
    servo = at(3000)
    servo.write(TORQUE_ENABLE, b"\x80")
    assert servo.position == 2048
    assert not servo.is_holding


def test_what_is_read_only_or_locked_stays() -> None:
    """Measurements, and the permanent memory while it is locked."""
    servo = at(2000)
    put(servo, PRESENT_POSITION, 7)
    assert word(servo, PRESENT_POSITION) == 2000
    servo.write(LOCK, b"\x01")
    put(servo, MIN_POSITION, 900)
    assert word(servo, MIN_POSITION) == 0
    servo.write(LOCK, b"\x00")
    put(servo, MIN_POSITION, 900)
    assert word(servo, MIN_POSITION) == 900


def test_it_reports_what_its_motor_does() -> None:
    """Position, velocity and load with their signs, current, and that it moves."""
    servo = at(2048)
    servo.feel(Motion(math.pi / 2, -math.pi, -0.5), 0.005)
    assert word(servo, PRESENT_POSITION) == 3072
    assert word(servo, PRESENT_VELOCITY) == -2048
    assert word(servo, PRESENT_LOAD) == -500
    assert word(servo, PRESENT_CURRENT) == 75
    assert servo.read(MOVING, 1) == b"\x01"
    servo.feel(Motion(math.pi / 2), 0.005)
    assert servo.read(MOVING, 1) == b"\x00"
    assert word(servo, PRESENT_LOAD) == 0


def test_it_warms_up_with_its_load_and_cools_down_without() -> None:
    """A stalled one becomes hot."""
    servo = at(2048)
    for _ in range(300):
        servo.feel(Motion(0.0, 0.0, 1.0), 1.0)
    hot_c = servo.read(PRESENT_TEMPERATURE, 1)[0]
    assert hot_c > 60
    for _ in range(600):
        servo.feel(Motion(0.0), 1.0)
    assert servo.read(PRESENT_TEMPERATURE, 1)[0] == 30


def test_a_servo_that_strains_for_too_long_gives_its_protective_torque_alone() -> None:
    """Until it has nothing to strain against."""
    servo = at(2048)
    servo.write(OVERLOAD_TORQUE, b"\x19")
    servo.write(PROTECTION_TIME, b"\xc8")
    servo.write(TORQUE_ENABLE, b"\x01")
    for _ in range(19):
        servo.feel(Motion(0.0, 0.0, 0.5), 0.1)
    assert servo.drive().torque == 1.0
    for _ in range(2):
        servo.feel(Motion(0.0, 0.0, 0.5), 0.1)
    assert servo.drive().torque == 0.2
    servo.feel(Motion(0.0, 0.0, 0.2), 0.1)
    assert servo.drive().torque == 0.2
    servo.feel(Motion(0.0, 0.0, 0.05), 0.1)
    assert servo.drive().torque == 1.0
