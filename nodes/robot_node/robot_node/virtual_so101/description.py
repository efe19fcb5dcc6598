"""What LeRobot and its solver are told of the virtual SO-101."""

from pathlib import Path
from typing import Final

from lerobot.motors import MotorCalibration

from robot_node.virtual_so101.arm import RANGE_TICKS

CALIBRATION: Final = {
    joint: MotorCalibration(number, drive_mode=0, homing_offset=0, range_min=low, range_max=high)
    for number, (joint, (low, high)) in enumerate(RANGE_TICKS.items(), start=1)
}
"""What stands in its servos, as LeRobot would have it in a file."""
URDF: Final = Path(__file__).parent.parent / "assets" / "so101_simplified.urdf"
FRAME: Final = "gripper_frame_link"
