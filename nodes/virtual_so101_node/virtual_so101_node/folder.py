"""What a program finds of the virtual arm: a folder with its port and what belongs to it.

Beside the port, a calibration as LeRobot keeps it, the kinematics, and, written last, where its
pictures come from; `dora_hil.hardware.virtual_arm` reads it.
"""

import json
import shutil
from pathlib import Path
from typing import Final

from dora_hil.hardware.virtual_arm import CAMERA_PORT, URDF
from virtual_so101_node.arm import RANGE_TICKS
from virtual_so101_node.scene import assets

CALIBRATION: Final = {
    joint: {"id": number, "drive_mode": 0, "homing_offset": 0, "range_min": low, "range_max": high}
    for number, (joint, (low, high)) in enumerate(RANGE_TICKS.items(), start=1)
}
"""What stands in its servos, as LeRobot has it in a file."""


def write(folder: Path, robot_id: str, camera_port: int) -> None:
    """Lay everything but the port into a folder."""
    (folder / f"{robot_id}.json").write_text(json.dumps(CALIBRATION, indent=4))
    shutil.copy(assets() / "SO101" / "so101_new_calib.urdf", folder / URDF)
    (folder / CAMERA_PORT).write_text(str(camera_port))


def remove(folder: Path) -> None:
    """Leave nothing behind."""
    shutil.rmtree(folder, ignore_errors=True)
