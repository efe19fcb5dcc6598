"""LeRobot's RL training config."""

import re
from pathlib import Path

import pytest

from dora_hil.config import ConfigError
from lerobot_node.hil.train_config import load

CONFIGS = sorted((Path(__file__).parents[4] / "configs").glob("train_gym_hil_*.json"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_a_shipped_config_is_one_of_lerobots(path: Path) -> None:
    """Learner and actor read the same file."""
    config = load(path)
    assert config.policy.type == "gaussian_actor"
    assert config.algorithm.type == "sac"
    assert config.algorithm.policy_config is config.policy
    # The actor's and the learner's gripper networks have to be of one size.
    kwargs = config.policy.discrete_critic_network_kwargs
    assert kwargs == config.algorithm.discrete_critic_network_kwargs
    # Critics see actions as they were executed.
    assert config.policy.dataset_stats["action"] == {"min": [-1] * 3, "max": [1] * 3}
    # The penalty of the gripper counts in all updates but the last.
    assert config.algorithm.utd_ratio >= 2


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("--policy.devise=cpu", "devise"),
        ("--batch_size=many", "batch_size|many"),
        ("--policy.type=act", "gaussian_actor"),
    ],
)
def test_what_lerobot_does_not_accept_is_one_line(word: str, says: str) -> None:
    """With the file's name."""
    with pytest.raises(ConfigError) as error:
        load(CONFIGS[0], [word])
    assert str(error.value).startswith(str(CONFIGS[0]))
    assert re.search(says, str(error.value))
    assert "\n" not in str(error.value)


def test_the_command_line_has_the_last_word() -> None:
    """`device` is one field."""
    config = load(CONFIGS[0], ["--policy.online_steps=7", "--seed=3"])
    assert (config.policy.online_steps, config.seed) == (7, 3)
