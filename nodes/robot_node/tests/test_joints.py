"""The joints of a LeRobot robot."""

import math
from typing import Any

import numpy as np
import pytest

from dora_hil.body.environment import BodyFaultError
from dora_hil.body.safety import SafetyConfig
from dora_hil.config import ConfigError
from robot_node.fake_robot import START, FakeRobot, FakeRobotConfig
from robot_node.joints import Joints

TIMEOUT_S = 0.5


class Rig:
    """Joints with a clock that goes by hand."""

    def __init__(self, **config: Any) -> None:
        """Connect to a robot that answers."""
        self.now_s = 100.0
        self.robot = FakeRobot(FakeRobotConfig(**config))
        self.robot.connect(calibrate=False)
        self.joints = Joints(self.robot, "some_arm", TIMEOUT_S, lambda: self.now_s)

    def started(self) -> "Rig":
        """Read once, and hold."""
        self.joints.start()
        return self


def test_names_and_units_are_lerobots() -> None:
    """In the order of its action."""
    joints = Rig().joints
    assert joints.names == tuple(START)
    assert joints.units == ("deg",) * 5 + ("0 to 100",)


def test_a_robot_that_does_not_use_degrees_has_shares_of_its_range() -> None:
    """Which end at a hundred."""
    joints = Rig(use_degrees=False).joints
    limits = joints.limits(SafetyConfig())
    assert joints.units[0] == "-100 to 100"
    assert (limits.low[0], limits.high[0]) == (-100.0, 100.0)


def test_a_robot_without_a_bus_has_no_units_and_no_limits() -> None:
    """It drives all the same."""
    robot = FakeRobot()
    del robot.bus
    joints = Joints(robot, "some_arm", TIMEOUT_S)
    assert set(joints.units) == {""}
    limits = joints.limits(SafetyConfig())
    assert np.isinf(limits.low).all()
    assert np.isinf(limits.high).all()


def test_an_action_that_a_robot_does_not_report_is_refused() -> None:
    """Nobody would know where it is."""

    class Blind(FakeRobot):
        """Reports too little, and a picture in the place of a number."""

        @property
        def observation_features(self) -> dict[str, object]:
            features = {**super().observation_features, "elbow_flex.pos": (4, 6, 3)}
            del features["gripper.pos"]
            return features

    with pytest.raises(
        ConfigError, match=r"some_arm does not report elbow_flex.pos, gripper.pos as a number"
    ):
        Joints(Blind(), "some_arm", TIMEOUT_S)


def test_switching_it_on_sends_it_where_it_stands() -> None:
    """So that nothing moves; wheels stand still."""
    rig = Rig(wheels=True)
    rig.robot.readings["x.vel"] = 0.4
    rig.joints.start()
    assert rig.robot.sent == [{**START, "x.vel": 0.0, "theta.vel": 0.0}]


def test_a_first_reading_that_fails_is_taken_again() -> None:
    """A bad packet is no missing arm."""
    rig = Rig()
    rig.robot.failures = 3
    rig.joints.start()
    np.testing.assert_array_equal(rig.joints.positions, list(START.values()))


def test_a_failed_reading_keeps_the_last_one_and_is_not_fresh() -> None:
    """Until the next that is answered."""
    rig = Rig().started()
    rig.robot.readings["elbow_flex.pos"] = 90.0
    rig.robot.failures = 1
    rig.joints.read()
    assert not rig.joints.is_fresh
    assert rig.joints.positions[2] == START["elbow_flex.pos"]
    rig.joints.read()
    assert rig.joints.is_fresh
    assert rig.joints.positions[2] == 90.0


def test_a_reading_that_is_no_number_counts_as_none() -> None:
    """A driver's NaN is not sent to the arm as the place where it stands."""
    rig = Rig().started()
    rig.robot.readings["elbow_flex.pos"] = math.nan
    rig.joints.read()
    assert not rig.joints.is_fresh
    assert rig.joints.positions[2] == START["elbow_flex.pos"]


@pytest.mark.parametrize("call", ["read", "send"])
def test_silence_is_a_fault_once_it_has_lasted_for_the_timeout(call: str) -> None:
    """Not before; in whichever direction it is met."""
    rig = Rig().started()
    rig.robot.failures = 9

    def talk() -> None:
        if call == "read":
            rig.joints.read()
        else:
            rig.joints.send(rig.joints.positions)

    rig.now_s += TIMEOUT_S - 0.01
    talk()
    rig.now_s += 0.01
    with pytest.raises(
        BodyFaultError,
        match=r"the some_arm has not answered for 0\.5 s \(no status packet\); check power and "
        r"cable\. Its motors hold",
    ):
        talk()


def test_an_answer_ends_the_silence() -> None:
    """What counts is the time since the last one."""
    rig = Rig().started()
    for _ in range(3):
        rig.now_s += TIMEOUT_S - 0.01
        rig.robot.failures = 1
        rig.joints.read()
        rig.joints.read()
    assert rig.joints.is_fresh


def test_a_posture_is_sent_by_name() -> None:
    """As plain floats, which every driver takes."""
    rig = Rig().started()
    rig.joints.send(np.arange(6, dtype=np.float64))
    sent = rig.robot.sent[-1]
    assert sent == dict(zip(START, range(6), strict=True))
    assert {type(value) for value in sent.values()} == {float}


def test_the_limits_are_the_calibrated_range() -> None:
    """Degrees about its middle, 0 to 100 for the gripper; LeRobot's own arithmetic."""
    limits = Rig().joints.limits(SafetyConfig())
    half_deg = (3298 - 797) / 2 * 360 / 4095
    assert (limits.low[0], limits.high[0]) == pytest.approx((-half_deg, half_deg))
    assert (limits.low[-1], limits.high[-1]) == (0.0, 100.0)


def test_the_configs_limits_replace_those_that_it_names() -> None:
    """And leave the others."""
    rig = Rig()
    plain = rig.joints.limits(SafetyConfig())
    safety = SafetyConfig(joint_limits={"elbow_flex.pos": (-10.0, 20.0)}, max_joint_speed=30.0)
    limits = rig.joints.limits(safety)
    assert (limits.low[2], limits.high[2]) == (-10.0, 20.0)
    np.testing.assert_array_equal(limits.low[:2], plain.low[:2])
    np.testing.assert_array_equal(limits.speed, [30.0] * 6)


@pytest.mark.parametrize(
    ("safety", "said"),
    [
        (SafetyConfig(joint_limits={"elbow": (0.0, 1.0)}), "safety.joint_limits: no such joint"),
        (SafetyConfig(max_joint_speed={"elbow": 1.0}), "safety.max_joint_speed: no such joint"),
    ],
)
def test_a_limit_for_a_joint_that_there_is_not_is_refused(safety: SafetyConfig, said: str) -> None:
    """With the names that there are."""
    with pytest.raises(ConfigError, match=rf"{said} elbow; there are shoulder_pan.pos, "):
        Rig().joints.limits(safety)


def test_a_wheels_number_is_a_velocity_which_no_joint_speed_limits() -> None:
    """It may change at once."""
    joints = Rig(wheels=True).joints
    np.testing.assert_array_equal(joints.is_velocity, [False] * 6 + [True] * 2)
    speed = joints.limits(SafetyConfig(max_joint_speed=30.0)).speed
    np.testing.assert_array_equal(speed, [30.0] * 6 + [math.inf] * 2)


def test_a_current_that_is_not_answered_is_the_last_one() -> None:
    """In milliamperes; a NaN would spoil a dataset's statistics."""
    rig = Rig()
    rig.robot.bus.is_broken = True
    assert np.isnan(rig.joints.currents_ma()).all()
    rig.robot.bus.is_broken, rig.robot.bus.current = False, 10
    np.testing.assert_array_equal(rig.joints.currents_ma(), [65.0] * 6)
    rig.robot.bus.is_broken = True
    np.testing.assert_array_equal(rig.joints.currents_ma(), [65.0] * 6)


def test_torque_that_cannot_be_switched_off_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """The run is over in any case."""
    rig = Rig()
    rig.robot.bus.is_broken = True
    rig.joints.torque_off()
    assert "the torque could not be switched off: no status packet" in caplog.text
    del rig.robot.bus
    rig.joints.torque_off()
    assert "the some_arm cannot be let go from here" in caplog.text
