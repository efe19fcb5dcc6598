"""What a program finds of the virtual arm: a folder with its port and what belongs to it.

Beside the port, a calibration as LeRobot keeps it, the kinematics, and, written last, where its
pictures come from; `dora_hil.hardware.virtual_arm` reads it.
"""

import json
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Final

from dora_hil.hardware.virtual_arm import CAMERA_PORT, URDF
from virtual_so101_node.arm import RANGE_TICKS
from virtual_so101_node.scene import ASIDE_M, FIXED_JAW_TIP_M, assets

CALIBRATION: Final = {
    joint: {"id": number, "drive_mode": 0, "homing_offset": 0, "range_min": low, "range_max": high}
    for number, (joint, (low, high)) in enumerate(RANGE_TICKS.items(), start=1)
}
"""What stands in its servos, as LeRobot has it in a file."""

GRIPPING_FRAME: Final = "gripping_frame_link"


def write(folder: Path, robot_id: str, camera_port: int) -> None:
    """Lay everything but the port into a folder."""
    (folder / f"{robot_id}.json").write_text(json.dumps(CALIBRATION, indent=4))
    (folder / URDF).write_text(urdf())
    (folder / CAMERA_PORT).write_text(str(camera_port))


def urdf() -> str:
    """Return the arm's kinematics, with a frame between jaws that are open for a block."""
    robot = ET.parse(assets() / "SO101" / "so101_new_calib.urdf").getroot()
    ET.SubElement(robot, "link", name=GRIPPING_FRAME)
    joint = ET.SubElement(robot, "joint", name="gripping_frame_joint", type="fixed")
    x, y, z = FIXED_JAW_TIP_M
    ET.SubElement(joint, "origin", xyz=f"{x + ASIDE_M:.4f} {y} {z}", rpy="0 3.14159265 0")
    ET.SubElement(joint, "parent", link="gripper_link")
    ET.SubElement(joint, "child", link=GRIPPING_FRAME)
    return ET.tostring(robot, encoding="unicode")


def remove(folder: Path) -> None:
    """Leave nothing behind."""
    shutil.rmtree(folder, ignore_errors=True)
