"""LeRobot's registry of teleoperators."""

from pathlib import Path
from typing import Any

import pytest

from dora_hil.config import ConfigError
from dora_hil.hardware.motor_bus import CalibrationError
from leader_node.config_fake_leader import JOINTS, FakeLeaderConfig
from leader_node.fake_leader import FakeLeader
from leader_node.teleoperators import decode, joints_of, make


@pytest.mark.parametrize(
    ("block", "says"),
    [
        ({"type": "so102_leader"}, r"type: 'so102_leader' is no leader; accepted: .*so101_"),
        ({"port": "p"}, "type: None is no leader; accepted: "),
        ({"type": "so101_leader"}, r"Missing required field\(s\) `port`"),
        (
            {"type": "so101_leader", "port": "p", "baud": 1},
            r"unknown key 'baud'; accepted here: .*use_degrees",
        ),
        (
            {"type": "so101_leader", "port": "p", "use_degrees": "so"},
            "use_degrees: expected true or false, got 'so'",
        ),
    ],
)
def test_a_block_that_lerobot_does_not_take_is_refused(block: dict[str, Any], says: str) -> None:
    """In one line, with what is accepted."""
    with pytest.raises(ConfigError, match=f"^leader.json: teleop: {says}") as caught:
        decode(block, "leader.json: teleop")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["so100_leader", "so101_leader", "openarm_mini"])
def test_every_leader_of_lerobots_has_joints(kind: str) -> None:
    """By the names that its followers have, too."""
    driver = make(decode({"type": kind, "port": "p"}, "teleop"), "teleop")
    assert "gripper.pos" in joints_of(driver, "teleop")


def test_a_plugins_teleoperator_is_made_too() -> None:
    """It registers itself when it is imported; LeRobot finds it by the names of its files."""
    driver = make(decode({"type": "fake_leader"}, "teleop"), "teleop")
    assert joints_of(driver, "teleop") == JOINTS


def test_a_leaders_calibration_file_that_is_none_is_named(tmp_path: Path) -> None:
    """As a follower's."""
    (tmp_path / "mine.json").write_text('{"motor_names": ["gripper"], "drive_mode": [0]}')
    block = {"type": "so101_leader", "port": "p", "id": "mine", "calibration_dir": str(tmp_path)}
    config = decode(block, "teleop")
    with pytest.raises(CalibrationError, match=r"mine\.json: not a calibration: an old layout"):
        make(config, "teleop")


class Stick(FakeLeader):
    """A plugin's device that says a velocity."""

    @property
    def action_features(self) -> dict[str, type]:
        """Return one."""
        return {"x.vel": float}


def test_a_teleoperator_without_joints_is_refused(tmp_path: Path) -> None:
    """It says what it has instead."""
    stick = Stick(FakeLeaderConfig(calibration_dir=tmp_path))
    with pytest.raises(ConfigError, match=r"'fake_leader' has no joints to lead with, but x\.vel"):
        joints_of(stick, "teleop")


def test_what_is_no_arm_is_not_offered() -> None:
    """There are nodes for gamepads and keyboards."""
    with pytest.raises(ConfigError, match="'gamepad' is no leader") as caught:
        decode({"type": "gamepad"}, "teleop")
    assert "keyboard" not in str(caught.value)


def test_a_package_that_is_missing_is_named() -> None:
    """Koch's motors are Dynamixel's, whose package is LeRobot's extra."""
    config = decode({"type": "koch_leader", "port": "p"}, "teleop")
    with pytest.raises(ConfigError, match="dynamixel"):
        make(config, "teleop")


def test_a_calibration_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    """LeRobot makes it, for every leader, before anything else."""
    (tmp_path / "file").touch()
    block = {"type": "so101_leader", "port": "p", "calibration_dir": str(tmp_path / "file/in")}
    with pytest.raises(ConfigError, match=r"^teleop\.calibration_dir: .*HF_LEROBOT_HOME$"):
        make(decode(block, "teleop"), "teleop")
