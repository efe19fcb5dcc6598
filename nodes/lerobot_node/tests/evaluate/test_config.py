"""What an evaluation config may say."""

import json
from pathlib import Path
from typing import Any

import pytest

from dora_hil.config import ConfigError
from dora_hil.stream.actions import ActionSpace
from lerobot_node.evaluate.config import EvalConfig, Inference, Video, load

ROOT = Path(__file__).parents[4]


def read(tmp_path: Path, *overrides: str, **keys: Any) -> EvalConfig:
    """Load a config that holds `keys`, and a policy's path."""
    path = tmp_path / "eval.json"
    path.write_text(json.dumps({"policy": {"path": "a/policy"}, **keys}))
    return load(path, overrides)


def test_the_shipped_config_says_what_the_defaults_say() -> None:
    """Save for the policy."""
    config = load(ROOT / "configs/example_gym_hil_eval.json")
    assert config == EvalConfig(config.policy)


def test_seeds_count_on_from_the_first_or_are_listed(tmp_path: Path) -> None:
    """One for each episode, in their order."""
    assert read(tmp_path, seed=20, eval={"n_episodes": 3}).seeds == (20, 21, 22)
    assert read(tmp_path, "--eval.seeds=[5,3,5]", seed=20).seeds == (5, 3, 5)


def test_every_key_of_the_policy_but_its_path_is_passed_on(tmp_path: Path) -> None:
    """To be checked against the policy's own config."""
    config = read(tmp_path, "--policy.n_action_steps=5", "--policy.device=cuda")
    assert config.policy_overrides == {"n_action_steps": 5, "device": "cuda"}


def test_choices_are_read_by_their_name(tmp_path: Path) -> None:
    """On the command line."""
    words = ["--inference=async", "--eval.video=all", "--action_space=ee_delta"]
    config = read(tmp_path, *words)
    assert config.inference is Inference.ASYNC
    assert config.eval.video is Video.ALL
    assert config.action_space is ActionSpace.EE_DELTA


def test_an_evaluation_can_be_recorded(tmp_path: Path) -> None:
    """By the recorder's own block."""
    config = read(tmp_path, "--dataset.root=outputs/eval/it")
    assert config.dataset is not None
    assert config.dataset.root == Path("outputs/eval/it")


@pytest.mark.parametrize("policy", [{}, {"path": ""}, {"path": None}, {"path": 3}])
def test_a_missing_path_of_the_policy_is_one_line_that_shows_how_to_give_it(
    tmp_path: Path, policy: dict[str, Any]
) -> None:
    """Nothing can be evaluated without."""
    with pytest.raises(ConfigError, match=r"policy\.path is missing: --policy\.path=outputs/train"):
        read(tmp_path, policy=policy)


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("--seed=-1", "seed must be 0 or more"),
        ("--eval.n_episodes=0", "eval: n_episodes must be 1 to 1000000, got 0"),
        ("--eval.n_corrections=0", "eval: n_corrections must be 1 or more, or null, got 0"),
        ("--eval.seeds=[]", "eval: seeds must be numbers of 0 or more"),
        ("--eval.seeds=[4,-1]", "eval: seeds must be numbers of 0 or more"),
        ("--eval.video=some", "eval.video: Input should be 'none', 'failures' or 'all'"),
        ("--inference=fast", "inference: Input should be 'sync', 'async' or 'rtc'"),
        ("--action_space=pixels", "action_space: Input should be 'ee_delta', 'ee_absolute'"),
        ("--eval.episodes=5", "unknown key 'eval.episodes'; accepted here: n_episodes, seeds"),
    ],
)
def test_a_bad_value_is_one_line(tmp_path: Path, override: str, says: str) -> None:
    """With the key, and what is accepted."""
    with pytest.raises(ConfigError, match=says) as error:
        read(tmp_path, override)
    assert "\n" not in str(error.value)
