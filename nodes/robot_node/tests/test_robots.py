"""LeRobot's robots, built from plain data."""

import dataclasses
import json
import logging
from pathlib import Path

import pytest
from virtual_arm import CALIBRATION

from dora_hil.body.environment import BodyFaultError
from dora_hil.config import ConfigError
from dora_hil.hardware.motor_bus import CalibrationError
from dora_hil.hardware.virtual_arm import VirtualArm
from robot_node.fake_robot import FakeRobot, FakeRobotConfig
from robot_node.robots import ATTEMPTS, connect, disconnect, make_robot


def test_a_robot_of_lerobot_is_built_from_its_own_block(tmp_path: Path) -> None:
    """Cameras and all; nothing is opened."""
    camera = {"type": "opencv", "index_or_path": 7, "width": 64, "height": 48, "fps": 30}
    robot = make_robot(
        {
            "type": "so101_follower",
            "port": "/dev/none",
            "calibration_dir": str(tmp_path),
            "cameras": {"front": camera},
        }
    )
    assert next(iter(robot.action_features)) == "shoulder_pan.pos"
    assert robot.observation_features["front"] == (48, 64, 3)
    assert not robot.is_connected


def test_a_robot_of_a_plugin_is_built_too(plugged_robot: str) -> None:
    """Any installed `lerobot_robot_*`."""
    robot = make_robot({"type": plugged_robot, "port": "/dev/x", "wheels": True})
    assert "x.vel" in robot.action_features
    assert robot.config.port == "/dev/x"


def test_an_unknown_robot_is_refused_with_those_that_there_are() -> None:
    """LeRobot's own names."""
    with pytest.raises(ConfigError, match=r"unknown robot 'so102'; LeRobot knows .*so101_follower"):
        make_robot({"type": "so102"})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"colour": "red"}, "colour"),
        ({"wheels": "maybe"}, "wheels"),
        ({"cameras": {"front": {"type": "lens"}}}, "lens"),
        ({"cameras": {"front": {"type": "opencv", "index_or_path": 0}}}, "'width' is required"),
    ],
)
def test_a_key_that_a_robot_does_not_take_is_one_line(
    plugged_robot: str, changes: dict[str, object], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """LeRobot's own words for it, without its half page."""
    with pytest.raises(ConfigError) as error:
        make_robot({"type": plugged_robot, **changes})
    text = str(error.value)
    assert text.startswith("env.robot: ")
    assert said in text
    assert len(text.splitlines()) == 1
    assert capsys.readouterr().err == ""


def test_a_robot_whose_library_is_not_installed_says_so(plugged_robot: str) -> None:
    """Most of LeRobot's have an extra."""
    with pytest.raises(ConfigError, match=r"'plugged_robot' needs more: .*'some_sdk'"):
        make_robot({"type": plugged_robot, "lacks_library": True})


MOTOR = {"id": 1, "drive_mode": 0, "homing_offset": 0, "range_min": 900, "range_max": 3200}
CALIBRATIONS = [
    ({"motor_names": ["gripper"], "homing_offset": [3], "drive_mode": [0]}, "an old layout"),
    ({"gripper": {"homing_offset": 0, "drive_mode": 0}}, "Missing required field"),
    ({"gripper": MOTOR | {"range_max": 900}}, "gripper: range_min 900 must lie below range_max"),
    ("{", "not a calibration"),
]


@pytest.mark.parametrize(("content", "said"), CALIBRATIONS)
def test_a_calibration_file_that_is_none_is_named(
    tmp_path: Path, content: object, said: str
) -> None:
    """Not the config that names it, and in one line: other people's files lie there too."""
    file = tmp_path / "mine.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    block = {"type": "so101_follower", "port": "p", "id": "mine", "calibration_dir": str(tmp_path)}
    with pytest.raises(CalibrationError) as error:
        make_robot(block)
    text = str(error.value)
    assert text.startswith(f"{file}: ")
    assert said in text
    assert text.endswith("lerobot-calibrate writes it anew")
    assert "\n" not in text


def test_a_calibration_file_that_is_one_is_read(tmp_path: Path) -> None:
    """By LeRobot, as ever."""
    (tmp_path / "mine.json").write_text(json.dumps({"gripper": MOTOR}))
    block = {"type": "so101_follower", "port": "p", "id": "mine", "calibration_dir": str(tmp_path)}
    assert make_robot(block).calibration["gripper"].range_max == MOTOR["range_max"]


def test_an_arm_that_is_not_calibrated_is_told_the_command(tmp_path: Path) -> None:
    """Nothing asks at the terminal; and the arm is let go."""
    robot = FakeRobot(FakeRobotConfig(id="left", calibration_dir=tmp_path))
    robot.is_calibrated = False
    with pytest.raises(
        BodyFaultError,
        match=r"the some_arm is not calibrated: there is no .*/left\.json\. Run "
        r"`lerobot-calibrate --robot\.type=some_arm --robot\.id=left --robot\.calibration_dir=\S+ "
        r"--robot\.port=/dev/none`$",
    ):
        connect(robot, "some_arm")
    assert not robot.is_connected
    assert not robot.bus.is_torque_on


def test_a_calibration_that_the_motors_do_not_hold_is_called_that(tmp_path: Path) -> None:
    """LeRobot's own driver on the virtual arm's servos, which are calibrated otherwise."""
    with VirtualArm(tmp_path / "port") as arm:
        block = {"type": "so101_follower", "port": str(arm.port), "id": "mine"}
        robot = make_robot({**block, "calibration_dir": str(tmp_path)})
        robot.calibration = robot.bus.calibration = {
            name: dataclasses.replace(one, homing_offset=one.homing_offset + 7)
            for name, one in CALIBRATION.items()
        }
        robot._save_calibration()
        with pytest.raises(BodyFaultError) as error:
            connect(robot, "so101_follower")
    text = str(error.value)
    assert f"has a calibration, {tmp_path / 'mine.json'}, that its motors do not hold" in text
    assert "shoulder_pan: homing_offset is" in text
    assert f"--robot.calibration_dir={tmp_path}` and Enter write it to them" in text


def test_leader_and_follower_exchanged_is_one_line_before_anything_moves(tmp_path: Path) -> None:
    """The arm on the port has the calibration of another."""
    with VirtualArm(tmp_path / "port") as arm:
        block = {"port": str(arm.port), "calibration_dir": str(tmp_path)}
        for name, offset in (("leader", 0), ("mine", 7)):
            robot = make_robot({"type": "so101_follower", "id": name, **block})
            robot.calibration = robot.bus.calibration = {
                joint: dataclasses.replace(one, homing_offset=one.homing_offset + offset)
                for joint, one in CALIBRATION.items()
            }
            robot._save_calibration()
        with pytest.raises(BodyFaultError, match=r"another arm: .*leader\.json, not .*mine\.json"):
            connect(robot, "so101_follower")


def test_a_hot_arm_is_not_moved_and_a_weak_one_is_said_to_be(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """LeRobot's own driver reads it from the virtual arm's servos."""
    with VirtualArm(tmp_path / "port") as arm:
        block = {"port": str(arm.port), "id": "mine", "calibration_dir": str(tmp_path)}
        robot = make_robot({"type": "so101_follower", **block})
        robot.calibration = robot.bus.calibration = CALIBRATION
        robot._save_calibration()
        connect(robot, "so101_follower")
        assert not caplog.records
        robot.bus.write("Torque_Limit", "elbow_flex", 400, num_retry=5)
        disconnect(robot)
        connect(robot, "so101_follower")
        assert "is weak: elbow_flex gives 40 % of its torque" in caplog.text
        robot.bus.disable_torque(num_retry=5)
        robot.bus.write("Max_Temperature_Limit", "gripper", 35, num_retry=5)
        disconnect(robot)
        with pytest.raises(BodyFaultError, match="too hot: gripper has 30 degrees C and lets go"):
            connect(robot, "so101_follower")


def test_a_calibration_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    """LeRobot makes it, for every robot, before anything else."""
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"^env\.robot\.calibration_dir: .*HF_LEROBOT_HOME$"):
        make_robot({"type": "so101_follower", "port": "p", "calibration_dir": f"{tmp_path}/file/x"})


def test_every_key_that_a_robot_does_not_know_is_said_at_once(tmp_path: Path) -> None:
    """With what it would take; of its cameras, too."""
    camera = {"type": "opencv", "index_or_path": 7, "widht": 64}
    with pytest.raises(ConfigError) as error:
        make_robot({"type": "so101_follower", "prot": "/dev/x", "cameras": {"front": camera}})
    text = str(error.value)
    assert text.startswith("env.robot: 2 mistakes: (1) unknown key 'prot'; accepted here: ")
    assert "(did you mean 'port'?)" in text
    assert "(did you mean 'cameras.front.width'?)" in text


def test_a_port_that_there_is_not_is_one_line(tmp_path: Path) -> None:
    """With LeRobot's own driver; it says where to look."""
    port = str(tmp_path / "nothing")
    robot = make_robot({"type": "so101_follower", "port": port, "calibration_dir": str(tmp_path)})
    with pytest.raises(BodyFaultError) as error:
        connect(robot, "so101_follower")
    text = str(error.value)
    assert text.startswith(f"no so101_follower on {port}: ")
    assert "lerobot-find-port finds it" in text
    assert len(text.splitlines()) == 1


def test_a_handshake_that_fails_now_and_then_is_tried_again() -> None:
    """A bad packet is no missing arm."""
    robot = FakeRobot()
    robot.failures = ATTEMPTS - 1
    connect(robot, "some_arm")
    assert robot.is_connected


def test_an_arm_that_never_answers_is_given_up() -> None:
    """After so many attempts."""
    robot = FakeRobot()
    robot.failures = ATTEMPTS
    with pytest.raises(BodyFaultError, match=r"no some_arm on /dev/none: no status packet; check"):
        connect(robot, "some_arm")
    assert not robot.is_connected


def test_closing_what_fails_in_it_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """Behind a pulled cable there is nothing more to be done."""

    class Pulled(FakeRobot):
        """Fails to close."""

        def disconnect(self) -> None:
            raise OSError("input/output error")

    robot = Pulled()
    connect(robot, "some_arm")
    with caplog.at_level(logging.WARNING):
        disconnect(robot)
    assert "closing the robot: input/output error" in caplog.text


def test_closing_what_is_not_open_does_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Not even a warning."""
    disconnect(FakeRobot())
    assert caplog.text == ""
