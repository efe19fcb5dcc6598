"""What is refused in an environment JSON, and in which words."""

from typing import Any

import pytest

from dora_hil.config import ConfigError
from gym_hil_node.config_file import parse_config


def nested(path: str, value: Any) -> dict[str, Any]:
    """Return {"a": {"b": value}} for the path "a.b"."""
    for key in reversed(path.split(".")):
        value = {key: value}
    assert isinstance(value, dict)
    return value


def refusal(path: str, value: Any) -> str:
    """Return the one line with which a config is refused that holds only this value."""
    with pytest.raises(ConfigError) as caught:
        parse_config(nested(path, value), "env.json")
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith("env.json: ")
    return text


@pytest.mark.parametrize("name", ["PandaPickCube", "PandaPickCubeMouse-v0", "PickCube-v0", None])
def test_an_unknown_task_is_refused_with_the_known_ones(name: str | None) -> None:
    """gym-hil's names."""
    text = refusal("env.task", name)
    assert "env.task" in text
    assert "PandaPickCubeKeyboard-v0" in text
    assert "PandaArrangeBoxes-v0" in text


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("env.robot", {"type": "so100_follower"}),
        ("env.teleop", {"type": "gamepad"}),
        ("env.processor.observation.add_current_to_observation", True),
        ("env.processor.observation.display_cameras", True),
        ("env.processor.reward_classifier.pretrained_path", "outputs/classifier"),
    ],
)
def test_a_key_that_would_do_nothing_here_is_refused(path: str, value: Any) -> None:
    """Somebody means something by it."""
    assert refusal(path, value).startswith(f"env.json: {path}: must be")


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("env.type", "aloha", "gym_manipulator"),
        ("env.name", "real_robot", "robot-node"),
        ("env.fps", 0, "above 0"),
        ("env.fps", -10, "above 0"),
        ("env.fps", float("nan"), "above 0"),
        ("env.fps", "fast", "env.fps"),
        ("env.processor.reset.control_time_s", 0.0, "at least one step of 0.1 s"),
        ("env.processor.reset.control_time_s", float("inf"), "seconds"),
        ("env.processor.reset.reset_time_s", -1.0, "0 s or more"),
        ("env.processor.reset.fixed_reset_joint_positions", [0.0] * 6, "7 angles"),
        ("env.processor.reset.fixed_reset_joint_positions", [float("nan")] * 7, "7 angles"),
        ("env.processor.gripper.gripper_penalty", 0.02, "0 or negative"),
        (
            "env.processor.inverse_kinematics.end_effector_step_sizes",
            {"x": 0.0},
            "end_effector_step_sizes.x: must be above 0 m",
        ),
        (
            "env.processor.inverse_kinematics.end_effector_bounds",
            {"min": [0.2, -0.3], "max": [0.6, 0.3, 0.5]},
            "end_effector_bounds.min: must be x, y, z in m",
        ),
        (
            "env.processor.inverse_kinematics.end_effector_bounds",
            {"min": [0.2, 0.3, 0.0], "max": [0.6, -0.3, 0.5]},
            "y: min 0.3 m must lie below max -0.3 m",
        ),
        ("sim.cameras", {"top": {"camera": "top"}}, "front, handcam_rgb, handcam_depth"),
        ("sim.cameras", {"a.b": {"camera": "front"}}, "cannot name a column"),
        ("sim.cameras", {"front": {"camera": "front", "width_px": 0}}, "width_px"),
        ("sim.observation.state", [], "must name a feature"),
        # PickCube has none: the list of features is the task's.
        ("sim.observation.state", ["goals_xyz_m"], "unknown feature 'goals_xyz_m'"),
        ("sim.observation.state", ["tcp_xyz_m", "tcp_xyz_m"], "twice"),
        ("sim.reward_type", "shaped", "sim.reward_type"),
        ("sim.quality", "best", "sim.quality"),
        ("sim.number_of_steps_after_success", -1, "0 or more"),
        ("sim.colour", "red", "accepted here: quality"),
        ("safety.max_ee_speed_m_s", 0.0, "max_ee_speed_m_s must be above 0, or null for no limit"),
        ("safety.ramp_s", -1.0, "ramp_s must be 0 s or more, got -1"),
        ("safety.on_stop", "let_go", "safety.on_stop"),
        ("safety.speed", 1.0, "accepted here: max_ee_speed_m_s"),
    ],
)
def test_what_makes_no_sense_is_refused(path: str, value: Any, said: str) -> None:
    """In one line that says what does."""
    assert said in refusal(path, value)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("crop_params_dict", {"front": [0, 0, 64, 64]}, "observation.images.front (128 px high"),
        ("crop_params_dict", {"observation.images.front": [64, 0, 65, 64]}, "inside its picture"),
        ("crop_params_dict", {"observation.images.front": [0, 0, 64]}, "[top, left, height, width"),
        ("crop_params_dict", {"observation.images.front": [0, 0, 64.5, 64]}, "valid integer"),
        ("resize_size", [0, 128], "[height, width]"),
        ("resize_size", 128, "expected a list"),
    ],
)
def test_a_crop_that_no_camera_can_have_is_refused(key: str, value: Any, said: str) -> None:
    """By its key, with what is accepted."""
    text = refusal(f"env.processor.image_preprocessing.{key}", value)
    assert text.startswith(f"env.json: env.processor.image_preprocessing.{key}")
    assert said in text


def test_a_declared_picture_has_its_size_after_the_crop() -> None:
    """`env.features` says what a policy gets."""
    front = "observation.images.front"
    env = {
        "processor": {"image_preprocessing": {"crop_params_dict": {front: [0, 0, 96, 100]}}},
        "features": {front: {"type": "VISUAL", "shape": [3, 96, 100]}},
    }
    assert parse_config({"env": env}).env.features is not None


@pytest.mark.parametrize("key", ["state", "environment_state"])
def test_an_unknown_feature_is_refused_with_the_known_ones(key: str) -> None:
    """In whichever column."""
    text = refusal(f"sim.observation.{key}", ["cube_position"])
    assert f"sim.observation.{key}: unknown feature 'cube_position'" in text
    assert "block_xyz_m" in text


@pytest.mark.parametrize(
    ("key", "shape", "said"),
    [
        ("observation.state", [17], "declared [17], but the simulator produces [18]"),
        (
            "observation.images.front",
            [3, 64, 64],
            "declared [3, 64, 64], but the simulator produces [3, 128, 128]",
        ),
        ("observation.images.side", [3, 128, 128], "no such column"),
        ("action", [7], "declared [7]"),
    ],
)
def test_a_declared_feature_must_be_what_is_produced(key: str, shape: list[int], said: str) -> None:
    """LeRobot declares pictures as (channels, height, width)."""
    declared = {key: {"type": "STATE", "shape": shape}}
    assert said in refusal("env.features", declared)


def test_a_features_map_may_only_lead_to_columns_that_exist() -> None:
    """Nothing is renamed here."""
    text = refusal("env.features_map", {"agent_pos": "observation.robot_state"})
    assert "env.features_map.agent_pos" in text
    assert "observation.state" in text


def test_gym_hils_own_names_may_be_declared_through_the_features_map() -> None:
    """Their LeRobot names decide."""
    env = {
        "features": {"agent_pos": {"type": "STATE", "shape": [18]}},
        "features_map": {"agent_pos": "observation.state"},
    }
    assert parse_config({"env": env}).env.features is not None


def test_the_old_wrapper_layout_is_refused_with_the_new_place_of_each_key() -> None:
    """LeRobot 0.3 had one flat block."""
    wrapper = {
        "gripper_penalty": -0.02,
        "resize_size": [128, 128],
        "ee_action_space_params": {"x_step_size": 0.02, "bounds": None},
        "vel_smoothing_factor": 0.5,
    }
    text = refusal("env.wrapper", wrapper)
    for part in (
        "gripper_penalty is now env.processor.gripper.gripper_penalty",
        "resize_size is now env.processor.image_preprocessing.resize_size",
        "ee_action_space_params.x_step_size is now "
        "env.processor.inverse_kinematics.end_effector_step_sizes.x",
        "ee_action_space_params.bounds is now env.processor.inverse_kinematics.end_effector_bounds",
        "vel_smoothing_factor has no counterpart",
    ):
        assert part in text


def test_switches_that_are_off_are_accepted() -> None:
    """LeRobot writes them out."""
    processor = {
        "observation": {"add_current_to_observation": False, "display_cameras": False},
        "image_preprocessing": {"crop_params_dict": None, "resize_size": None},
        "reward_classifier": {"pretrained_path": None},
    }
    assert parse_config({"env": {"processor": processor}}).max_steps == 100
