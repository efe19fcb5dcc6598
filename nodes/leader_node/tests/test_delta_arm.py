"""A plugin's end-effector teleoperator behind its driver."""

import json
from pathlib import Path

import pytest
from lerobot_teleoperator_pointer import Pointer, PointerConfig

from leader_node.arm_link import ArmError
from leader_node.delta_arm import DeltaArm


def test_actions_and_events_come_by_their_names(tmp_path: Path) -> None:
    """Events as numbers: what is held, and what is not."""
    said = tmp_path / "said"
    said.write_text(json.dumps({"delta_x": 0.5, "gripper": 0, "success": True, "failure": False}))
    arm = DeltaArm(lambda: Pointer(PointerConfig(said=str(said), calibration_dir=tmp_path)))
    arm.connect()
    assert arm.exchange(None) == {"delta_x": 0.5, "gripper": 0.0, "success": 1.0, "failure": 0.0}
    arm.disconnect()


def test_what_a_driver_raises_is_an_error_of_one_kind(tmp_path: Path) -> None:
    """While it connects, and afterwards; closing what is gone raises nothing."""
    said = tmp_path / "said"
    arm = DeltaArm(lambda: Pointer(PointerConfig(said=str(said), calibration_dir=tmp_path)))
    with pytest.raises(ArmError, match="No such file"):
        arm.connect()
    said.write_text("{}")
    arm.connect()
    said.unlink()
    with pytest.raises(ArmError, match="No such file"):
        arm.exchange(None)
    arm.disconnect()
