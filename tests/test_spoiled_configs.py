"""Every shipped config with every key spoiled: read rightly, or refused in one line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mutations import check_reading

import gamepad_node.bindings
import gym_hil_node.config_file
import keyboard_node.bindings
import leader_node.config
import lerobot_node.evaluate.config
import lerobot_node.record.config
import lerobot_node.replay.config
import lerobot_node.reward.config
import robot_node.config

CONFIGS = Path(__file__).parents[1] / "configs"


def read_simulator(path: Path) -> None:
    """Read it, and all that follows from it before anything is simulated."""
    config = gym_hil_node.config_file.load_config(path)
    _ = config.observation_specs(), config.workspace, config.max_steps, config.home_joint_pos_rad


def read_robot(path: Path) -> None:
    """Read it, and all that follows from it before LeRobot is loaded."""
    config = robot_node.config.load_config(path)
    _ = config.max_steps, config.state_features, config.is_virtual


def read_evaluation(path: Path) -> None:
    """Read it, with its seeds."""
    config = lerobot_node.evaluate.config.load(path)
    _ = config.seeds, config.policy_overrides


READERS: dict[str, Callable[[Path], Any]] = {
    "example_gym_hil_eval": read_evaluation,
    "example_gym_hil_record": lerobot_node.record.config.load,
    "example_gym_hil_replay": lerobot_node.replay.config.load,
    "gamepad": gamepad_node.bindings.load_bindings,
    "gym_hil_env": read_simulator,
    "gym_hil_env_state": read_simulator,
    "gym_hil_reward": lerobot_node.reward.config.load,
    "keyboard": keyboard_node.bindings.load_bindings,
    "so101_env": read_robot,
    "so101_leader": lambda path: leader_node.config.load(path, [], None),
}


@pytest.mark.parametrize("name", READERS)
def test_a_spoiled_config_is_read_or_refused_in_one_line(name: str, tmp_path: Path) -> None:
    """Never a traceback; and no key that nobody reads."""
    cameras = [f"env.robot.cameras.{name}" for name in ("front", "wrist")]
    free = (
        "policy",
        "teleop",
        "env.robot",
        "env.robot.cameras",
        "safety.max_joint_speed",
        *cameras,
    )
    raw = json.loads((CONFIGS / f"{name}.json").read_text())
    check_reading(READERS[name], tmp_path / "config.json", raw, free)
