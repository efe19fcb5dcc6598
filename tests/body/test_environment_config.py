"""What the environment JSONs of all bodies have in common."""

import pytest

from dora_hil.body.environment_config import EnvironmentConfig
from dora_hil.body.lerobot_env import BoundsSection
from dora_hil.config import parse


def config(**processor: object) -> EnvironmentConfig:
    """Return a config with a processor block."""
    return parse({"env": {"fps": 20, "processor": processor}}, EnvironmentConfig, "env.json")


def test_blocks_that_are_left_out_or_null_have_their_defaults() -> None:
    """As LeRobot's own configs leave them out."""
    made = config(reset=None)
    assert made.control_dt_s == pytest.approx(0.05)
    assert made.reset.terminate_on_success
    assert made.gripper.use_gripper
    assert made.kinematics.urdf_path is None


def test_bounds_get_the_configs_step_sizes() -> None:
    """Per axis."""
    steps = {"end_effector_step_sizes": {"x": 0.01, "y": 0.02, "z": 0.03}}
    bounds = BoundsSection((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    workspace = config(inverse_kinematics=steps).workspace_within(bounds)
    assert workspace.step_xyz_m == (0.01, 0.02, 0.03)
    assert workspace.max_xyz_m == (1.0, 1.0, 1.0)


def test_a_switch_adds_its_feature_behind_the_others_and_once() -> None:
    """Where the state has it already it stays where it is."""
    made = config(observation={"add_ee_pose_to_observation": True})
    features = {
        "add_ee_pose_to_observation": "tcp_xyz_m",
        "add_joint_velocity_to_observation": "joint_vel",
    }
    assert made.with_switched_on(("joint_pos",), features) == ("joint_pos", "tcp_xyz_m")
    assert made.with_switched_on(("tcp_xyz_m", "a"), features) == ("tcp_xyz_m", "a")
