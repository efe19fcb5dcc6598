"""The six servos of an SO-101."""

import numpy as np

from robot_node.virtual_so101.arm import JOINTS, RANGE_TICKS, REST_TICKS, look_at, servos
from robot_node.virtual_so101.servo import MAX_POSITION, MIN_POSITION, TORQUE_ENABLE


def test_there_is_a_servo_per_joint_in_the_order_of_the_ids() -> None:
    """LeRobot's names; torque off, as after power has come back."""
    arm = servos()
    assert [servo.id for servo in arm] == list(range(1, 7))
    assert JOINTS[0] == "shoulder_pan"
    assert JOINTS[-1] == "gripper"
    assert not any(servo.is_holding for servo in arm)


def test_the_arm_stands_folded_within_its_ranges() -> None:
    """Where it can stay without power."""
    arm = servos()
    assert tuple(servo.position for servo in arm) == REST_TICKS
    for servo, (low, high) in zip(arm, RANGE_TICKS.values(), strict=True):
        assert low <= servo.position <= high


def test_the_calibrated_ranges_stand_in_the_servos() -> None:
    """LeRobot compares them with its file."""
    for servo, (low, high) in zip(servos(), RANGE_TICKS.values(), strict=True):
        limits = servo.read(MIN_POSITION, 2) + servo.read(MAX_POSITION, 2)
        assert limits == low.to_bytes(2, "little") + high.to_bytes(2, "little")


def test_the_camera_sees_where_the_servos_are() -> None:
    """Not where they are to go."""
    arm = servos()
    before = look_at(arm)
    arm[1].write(TORQUE_ENABLE, b"\x01")
    arm[1].write(42, (2048).to_bytes(2, "little"))
    np.testing.assert_array_equal(look_at(arm), before)
    arm[1].advance(2.0)
    assert (look_at(arm) != before).any()


def test_a_gripper_beyond_its_range_is_drawn_at_its_end() -> None:
    """A hand may turn it there."""
    wide, wider = servos(), servos()
    wide[5].turn(RANGE_TICKS["gripper"][1])
    wider[5].turn(RANGE_TICKS["gripper"][1] + 500)
    np.testing.assert_array_equal(look_at(wide), look_at(wider))
