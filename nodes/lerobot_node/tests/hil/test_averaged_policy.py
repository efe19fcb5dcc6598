"""What acts is a mean of the weights that were learned last."""

from pathlib import Path
from typing import Any

import pytest
import torch
from lerobot.policies import make_policy
from lerobot.rl.algorithms.factory import make_algorithm
from safetensors.torch import save_file

from dora_hil.config import ConfigError
from lerobot_node.hil import averaged_policy
from lerobot_node.hil.train_config import load

CONFIG = Path(__file__).parents[4] / "configs/train_gym_hil_state.json"


class Learner:
    """LeRobot's algorithm, whose every update adds one to all weights."""

    def __init__(self, updates: int = 0, checkpoint: Path | None = None) -> None:
        """Begin, from zeros."""
        config = load(CONFIG)
        policy = make_policy(cfg=config.policy, env_cfg=config.env)
        self.algorithm: Any = make_algorithm(cfg=config.algorithm, policy=policy)
        self.algorithm.update = self._add
        with torch.no_grad():
            for weights in policy.parameters():
                weights.zero_()
        averaged_policy.begin(self.algorithm, updates, checkpoint)

    def _add(self, _batches: object) -> str:
        with torch.no_grad():
            for weights in self.algorithm.policy.parameters():
                weights.add_(1.0)
        return "stats"

    def learn(self, updates: int) -> None:
        """Update so often."""
        for _ in range(updates):
            assert self.algorithm.update(None) == "stats"

    @property
    def learned(self) -> float:
        """Return what all weights are."""
        return float(next(self.algorithm.policy.actor.parameters()).flatten()[0])

    @property
    def sent(self) -> float:
        """Return what an actor gets."""
        weights = self.algorithm.get_weights()
        return float(next(iter(weights["policy"].values())).flatten()[0])


def test_before_there_is_an_update_nothing_is_averaged() -> None:
    """The first is taken as it is."""
    learner = Learner()
    assert learner.sent == 0.0
    learner.learn(1)
    assert learner.sent == 1.0


@pytest.mark.parametrize("updates", [200, 1000])
def test_what_acts_lies_a_tenth_of_the_updates_behind(updates: int) -> None:
    """Early on it is nearly what was learned last, later a mean over much more."""
    learner = Learner()
    learner.learn(updates)
    assert learner.learned == updates
    assert updates - learner.sent == pytest.approx(updates / 11, rel=0.1)
    assert averaged_policy.acting(learner.algorithm) is not learner.algorithm.policy


def test_learning_goes_on_with_the_weights_themselves(tmp_path: Path) -> None:
    """And the mean with where it was: a checkpoint has both."""
    learner = Learner()
    learner.learn(100)
    averaged_policy.save_learned(learner.algorithm, tmp_path)
    again = Learner(100, tmp_path)
    assert (again.learned, again.sent) == (100.0, 0.0)
    again.learn(1)
    assert again.sent == pytest.approx(101 * 10 / 110)


def test_a_checkpoint_of_an_earlier_version_goes_on_with_its_policy(tmp_path: Path) -> None:
    """It has nothing else."""
    assert Learner(100, tmp_path).learned == 0.0


def test_weights_that_cannot_be_gone_on_with_are_one_line(tmp_path: Path) -> None:
    """By their file: a damaged one, and one of another network."""
    (tmp_path / averaged_policy.LEARNED).write_bytes(b"half of it")
    with pytest.raises(ConfigError, match=r"learned_policy\.safetensors: cannot be read: "):
        Learner(100, tmp_path)
    save_file({"other": torch.zeros(1)}, tmp_path / averaged_policy.LEARNED)
    with pytest.raises(ConfigError, match="has other weights than the policy"):
        Learner(100, tmp_path)


def test_without_a_beginning_what_is_learned_acts() -> None:
    """As in LeRobot."""
    config = load(CONFIG)
    policy = make_policy(cfg=config.policy, env_cfg=config.env)
    algorithm = make_algorithm(cfg=config.algorithm, policy=policy)
    assert averaged_policy.acting(algorithm) is policy
