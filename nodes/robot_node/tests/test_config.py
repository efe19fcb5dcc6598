"""The environment JSON of a robot."""

import json
from pathlib import Path
from typing import Any

import pytest

from dora_hil.config import ConfigError
from robot_node.config import RobotNodeConfig, load_config, parse_config

CONFIGS = Path(__file__).parents[3] / "configs"
BOUNDS = {"min": [0.1, -0.2, 0.0], "max": [0.3, 0.2, 0.3]}


def raw_with(*path_and_value: Any) -> dict[str, Any]:
    """Return the plainest config with a value put at a dotted path."""
    raw: dict[str, Any] = {"env": {"name": "real_robot", "robot": {"type": "so101_follower"}}}
    for path, value in zip(path_and_value[::2], path_and_value[1::2], strict=True):
        *blocks, last = path.split(".")
        block = raw
        for name in blocks:
            block = block.setdefault(name, {})
        block[last] = value
    return raw


def with_value(*path_and_value: Any) -> RobotNodeConfig:
    """Return what the plainest config with these values comes to."""
    return parse_config(raw_with(*path_and_value))


SHIPPED = ("so101_env.json", "so101_env_bridge.json", "so101_env_train.json")


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_configs_are_valid(name: str) -> None:
    """They run the virtual arm, in the same workspace and at the rate of their dataflows."""
    config = load_config(CONFIGS / name)
    assert config.is_virtual
    assert config.control_dt_s == pytest.approx(0.1)
    assert config.workspace.max_xyz_m == (0.28, 0.18, 0.12)


def test_every_shipped_config_of_an_so101_is_one_of_those() -> None:
    """The others belong to the recorder, the evaluator and the reward stage."""
    raw = {path.name: json.loads(path.read_text()) for path in CONFIGS.glob("so101*.json")}
    assert {name for name, of in raw.items() if "robot" in of.get("env", {})} == set(SHIPPED)


def test_what_is_not_given_has_a_default() -> None:
    """No time limit, no home, degrees of caution from the start."""
    config = with_value()
    assert config.max_steps == 0
    assert config.control_dt_s == pytest.approx(0.1)
    assert config.reset.fixed_reset_joint_positions is None
    assert config.state_features == ("joint_pos",)
    assert config.max_gripper_pos == 100.0
    assert not config.is_virtual


@pytest.mark.parametrize("key", ["watchdog_s", "on_stop", "joint_limits"])
def test_a_robots_limits_stay_when_another_key_is_given(key: str) -> None:
    """Nobody loses a speed limit by asking for something else."""
    value: Any = {"watchdog_s": 2.0, "on_stop": "torque_off", "joint_limits": {"a": [0, 1]}}[key]
    safety = with_value(f"safety.{key}", value).safety
    assert (safety.max_ee_speed_m_s, safety.max_joint_speed, safety.ramp_s) == (0.3, 120.0, 0.5)


def test_a_limit_is_lifted_by_null_alone() -> None:
    """Said on purpose."""
    assert with_value("safety.max_ee_speed_m_s", None).safety.max_ee_speed_m_s is None


def test_a_virtual_arm_may_be_silent_for_longer_than_a_real_one() -> None:
    """It is a program on a machine that may be busy; what a config says counts for both."""
    space = ("env.processor.inverse_kinematics.end_effector_bounds", BOUNDS)

    def timeout_s(port: str, *more: Any) -> float:
        return with_value("env.robot.port", port, *space, *more).bus_timeout_s

    assert timeout_s("virtual") == 3.0
    assert timeout_s("/dev/ttyACM0") == 0.5
    assert timeout_s("virtual", "robot.bus_timeout_s", 1.0) == 1.0


def test_a_time_limit_is_counted_in_steps() -> None:
    """Of the control period."""
    config = with_value("env.fps", 20, "env.processor.reset.control_time_s", 1.5)
    assert config.max_steps == 30


def test_lerobots_switches_add_a_feature_that_is_missing() -> None:
    """Last, and never twice."""
    observation = {
        "add_joint_velocity_to_observation": True,
        "add_current_to_observation": True,
        "add_ee_pose_to_observation": True,
    }
    config = with_value(
        "env.processor.observation", observation, "robot.state", ["joint_vel", "joint_pos"]
    )
    assert config.state_features == ("joint_vel", "joint_pos", "motor_current", "tcp_xyz_m")


def test_bounds_and_step_sizes_make_the_workspace() -> None:
    """2.5 cm where no step is given."""
    workspace = with_value(
        "env.processor.inverse_kinematics",
        {"end_effector_bounds": BOUNDS, "end_effector_step_sizes": {"x": 0.01}},
    ).workspace
    assert workspace.min_xyz_m == (0.1, -0.2, 0.0)
    assert workspace.step_xyz_m == (0.01, 0.025, 0.025)


def test_every_part_that_lerobot_may_leave_out_may_be_null() -> None:
    """LeRobot writes null for what is not used."""
    parts = ("observation", "gripper", "reset", "inverse_kinematics", "reward_classifier")
    config = with_value("env.processor", {**dict.fromkeys(parts), "max_gripper_pos": None})
    assert config.max_gripper_pos == 100.0
    assert with_value("env.processor", None).gripper.use_gripper


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("env.name", "gym_hil", "this is a robot, for instance 'real_robot'"),
        ("env.robot", None, 'must name a robot of LeRobot, for instance {"type"'),
        ("env.robot", {"port": "/dev/x"}, "must name a robot of LeRobot"),
        ("env.teleop", {"type": "so101_leader"}, "env.teleop: must be null: devices are nodes"),
        ("env.fps", 0, "env.fps: must be above 0 steps a second, got 0"),
        ("env.fps", float("nan"), "env.fps: must be above 0"),
        ("env.processor.reset.reset_time_s", -1.0, "reset_time_s: must be 0 s or more, got -1.0"),
        ("env.processor.reset.control_time_s", float("inf"), "control_time_s: must be 0 s or more"),
        ("env.processor.max_gripper_pos", 0.0, "must be above 0, at most 100, got 0"),
        ("env.processor.max_gripper_pos", 101.0, "must be above 0, at most 100, got 101"),
        ("env.processor.gripper.gripper_penalty", 0.1, "must be 0 or negative, got 0.1"),
        (
            "env.processor.reward_classifier.pretrained_path",
            "outputs/reward",
            "must be null: the reward classifier is a stage",
        ),
        ("env.robot.cameras", {"a.b": {}}, "'a.b' cannot name a column; use letters"),
        ("env.robot.cameras", [{"type": "opencv"}], "must be LeRobot's cameras by name, got [{"),
        ("env.robot.cameras", {"front": 0}, "must be LeRobot's cameras by name, got {'front'"),
        ("env.robot.port", "virtual", "end_effector_bounds: needed to move in space"),
        (
            "env.robot",
            {"type": "koch_follower", "port": "virtual"},
            "the virtual arm is a 'so101_follower', got 'koch_follower'",
        ),
        (
            "env.processor.inverse_kinematics.urdf_path",
            "arm.urdf",
            "end_effector_bounds: needed to move in space",
        ),
        (
            "env.processor.inverse_kinematics",
            {"urdf_path": "a", "end_effector_bounds": {"min": [0, 0], "max": [1, 1, 1]}},
            "end_effector_bounds.min: must be x, y, z in m, got [0.0, 0.0]",
        ),
        (
            "env.processor.inverse_kinematics",
            {"urdf_path": "a", "end_effector_bounds": {"min": [0, 2, 0], "max": [1, 1, 1]}},
            "inverse_kinematics: workspace y: min 2.0 m must lie below max 1.0 m",
        ),
        (
            "env.processor.inverse_kinematics",
            {
                "urdf_path": "a",
                "end_effector_bounds": BOUNDS,
                "end_effector_step_sizes": {"x": 0.0},
            },
            "workspace x: a step of 0.0 m must be above 0",
        ),
        ("robot.state", [], "state must name features, each once"),
        ("robot.state", ["joint_pos", "joint_pos"], "state must name features, each once"),
        ("robot.home_speed", 0.0, "home_speed must be above 0, got 0"),
        ("robot.bus_timeout_s", float("nan"), "bus_timeout_s must be above 0"),
        ("robot.max_frame_age_s", -1.0, "max_frame_age_s must be above 0, got -1"),
        ("robot.number_of_steps_after_success", -1, "must be 0 or more, got -1"),
        ("robot.colour", "red", "accepted here: task, state, home_speed"),
        ("safety.max_joint_speed", 0.0, "max_joint_speed must be above 0, or null for no limit"),
        ("safety.on_fault", "explode", "safety.on_fault"),
        ("safety.speed", 1.0, "accepted here: max_ee_speed_m_s"),
        ("sim.quality", "fast", "accepted here: env, safety, "),
    ],
)
def test_what_makes_no_sense_is_refused(path: str, value: Any, said: str) -> None:
    """In one line that names the file and says what does."""
    with pytest.raises(ConfigError) as error:
        parse_config(raw_with(path, value), "my_env.json")
    text = str(error.value)
    assert text.startswith("my_env.json: ")
    assert said in text
    assert len(text.splitlines()) == 1


def test_an_error_of_a_file_names_it(tmp_path: Path) -> None:
    """The one that was read."""
    path = tmp_path / "env.json"
    path.write_text(json.dumps(raw_with("env.fps", -1)))
    with pytest.raises(ConfigError, match=r"env\.json: env\.fps: must be above 0"):
        load_config(path)
