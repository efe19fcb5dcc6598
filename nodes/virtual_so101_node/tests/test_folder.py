"""What a program finds of the virtual arm."""

import json
from pathlib import Path

from virtual_so101_node import folder
from virtual_so101_node.arm import RANGE_TICKS


def test_the_folder_has_calibration_kinematics_and_the_cameras_port(tmp_path: Path) -> None:
    """Under the names by which they are looked for; nothing is left of it."""
    folder.write(tmp_path, "mine", 5123)
    calibration = json.loads((tmp_path / "mine.json").read_text())
    assert {name: (c["range_min"], c["range_max"]) for name, c in calibration.items()} == (
        RANGE_TICKS
    )
    assert "gripper_frame_link" in (tmp_path / "so101.urdf").read_text()
    assert folder.GRIPPING_FRAME in (tmp_path / "so101.urdf").read_text()
    assert (tmp_path / "camera_port").read_text() == "5123"
    folder.remove(tmp_path)
    assert not tmp_path.exists()
