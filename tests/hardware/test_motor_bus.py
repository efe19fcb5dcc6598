"""What serial motor drivers are helped with."""

import errno
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dora_hil.hardware.motor_bus import (
    buses_of,
    calibrate_command,
    drop_late_answers,
    overheated,
    stay,
    uncalibrated,
    weakened,
    why_not_opened,
)


class FakeBus:
    """A bus that notes what is done with it."""

    def __init__(self) -> None:
        """Begin with two motors and an answer that came too late."""
        self.waiting = b"late"
        serial = SimpleNamespace(reset_input_buffer=self._empty)
        self.port_handler = SimpleNamespace(clearPort=self._empty, ser=serial)
        self.present = {"shoulder_pan": 2048, "gripper": 1500}
        self.registers: dict[str, dict[str, int]] = {"Present_Position": self.present}
        self.goals: dict[str, Any] = {}

    def sync_read(self, name: str, *, normalize: bool, num_retry: int) -> dict[str, int]:
        """Return a register of every motor."""
        assert not normalize
        return self.registers[name]

    def sync_write(self, name: str, values: dict[str, int], *, normalize: bool) -> None:
        """Take goals."""
        assert (name, normalize) == ("Goal_Position", False)
        self.goals = values

    def _empty(self) -> None:
        self.waiting = b""


def test_both_arms_of_a_pair_have_their_bus_found() -> None:
    """And a robot without one has none; nor has one whose bus is no serial port."""
    left, right = FakeBus(), FakeBus()
    pair = SimpleNamespace(left_arm=SimpleNamespace(bus=left), right_arm=SimpleNamespace(bus=right))
    assert buses_of(pair) == [left, right]
    assert buses_of(SimpleNamespace(bus=left)) == [left]
    assert buses_of(SimpleNamespace(bus=object())) == []


def test_what_came_too_late_is_no_answer_to_the_next_question() -> None:
    """The port is empty before it is asked."""
    bus = FakeBus()
    drop_late_answers(SimpleNamespace(bus=bus))
    assert bus.waiting == b""


def test_torque_that_comes_on_turns_nothing() -> None:
    """Where the motors stand is their goal."""
    bus = FakeBus()
    stay(bus)
    assert bus.goals == bus.present


def test_the_command_that_calibrates_repeats_the_block() -> None:
    """Nested, where there are two arms; and where the calibration lies."""
    block = {
        "type": "bi_so_leader",
        "id": "my arms",
        "calibration_dir": "/data/calibration",
        "left_arm_config": {"port": "/dev/ttyACM0", "id": None},
    }
    assert calibrate_command("--teleop", block) == (
        "lerobot-calibrate --teleop.type=bi_so_leader --teleop.id='my arms' "
        "--teleop.calibration_dir=/data/calibration --teleop.left_arm_config.port=/dev/ttyACM0"
    )


def motor(offset: int) -> SimpleNamespace:
    """Return a motor's calibration."""
    return SimpleNamespace(homing_offset=offset, range_min=0, range_max=4095)


@pytest.mark.parametrize(
    ("in_file", "on_motors", "says"),
    [
        (None, {"pan": motor(0)}, r"is not calibrated: there is no .*arm\.json\. Run `type this`"),
        (
            {"pan": motor(7)},
            {"pan": motor(0)},
            r"has a calibration, .*arm\.json, that its motors do not hold \(pan: homing_offset is "
            r"0, in the file 7\).* `type this` and Enter write it",
        ),
        ({"pan": motor(0)}, {}, "there is no pan"),
        ({}, {"pan": motor(0)}, "the file lacks pan"),
        ({"pan": motor(0)}, {"pan": motor(0)}, "not calibrated as its file says. Run"),
    ],
)
def test_a_calibration_that_is_not_in_the_motors_is_told_from_one_that_is_not_there(
    tmp_path: Path, in_file: Any, on_motors: dict[str, Any], says: str
) -> None:
    """LeRobot calls both uncalibrated; the one takes a minute's work, the other one key."""
    path = tmp_path / "arm.json"
    if in_file is not None:
        path.touch()
    bus = SimpleNamespace(read_calibration=lambda: on_motors)
    arm = SimpleNamespace(bus=bus, calibration=in_file or {}, calibration_fpath=path)
    assert re.search(says, uncalibrated(arm, "type this"))
    pair = SimpleNamespace(left_arm=arm, right_arm=arm, calibration_fpath=tmp_path / "none.json")
    assert uncalibrated(pair, "type this") == uncalibrated(arm, "type this")


@pytest.mark.parametrize("folder", ["robots/so_follower", ""])
def test_motors_that_hold_another_arms_calibration_are_called_another_arm(
    tmp_path: Path, folder: str
) -> None:
    """Leader and follower exchanged, as LeRobot keeps them; or two arms of one kind."""
    own = tmp_path / folder / "mine.json"
    other = tmp_path / ("teleoperators/so_leader" if folder else "") / "other.json"
    for path, offset in ((own, 7), (other, 0)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"pan": {**vars(motor(offset)), "id": 1, "drive_mode": 0}}))
    (tmp_path / "broken.json").write_text("[")
    bus = SimpleNamespace(read_calibration=lambda: {"pan": motor(0)})
    arm = SimpleNamespace(bus=bus, calibration={"pan": motor(7)}, calibration_fpath=own)
    assert f"is another arm: its motors hold the calibration {other}, not {own}" in (
        uncalibrated(arm, "type this")
    )


def test_a_port_without_permission_says_what_gives_it() -> None:
    """LeRobot hides the reason behind its own words."""
    hidden = ConnectionError("Could not connect on port")
    hidden.__cause__ = OSError(errno.EACCES, "Permission denied")
    assert "sudo usermod -aG dialout $USER" in why_not_opened(hidden)
    assert "lerobot-find-port finds it" in why_not_opened(ConnectionError("Could not connect"))


def test_a_motor_close_to_the_heat_at_which_it_lets_go_is_named() -> None:
    """Its own limit says how close; a motor without one is as cool as it likes."""
    bus = FakeBus()
    bus.registers["Present_Temperature"] = {"pan": 61, "lift": 45, "gripper": 90}
    bus.registers["Max_Temperature_Limit"] = {"pan": 70, "lift": 70, "gripper": 0}
    assert overheated(SimpleNamespace(bus=bus)) == "pan has 61 degrees C and lets go at 70"


def test_an_answer_that_came_late_makes_no_arm_hot() -> None:
    """Of the temperature, where the limit was asked for."""
    bus = FakeBus()
    warm, limits = {"pan": 30}, {"pan": 70}
    bus.registers["Present_Temperature"] = warm
    answers = iter([warm, limits, limits])

    def late(name: str, **words: Any) -> dict[str, int]:
        return next(answers) if name == "Max_Temperature_Limit" else bus.registers[name]

    assert not overheated(SimpleNamespace(bus=SimpleNamespace(**vars(bus), sync_read=late)))
    assert next(answers, None) is None


def test_a_motor_that_was_told_to_give_less_than_it_may_is_named() -> None:
    """A gripper that may give half of it is not."""
    bus = FakeBus()
    bus.registers["Torque_Limit"] = {"pan": 400, "gripper": 500}
    bus.registers["Max_Torque_Limit"] = {"pan": 1000, "gripper": 500}
    assert weakened(SimpleNamespace(bus=bus)) == "pan gives 40 % of its torque"


def test_what_motors_do_not_say_is_no_trouble() -> None:
    """Those of another make have other registers."""
    assert not overheated(SimpleNamespace(bus=FakeBus()))
    assert not weakened(SimpleNamespace(bus=object()))
