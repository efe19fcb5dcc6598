"""The six servos of an SO-101, as they stand on a table."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from robot_node.virtual_so101.picture import draw
from robot_node.virtual_so101.servo import MIN_POSITION, RESOLUTION, Servo

RANGE_TICKS: Final = {
    "shoulder_pan": (797, 3298),
    "shoulder_lift": (908, 3187),
    "elbow_flex": (948, 3147),
    "wrist_flex": (968, 3127),
    "wrist_roll": (228, 3867),
    "gripper": (1348, 2747),
}
"""How far each joint turns: what calibrating it by hand comes to."""
JOINTS: Final = tuple(RANGE_TICKS)
"""In the order of the ids, from 1 on; LeRobot's names."""

REST_TICKS: Final = (2048, 1050, 3010, 2890, 2048, 2040)
"""Where the shafts are: folded together, the gripper nearly closed."""


def servos() -> list[Servo]:
    """Return them at rest, calibrated, torque off."""
    arm = [Servo(n, ticks) for n, ticks in enumerate(REST_TICKS, start=1)]
    for servo, (low, high) in zip(arm, RANGE_TICKS.values(), strict=True):
        servo.write(MIN_POSITION, low.to_bytes(2, "little") + high.to_bytes(2, "little"))
    return arm


def look_at(arm: Sequence[Servo]) -> NDArray[np.uint8]:
    """Return what its camera sees now, uint8[128, 128, 3], rgb."""
    *joints, gripper = arm
    angles = [(servo.position - RESOLUTION / 2) * 360.0 / RESOLUTION for servo in joints]
    low, high = RANGE_TICKS["gripper"]
    return draw(angles, min(max((gripper.position - low) / (high - low), 0.0), 1.0))
