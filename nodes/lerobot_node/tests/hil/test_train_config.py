"""LeRobot's RL training config."""

import re
from pathlib import Path

import pytest
from transformers import ResNetConfig, ResNetModel

from dora_hil.config import ConfigError
from lerobot_node.hil.policy import LearningPolicy
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


PIXELS = CONFIGS[0].with_name("train_gym_hil_env.json")


def test_an_encoder_that_would_never_be_trained_is_refused() -> None:
    """LeRobot freezes by default, also weights that are random."""
    with pytest.raises(ConfigError, match="random weights would never be trained"):
        load(PIXELS, ["--policy.vision_encoder_name=null"])


def test_an_encoder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    """With the name that was given."""
    with pytest.raises(ConfigError, match=f"vision_encoder_name {tmp_path} is neither") as error:
        load(PIXELS, [f"--policy.vision_encoder_name={tmp_path}"])
    assert "\n" not in str(error.value)


def test_an_encoder_comes_from_a_folder_without_a_network(tmp_path: Path) -> None:
    """As with LeRobot's ResNet-10 once it is downloaded; frozen, it is not trained."""
    shape = {
        "embedding_size": 8,
        "hidden_sizes": [8, 8, 8, 8],
        "depths": [1, 1, 1, 1],
        "layer_type": "basic",
    }
    model = ResNetModel(ResNetConfig.from_dict(shape))  # type: ignore[no-untyped-call]
    model.save_pretrained(tmp_path)
    words = [f"--policy.vision_encoder_name={tmp_path}", "--policy.freeze_vision_encoder=true"]
    made = LearningPolicy(load(PIXELS, ["--policy.device=cpu", *words]))
    encoder = made._policy.actor.encoder.image_encoder
    assert not any(weight.requires_grad for weight in encoder.parameters())
    assert any(weight.requires_grad for weight in made._policy.actor.encoder.parameters())
