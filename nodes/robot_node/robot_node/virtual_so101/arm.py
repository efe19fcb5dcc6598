"""The six servos of an SO-101, as they stand on a table."""

from typing import Final

from robot_node.virtual_so101.servo import Servo, ServoDynamics

JOINTS: Final = (
    *("shoulder_pan", "shoulder_lift", "elbow_flex", "wrist_flex", "wrist_roll", "gripper"),
)
"""In the order of the ids, from 1 on; LeRobot's names."""

REST_TICKS: Final = (2048, 1050, 3010, 2890, 2048, 2040)
"""Where the shafts are: folded together, the gripper nearly closed."""


def servos(dynamics: ServoDynamics | None = None) -> list[Servo]:
    """Return them at rest, torque off."""
    return [Servo(n, ticks, dynamics) for n, ticks in enumerate(REST_TICKS, start=1)]
