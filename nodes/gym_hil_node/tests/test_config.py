"""What an environment JSON comes to."""

import json
from pathlib import Path
from typing import Any

import pytest

from dora_hil.config import ConfigError
from dora_hil.display.renderer import CameraConfig
from dora_hil.stream.spec import ColumnSpec
from gym_hil_node.config import GymHilConfig
from gym_hil_node.config_file import load_config, parse_config
from gym_hil_node.tasks import ArrangeBoxes, PickCube, Task

CONFIGS = Path(__file__).parents[3] / "configs"

# The layout of LeRobot's published gym_hil/env_config.json.
PUBLISHED: dict[str, Any] = {
    "env": {
        "type": "gym_manipulator",
        "name": "gym_hil",
        "processor": {
            "control_mode": "gamepad",
            "gripper": {"use_gripper": True, "gripper_penalty": -0.02},
            "reset": {
                "reset_time_s": 2.0,
                "control_time_s": 15.0,
                "fixed_reset_joint_positions": [0.0, 0.195, 0.0, -2.43, 0.0, 2.62, 0.785],
            },
            "inverse_kinematics": {"end_effector_step_sizes": {"x": 0.025, "y": 0.025, "z": 0.025}},
        },
        "robot": None,
        "teleop": None,
        "fps": 10,
        "task": "PandaPickCubeGamepad-v0",
        "features": {
            "observation.images.front": {"type": "VISUAL", "shape": [3, 128, 128]},
            "observation.images.wrist": {"type": "VISUAL", "shape": [3, 128, 128]},
            "observation.state": {"type": "STATE", "shape": [18]},
            "action": {"type": "ACTION", "shape": [3]},
        },
        "features_map": {
            "observation.images.front": "observation.images.front",
            "observation.images.wrist": "observation.images.wrist",
            "observation.state": "observation.state",
            "action": "action",
        },
    },
    "dataset": {"repo_id": "me/pick", "root": None, "task": "pick", "num_episodes_to_record": 30},
    "mode": "record",
    "device": "cuda",
}


def with_processor(**sections: Any) -> GymHilConfig:
    """Return a config with these parts of `env.processor`."""
    return parse_config({"env": {"processor": sections}})


def test_a_published_lerobot_config_is_read_as_it_is() -> None:
    """Its dataset, mode and device are LeRobot's affair."""
    config = parse_config(PUBLISHED)
    assert config.task is PickCube
    assert config.max_steps == 150
    assert config.gripper.gripper_penalty == -0.02
    assert list(config.sim.cameras) == ["front", "wrist"]


def test_every_part_that_lerobot_may_leave_out_may_be_null() -> None:
    """LeRobot writes null for what is not used."""
    raw = {
        "env": {
            "task": "PandaPickCube-v0",
            "features": None,
            "features_map": None,
            "processor": {
                "observation": None,
                "image_preprocessing": None,
                "gripper": None,
                "reset": None,
                "inverse_kinematics": None,
                "reward_classifier": None,
                "max_gripper_pos": None,
            },
        }
    }
    assert parse_config(raw).max_steps == 100


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("gym_hil_env", PickCube),
        ("gym_hil_env_state", PickCube),
        ("gym_hil_env_boxes", ArrangeBoxes),
    ],
)
def test_the_shipped_configs_are_valid(name: str, task: type[Task]) -> None:
    """They are what the dataflows start with."""
    assert load_config(CONFIGS / f"{name}.json").task is task


def test_the_state_only_config_has_no_cameras_but_the_blocks_place() -> None:
    """LeRobot's convention for policies without pictures."""
    columns = load_config(CONFIGS / "gym_hil_env_state.json").observation_specs()
    assert {key: spec.shape for key, spec in columns.items()} == {
        "observation.state": (18,),
        "observation.environment_state": (3,),
    }


def test_an_empty_config_is_gym_hils_pick_cube_with_two_cameras() -> None:
    """At 10 Hz, for 100 steps."""
    config = parse_config({})
    assert (config.task, config.control_dt_s, config.max_steps) == (PickCube, 0.1, 100)
    assert config.sim.cameras == {
        "front": CameraConfig("front", 128, 128),
        "wrist": CameraConfig("handcam_rgb", 128, 128),
    }
    assert config.observation_specs()["observation.images.front"] == ColumnSpec.image(128, 128)


@pytest.mark.parametrize("prefix", ["", "gym_hil/"])
@pytest.mark.parametrize("device", ["", "Base", "Viewer", "Gamepad", "Keyboard"])
def test_the_input_device_in_a_tasks_name_has_no_effect(prefix: str, device: str) -> None:
    """Devices are nodes here."""
    raw = {"env": {"task": f"{prefix}PandaArrangeBoxes{device}-v0"}}
    assert parse_config(raw).task is ArrangeBoxes


def test_the_frame_rate_is_the_control_rate() -> None:
    """And the time limit is in seconds; null is gym-hil's ten, as it is without the key."""
    config = parse_config({"env": {"fps": 30, "processor": {"reset": {"control_time_s": 4.0}}}})
    assert config.control_dt_s == pytest.approx(1 / 30)
    assert config.max_steps == 120
    assert with_processor(reset={"control_time_s": None}).max_steps == 100


@pytest.mark.parametrize("task", [PickCube, ArrangeBoxes])
def test_home_and_bounds_are_the_tasks_unless_given(task: type[Task]) -> None:
    """Each task of gym-hil has its own."""
    config = parse_config({"env": {"task": f"Panda{task.__name__}-v0"}})
    assert config.home_joint_pos_rad == task.home_joint_pos_rad
    assert config.workspace.min_xyz_m == task.min_xyz_m
    assert config.workspace.max_xyz_m == task.max_xyz_m
    assert config.workspace.step_xyz_m == (0.025, 0.025, 0.025)


def test_bounds_and_step_sizes_are_those_given() -> None:
    """By axis."""
    config = with_processor(
        inverse_kinematics={
            "urdf_path": "panda.urdf",
            "target_frame_name": "tool",
            "end_effector_bounds": {"min": [0.3, -0.1, 0.1], "max": [0.4, 0.1, 0.2]},
            "end_effector_step_sizes": {"x": 0.01, "y": 0.02, "z": 0.03},
        }
    )
    assert config.workspace.min_xyz_m == (0.3, -0.1, 0.1)
    assert config.workspace.max_xyz_m == (0.4, 0.1, 0.2)
    assert config.workspace.step_xyz_m == (0.01, 0.02, 0.03)


def test_lerobots_switches_add_a_feature_that_is_missing() -> None:
    """At the end, and only once."""
    raw: dict[str, Any] = {
        "env": {
            "processor": {
                "observation": {
                    "add_joint_velocity_to_observation": True,
                    "add_ee_pose_to_observation": True,
                }
            }
        },
        "sim": {"observation": {"state": ["tcp_xyz_m", "gripper_opening_01"]}},
    }
    expected = ("tcp_xyz_m", "gripper_opening_01", "joint_vel_rad_s")
    assert parse_config(raw).state_features == expected


def test_the_environment_state_is_by_default_there_only_without_cameras() -> None:
    """And can be had, or not, either way."""

    def features(**sim: Any) -> tuple[str, ...]:
        return parse_config({"sim": sim}).environment_state_features

    assert features() == ()
    assert features(cameras={}) == ("block_xyz_m",)
    assert features(observation={"environment_state": ["block_from_tcp_m"]}) == (
        "block_from_tcp_m",
    )
    assert features(cameras={}, observation={"environment_state": None}) == ()


def test_an_error_names_the_file(tmp_path: Path) -> None:
    """It may be one of several."""
    path = tmp_path / "env.json"
    path.write_text(json.dumps({"env": {"fps": 0}}))
    with pytest.raises(ConfigError, match=r"env\.json: env\.fps: must be above 0"):
        load_config(path)


def test_the_simulator_has_no_speed_limits_unless_they_are_given() -> None:
    """So that its episodes are gym-hil's; a watchdog reports after a second."""
    safety = parse_config({}).safety
    assert (safety.max_ee_speed_m_s, safety.max_joint_speed, safety.ramp_s) == (None, None, 0.0)
    assert safety.watchdog_s == 1.0


def test_the_block_safety_is_read_as_a_robots() -> None:
    """The same keys, so that one config can be carried over to the other."""
    given = {"max_ee_speed_m_s": 0.2, "ramp_s": 0.5, "watchdog_s": 0.3, "on_fault": "torque_off"}
    safety = parse_config({"safety": given}).safety
    assert {key: getattr(safety, key) for key in given} == given
