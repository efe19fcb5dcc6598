"""What the stage reads of an environment JSON."""

import json
from pathlib import Path
from typing import Any

import pytest

from dora_hil.config import ConfigError
from lerobot_node.reward.config import load


def written(path: Path, classifier: Any = None, **keys: Any) -> Path:
    """Write a JSON file with a body's keys beside the stage's."""
    processor = {
        "control_mode": "gamepad",
        "gripper": {"use_gripper": True},
        "reset": {"terminate_on_success": False, "control_time_s": 5.0},
        "reward_classifier": classifier,
    }
    path.write_text(json.dumps({"env": {"task": "any", "processor": processor}, **keys}))
    return path


def test_lerobots_keys_are_read_and_the_bodys_are_read_past(tmp_path: Path) -> None:
    """As in LeRobot's own environment JSON."""
    keys = {"pretrained_path": "outputs/c", "success_threshold": 0.7, "success_reward": 2.0}
    config = load(written(tmp_path / "env.json", keys, device="cuda"))
    assert config.classifier.pretrained_path == Path("outputs/c")
    assert config.classifier.success_threshold == 0.7
    assert config.classifier.success_reward == 2.0
    assert (config.terminate_on_success, config.device) == (False, "cuda")
    assert config.stage.consecutive_frames == 1


def test_without_a_classifier_there_is_none(tmp_path: Path) -> None:
    """A null block is LeRobot's default."""
    assert load(written(tmp_path / "env.json")).classifier.pretrained_path is None


def test_words_override_the_file(tmp_path: Path) -> None:
    """As with LeRobot's commands."""
    words = [
        "--env.processor.reward_classifier.pretrained_path=outputs/d",
        "--reward_stage.consecutive_frames=3",
    ]
    config = load(written(tmp_path / "env.json"), words)
    assert config.classifier.pretrained_path == Path("outputs/d")
    assert config.stage.consecutive_frames == 3


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("--env.processor.reward_classifier.success_threshold=1.5", "between 0 and 1, got 1.5"),
        (
            "--env.processor.reward_classifier.success_reward=NaN",
            "success_reward: must be a number",
        ),
        ("--reward_stage.consecutive_frames=0", "must be 1 or more, got 0"),
        (
            "--env.processor.reward_classifier.treshold=0.5",
            "unknown key 'env.processor.reward_classifier.treshold'",
        ),
        (
            '--env.processor.reward_classifier={"pretrained_path": 3, "success_reward": []}',
            "2 mistakes: (1) --env.processor.reward_classifier=",
        ),
        ("--reward_stge.consecutive_frames=3", "(did you mean 'reward_stage'?)"),
        ("--env.processor.reset.terminate_on_sucess=false", "env.processor.reset.terminate_on_s"),
        ("--reward_stage=3", "reward_stage: expected a block of keys, got 3"),
    ],
)
def test_what_cannot_be_meant_is_one_line(tmp_path: Path, word: str, said: str) -> None:
    """With the word, where its key is at fault, or the file, and what is accepted."""
    with pytest.raises(ConfigError) as error:
        load(written(tmp_path / "env.json"), [word])
    assert said in str(error.value)
    assert str(error.value).startswith((f"{word}: ", f"{tmp_path / 'env.json'}: "))
