"""A robot as a body drives it."""

import json
import math
from typing import Any

import numpy as np
import pytest
from virtual_arm import FRAME, URDF

from dora_hil.body.environment import BodyFaultError, RealTimeEnvironment
from dora_hil.config import ConfigError
from dora_hil.stream.actions import ActionSpace, Float32Array, hold_ee_delta
from robot_node.arm import RobotArm
from robot_node.config import parse_config
from robot_node.fake_camera import FakeCamera
from robot_node.fake_robot import START, FakeRobot, FakeRobotConfig
from robot_node.session import kinematics_of

HOME = list(START.values())
KINEMATICS: dict[str, Any] = {
    "urdf_path": str(URDF),
    "target_frame_name": FRAME,
    "end_effector_bounds": {"min": [0.12, -0.2, 0.01], "max": [0.34, 0.2, 0.25]},
    "end_effector_step_sizes": {"x": 0.015, "y": 0.015, "z": 0.015},
}


class Rig:
    """An arm of a robot that is where it was sent, at once."""

    def __init__(
        self,
        *,
        home: list[float] | None = None,
        space: bool = False,
        robot: FakeRobot | None = None,
        state: tuple[str, ...] = ("joint_pos",),
        penalty: float = 0.0,
        fps: float = 10.0,
        features: dict[str, Any] | None = None,
        **safety: Any,
    ) -> None:
        """Connect; without ramps and limits, unless they are given."""
        free = {"max_ee_speed_m_s": None, "max_joint_speed": None, "ramp_s": 0.0}
        raw = {
            "env": {
                "name": "real_robot",
                "fps": fps,
                "robot": {"type": "some_arm"},
                "features": features,
                "processor": {
                    "gripper": {"gripper_penalty": penalty},
                    "max_gripper_pos": 60.0,
                    "reset": {"fixed_reset_joint_positions": home, "control_time_s": 3.0},
                    "inverse_kinematics": KINEMATICS if space else None,
                },
            },
            "robot": {"state": list(state), "task": "wave", "home_speed": 40.0},
            "safety": {**free, **safety},
        }
        config = parse_config(json.loads(json.dumps(raw)))
        self.robot = robot or FakeRobot()
        self.arm = RobotArm(config, self.robot, kinematics_of(config, self.robot))

    def command(self, space: ActionSpace, *value: float) -> None:
        """Send one action."""
        self.arm.command(space, np.array(value, dtype=np.float32))

    def state(self) -> Float32Array:
        """Measure, and return the state."""
        return self.arm.measure().columns["observation.state"]


def on_wheels() -> FakeRobot:
    """Return an arm on two wheels."""
    return FakeRobot(FakeRobotConfig(wheels=True))


def test_an_arm_is_a_real_time_environment() -> None:
    """So that a body drives it by the clock."""
    arm = Rig().arm
    assert isinstance(arm, RealTimeEnvironment)
    assert (arm.control_dt_s, arm.max_steps) == (0.1, 30)


def test_the_spec_describes_what_is_measured() -> None:
    """Every column, and none more."""
    for space in (False, True):
        robot = FakeRobot()
        robot.cameras = {"front": FakeCamera()}
        arm = Rig(space=space, robot=robot).arm
        shapes = {k: c.shape for k, c in arm.spec.columns.items() if not k.startswith("action.")}
        assert {k: v.shape for k, v in arm.observe().items()} == shapes
        assert (arm.spec.body, arm.spec.task) == ("some_arm", "wave")


def test_joint_actions_are_accepted_always_and_space_with_a_urdf() -> None:
    """Each has a column, with LeRobot's names."""
    plain, space = Rig().arm.spec, Rig(space=True).arm.spec
    assert plain.action_spaces == ("joint",)
    assert space.action_spaces == ("ee_delta", "ee_absolute", "joint")
    actions = [name for name in space.columns if name.startswith("action.")]
    assert actions == ["action.joint", "action.ee_delta", "action.ee_absolute"]
    assert plain.columns["action.joint"].names == tuple(START)


def test_a_command_is_sent_and_what_it_led_to_is_measured() -> None:
    """With the action as it was executed."""
    rig = Rig()
    rig.command(ActionSpace.JOINT, *HOME[:5], 44.0)
    assert rig.robot.sent[-1]["gripper.pos"] == 44.0
    outcome = rig.arm.measure()
    assert outcome.columns["observation.state"][5] == 44.0
    assert outcome.executed.by_space["joint"][5] == 44.0
    assert outcome.executed.safety == ()


def test_observing_reads_nothing_anew() -> None:
    """It is what was measured last, and never fails."""
    rig = Rig()
    seen = rig.arm.observe()
    rig.robot.readings["gripper.pos"] = 75.0
    rig.robot.failures = 99
    assert rig.arm.observe() is seen


def test_an_episode_begins_where_the_arm_stands() -> None:
    """The seed places nothing."""
    rig = Rig()
    rig.robot.readings["gripper.pos"] = 75.0
    sent = len(rig.robot.sent)
    assert rig.arm.begin(7)["observation.state"][5] == 75.0
    assert len(rig.robot.sent) == sent


def test_an_episode_ramps_in() -> None:
    """A fifth of 12 degrees, again after a beginning."""
    rig = Rig(max_joint_speed=120.0, ramp_s=0.5)
    for _ in range(9):
        rig.command(ActionSpace.JOINT, 90.0, *HOME[1:])
    rig.arm.begin(0)
    before = rig.robot.readings["shoulder_pan.pos"]
    rig.command(ActionSpace.JOINT, -90.0, *HOME[1:])
    assert before - rig.robot.readings["shoulder_pan.pos"] == pytest.approx(2.4)


def test_without_a_home_the_arm_is_at_home_anywhere_and_stays() -> None:
    """Where a person leaves it."""
    rig = Rig()
    rig.command(ActionSpace.JOINT, 50.0, *HOME[1:])
    rig.arm.home()
    rig.arm.measure()
    assert rig.arm.is_home
    assert rig.robot.readings["shoulder_pan.pos"] == 50.0


def test_the_arm_goes_home_at_its_own_speed_and_is_home_when_it_is_there() -> None:
    """40 degrees a second are 4 in a period."""
    rig = Rig(home=[10.0, *HOME[1:]])
    states = []
    while not rig.arm.is_home:
        rig.arm.home()
        states.append(float(rig.state()[0]))
    assert states == pytest.approx([4.0, 8.0, 10.0])


def test_an_arm_comes_home_between_any_two_episodes() -> None:
    """Its first step is still at home; that is no coming home after it."""
    rig = Rig(home=HOME)
    for _ in range(3):
        while not rig.arm.is_home:
            rig.arm.home()
            rig.arm.measure()
        assert rig.robot.readings["shoulder_pan.pos"] == pytest.approx(HOME[0], abs=0.5)
        rig.arm.begin(0)
        rig.arm.command(ActionSpace.JOINT, np.array(HOME, dtype=np.float32))
        rig.arm.measure()
        away = np.array([HOME[0] + 30.0, *HOME[1:]], dtype=np.float32)
        rig.arm.command(ActionSpace.JOINT, away)
        rig.arm.measure()
        assert not rig.arm.is_home


def test_an_arm_that_does_not_follow_is_not_home() -> None:
    """Where it was sent is not where it is."""
    rig = Rig(home=[10.0, *HOME[1:]])
    rig.robot.is_stuck = True
    for _ in range(9):
        rig.arm.home()
        rig.arm.measure()
    assert not rig.arm.is_home
    rig.robot.readings["shoulder_pan.pos"] = 7.0
    rig.arm.measure()
    assert rig.arm.is_home


@pytest.mark.parametrize(
    ("home", "said"),
    [
        ([0.0] * 5, "must be 6 numbers (shoulder_pan.pos, "),
        ([math.nan] * 6, "must be 6 numbers (shoulder_pan.pos, "),
        ([200.0, *HOME[1:]], "shoulder_pan.pos reaches -109.934 to 109.934, got 200"),
    ],
)
def test_a_home_where_the_arm_cannot_be_is_refused(home: list[float], said: str) -> None:
    """No episode would ever begin."""
    robot = FakeRobot()
    with pytest.raises(ConfigError) as error:
        Rig(home=home, robot=robot)
    assert said in str(error.value)
    assert not robot.is_connected


def test_the_state_has_what_was_asked_for() -> None:
    """Velocities over the last period, targets, the tool."""
    rig = Rig(space=True, state=("joint_vel", "joint_target", "motor_current", "tcp_xyz_m"))
    rig.robot.bus.current = 10
    rig.command(ActionSpace.JOINT, *HOME[:5], 32.0)
    state = rig.state()
    assert len(state) == 21
    assert state[5] == pytest.approx(20.0)
    assert state[11] == pytest.approx(32.0)
    assert state[12] == pytest.approx(65.0)
    np.testing.assert_allclose(state[18:], rig.arm.observe()["privileged.tcp_xyz_m"])


def test_a_reading_that_fails_is_the_last_one_and_marked() -> None:
    """Positions and velocities; the next fresh one is a period away from none."""
    rig = Rig(state=("joint_pos", "joint_vel"))
    rig.command(ActionSpace.JOINT, *HOME[:5], 32.0)
    rig.arm.measure()
    rig.command(ActionSpace.JOINT, *HOME[:5], 36.0)
    rig.robot.failures = 1
    outcome = rig.arm.measure()
    assert outcome.executed.safety == ("bus",)
    assert outcome.columns["observation.state"][[5, 11]].tolist() == [32.0, 20.0]
    outcome = rig.arm.measure()
    assert outcome.executed.safety == ()
    assert outcome.columns["observation.state"][[5, 11]].tolist() == [36.0, 20.0]


def test_angles_are_radians_for_other_nodes() -> None:
    """The gripper's share is none."""
    np.testing.assert_allclose(Rig().arm.joint_pos_rad, np.deg2rad(HOME[:5]))


def test_pictures_have_their_age() -> None:
    """In the outcome of every step."""
    robot, camera = FakeRobot(), FakeCamera()
    robot.cameras, camera.age_s = {"front": camera}, 0.2
    outcome = Rig(robot=robot).arm.measure()
    assert outcome.frame_age_ms == pytest.approx(200.0, abs=50.0)
    assert "observation.images.front" in outcome.columns


def test_a_camera_that_is_not_there_closes_the_robot_again() -> None:
    """And is the fault that is said."""
    robot, camera = FakeRobot(), FakeCamera()
    robot.cameras, camera.is_missing = {"front": camera}, True
    with pytest.raises(BodyFaultError, match="camera front: no such camera"):
        Rig(robot=robot)
    assert not robot.is_connected


def test_playing_with_the_gripper_is_penalised() -> None:
    """Closing an open one; staying closed is free."""
    rig = Rig(space=True, penalty=-0.3)
    for gripper, penalty in ((2.0, 0.0), (0.0, -0.3), (0.0, 0.0), (1.0, 0.0)):
        rig.command(ActionSpace.EE_DELTA, 0.0, 0.0, 0.0, gripper)
        assert rig.arm.measure().discrete_penalty == penalty


@pytest.mark.parametrize(
    ("wish", "is_fault", "is_holding"),
    [
        ({}, False, True),
        ({}, True, True),
        ({"on_stop": "torque_off"}, False, False),
        ({"on_stop": "torque_off"}, True, True),
        ({"on_fault": "torque_off"}, True, False),
    ],
)
def test_at_the_end_the_arm_holds_or_is_let_go_and_closing_it_changes_nothing(
    wish: dict[str, Any], is_fault: bool, is_holding: bool
) -> None:
    """LeRobot's own disconnect would let an arm in the air fall."""
    rig = Rig(**wish)
    rig.arm.rest(is_fault=is_fault)
    assert rig.robot.bus.is_torque_on is is_holding
    rig.arm.close()
    assert not rig.robot.is_connected
    assert rig.robot.bus.is_torque_on is is_holding


def test_an_arm_at_rest_is_neither_sent_nor_read() -> None:
    """It may be behind a pulled cable."""
    rig = Rig(home=[50.0, *HOME[1:]])
    seen = rig.arm.observe()
    rig.arm.rest(is_fault=True)
    sent = len(rig.robot.sent)
    rig.robot.failures = 99
    rig.arm.command(ActionSpace.EE_DELTA, hold_ee_delta())
    rig.arm.home()
    assert rig.arm.measure().columns is seen
    assert (len(rig.robot.sent), rig.robot.failures) == (sent, 99)


def test_wheels_stop_when_the_arm_rests() -> None:
    """They would turn on as they were told last; a line that is dead is no second fault."""
    rig = Rig(robot=on_wheels())
    rig.command(ActionSpace.JOINT, *HOME, 0.4, 0.1)
    rig.arm.rest(is_fault=False)
    assert rig.robot.sent[-1] == {**START, "x.vel": 0.0, "theta.vel": 0.0}
    dead = Rig(robot=on_wheels())
    dead.robot.failures = 99
    dead.arm.rest(is_fault=True)


def test_an_arm_on_wheels_has_kinematics_of_its_joints() -> None:
    """A URDF has no wheels."""
    rig = Rig(robot=on_wheels(), space=True)
    rig.command(ActionSpace.EE_DELTA, 0.0, 1.0, 0.0, 1.0)
    assert rig.arm.measure().executed.safety == ()
    assert rig.robot.readings["shoulder_pan.pos"] < -1.0


def test_joints_that_are_no_angles_have_no_kinematics() -> None:
    """A share of the range, taken for degrees, would send the arm anywhere."""
    robot = FakeRobot(FakeRobotConfig(use_degrees=False))
    with pytest.raises(
        ConfigError, match=r"needs joints in degrees, but shoulder_pan is -100 to 100; set"
    ):
        Rig(robot=robot, space=True)
    assert not robot.is_connected


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        # A typo in the config.
        ({"state": ("joint_positions",)}, r"robot\.state: unknown feature joint_positions"),
        # A config that was carried over from the simulator, say.
        (
            {"features": {"observation.state": {"type": "STATE", "shape": [18]}}},
            r"declared \[18\], but the some_arm produces \[6\]",
        ),
    ],
)
def test_a_feature_that_there_will_not_be_is_refused_before_anything_is_opened(
    changes: dict[str, Any], said: str
) -> None:
    """Asked for or declared."""
    robot = FakeRobot()
    with pytest.raises(ConfigError, match=said):
        Rig(robot=robot, **changes)
    assert robot.sent == []
    assert not robot.bus.is_torque_on
