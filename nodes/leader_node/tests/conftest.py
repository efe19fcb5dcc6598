"""LeRobot's own leader on a virtual arm."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dora_hil.hardware.virtual_arm import VirtualArm
from leader_node.virtual_leader import calibrate


@pytest.fixture
def virtual_arm(tmp_path: Path) -> Iterator[VirtualArm]:
    """Return an arm on a port, and the hand that moves it."""
    with VirtualArm(tmp_path / "port", "--weightless") as arm:
        yield arm


@pytest.fixture
def teleop(virtual_arm: VirtualArm) -> dict[str, str]:
    """Return LeRobot's block for it; it is calibrated."""
    block = {
        "type": "so101_leader",
        "port": str(virtual_arm.port),
        "id": "virtual",
        "calibration_dir": str(virtual_arm.port.parent),
    }
    calibrate(block, "teleop")
    return block
