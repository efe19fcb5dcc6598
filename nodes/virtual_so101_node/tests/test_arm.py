"""Six servos and what they turn."""

import numpy as np
import pytest

from virtual_so101_node.arm import RANGE_TICKS, REST_TICKS, SimulatedArm
from virtual_so101_node.scene import JOINTS, STALL_NM
from virtual_so101_node.servo import (
    GOAL_POSITION,
    MAX_POSITION,
    MIN_POSITION,
    OVERLOAD_TORQUE,
    PRESENT_LOAD,
    PRESENT_TEMPERATURE,
    TORQUE_ENABLE,
    TORQUE_LIMIT,
)

MIDDLE = (2048, 1700, 2400, 3000, 2048, 2500)


def go(arm: SimulatedArm, goals: tuple[int, ...], seconds: float = 3.0) -> None:
    """Send every joint somewhere with its torque on, and wait."""
    for servo, goal in zip(arm.servos, goals, strict=True):
        servo.write(TORQUE_ENABLE, b"\x01")
        servo.write(GOAL_POSITION, goal.to_bytes(2, "little"))
    wait(arm, seconds)


def wait(arm: SimulatedArm, seconds: float) -> None:
    """Let time pass."""
    for _ in range(round(seconds / 0.05)):
        arm.advance(0.05)


@pytest.fixture
def arm() -> SimulatedArm:
    """Return an arm that nobody has touched."""
    return SimulatedArm()


def positions(arm: SimulatedArm) -> list[int]:
    """Return what the servos report."""
    return [servo.position for servo in arm.servos]


def test_there_is_a_servo_per_joint_in_the_order_of_the_ids(arm: SimulatedArm) -> None:
    """Torque off, as after power has come back; the calibrated ranges stand in them."""
    assert [servo.id for servo in arm.servos] == list(range(1, 7))
    assert tuple(RANGE_TICKS) == JOINTS
    assert not any(servo.is_holding for servo in arm.servos)
    assert tuple(positions(arm)) == REST_TICKS
    for servo, (low, high) in zip(arm.servos, RANGE_TICKS.values(), strict=True):
        limits = servo.read(MIN_POSITION, 2) + servo.read(MAX_POSITION, 2)
        assert limits == low.to_bytes(2, "little") + high.to_bytes(2, "little")


def test_it_goes_where_it_is_told_and_stays_against_gravity(arm: SimulatedArm) -> None:
    """Within what a servo's stiffness gives way by."""
    go(arm, MIDDLE)
    assert positions(arm) == pytest.approx(MIDDLE, abs=3)
    wait(arm, 2.0)
    assert positions(arm) == pytest.approx(MIDDLE, abs=3)


def test_let_go_it_sinks_until_its_stops(arm: SimulatedArm) -> None:
    """Gravity takes it; it never leaves its ranges."""
    go(arm, MIDDLE)
    for servo in arm.servos:
        servo.write(TORQUE_ENABLE, b"\x00")
    wait(arm, 5.0)
    assert abs(arm.servos[1].position - MIDDLE[1]) > 100
    for position, (low, high) in zip(positions(arm), RANGE_TICKS.values(), strict=True):
        assert low - 40 <= position <= high + 40


def test_a_hand_turns_what_is_let_go_and_keeps_it_there(arm: SimulatedArm) -> None:
    """As a person does who calibrates it: no further than the stops."""
    arm.turn("elbow_flex", 2500)
    wait(arm, 3.0)
    assert arm.servos[2].position == pytest.approx(2500, abs=8)
    arm.turn("shoulder_pan", 0)
    wait(arm, 3.0)
    assert arm.servos[0].position == pytest.approx(RANGE_TICKS["shoulder_pan"][0], abs=40)


def test_a_hand_waits_for_the_torque_to_go_and_lets_go_when_it_comes(arm: SimulatedArm) -> None:
    """Whatever comes first, the hand or the word that lets go of the arm."""
    go(arm, MIDDLE)
    arm.turn("shoulder_pan", 2400)
    wait(arm, 0.5)
    assert arm.servos[0].position == pytest.approx(MIDDLE[0], abs=3)
    arm.servos[0].write(TORQUE_ENABLE, b"\x00")
    wait(arm, 2.0)
    assert arm.servos[0].position == pytest.approx(2400, abs=8)
    go(arm, MIDDLE)
    arm.servos[0].write(TORQUE_ENABLE, b"\x00")
    wait(arm, 1.0)
    assert arm.servos[0].position == pytest.approx(MIDDLE[0], abs=60)


def test_a_hand_pushes_a_joint_off_its_goal_until_it_lets_go(arm: SimulatedArm) -> None:
    """The servo strains against it, and comes back."""
    go(arm, MIDDLE)
    arm.push("elbow_flex", -200)
    wait(arm, 1.0)
    assert arm.servos[2].position == pytest.approx(MIDDLE[2] - 200, abs=15)
    assert int.from_bytes(arm.servos[2].read(PRESENT_LOAD, 2), "little") & 1023 > 900
    arm.let_go("elbow_flex")
    wait(arm, 1.0)
    assert arm.servos[2].position == pytest.approx(MIDDLE[2], abs=3)


def test_a_weak_torque_limit_gives_way_to_a_hand(arm: SimulatedArm) -> None:
    """What a leader arm is held with while it follows."""
    go(arm, MIDDLE)
    arm.servos[0].write(TORQUE_LIMIT, (100).to_bytes(2, "little"))
    arm.push("shoulder_pan", 300)
    wait(arm, 1.0)
    assert abs(arm.physics.effort[0]) <= 0.1 + 1e-6


def test_a_jammed_joint_stands_still_strains_and_gets_warm(arm: SimulatedArm) -> None:
    """Until what jams it is gone."""
    go(arm, MIDDLE)
    arm.physics.jam(0, is_jammed=True)
    go(arm, (2500, *MIDDLE[1:]), seconds=1.0)
    assert arm.servos[0].position == pytest.approx(MIDDLE[0], abs=5)
    assert abs(arm.physics.effort[0]) > 0.9
    cold_c = arm.servos[1].read(PRESENT_TEMPERATURE, 1)[0]
    arm.servos[0].write(OVERLOAD_TORQUE, b"\x64")
    arm.servos[0].write(35, b"\xff")
    wait(arm, 2.0)
    assert arm.servos[0].read(PRESENT_TEMPERATURE, 1)[0] >= cold_c
    arm.physics.jam(0, is_jammed=False)
    wait(arm, 2.0)
    assert arm.servos[0].position == pytest.approx(2500, abs=5)


def test_missed_time_is_not_made_up_for(arm: SimulatedArm) -> None:
    """A suspended process does not fling the arm about when it goes on."""
    before = arm.physics.joint_pos_rad
    arm.advance(3600.0)
    assert np.abs(arm.physics.joint_pos_rad - before).max() < 1.0
    assert STALL_NM > 0


def test_a_weightless_arm_stays_where_it_is_let_go() -> None:
    """As a leader does in a hand."""
    arm = SimulatedArm(is_weightless=True)
    go(arm, MIDDLE)
    for servo in arm.servos:
        servo.write(TORQUE_ENABLE, b"\x00")
    wait(arm, 3.0)
    assert positions(arm) == pytest.approx(MIDDLE, abs=3)
