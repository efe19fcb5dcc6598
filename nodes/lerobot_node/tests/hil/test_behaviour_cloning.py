"""People's actions in the actor's loss."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from lerobot.policies import make_policy
from lerobot.rl.algorithms.factory import make_algorithm
from lerobot.rl.algorithms.sac.sac_algorithm import SACAlgorithm

from lerobot_node.hil.behaviour_cloning import BehaviourCloning
from lerobot_node.hil.lean_updates import _actor_loss
from lerobot_node.hil.train_config import load

CONFIG = Path(__file__).parents[4] / "configs/train_gym_hil_state.json"
ROWS = 6


@pytest.fixture(autouse=True)
def set_back() -> Iterator[None]:
    """Leave LeRobot's own loss behind."""
    yield
    BehaviourCloning.weight, BehaviourCloning.shown = 0.0, 0


def batch_of(meant: torch.Tensor, **info: Any) -> dict[str, Any]:
    """Return actions that are half a unit beside the policy's, with a gripper's class behind."""
    gripper = torch.ones(len(meant), 1)
    return {"action": torch.cat([torch.tanh(meant) + 0.5, gripper], 1), "complementary_info": info}


def test_the_rows_of_the_second_buffer_are_peoples() -> None:
    """Those at the end, as LeRobot mixes them: half of a batch of 64."""
    config = load(CONFIG)
    BehaviourCloning.set_up(config, 0.1)
    assert BehaviourCloning.shown == config.batch_size // 2
    BehaviourCloning.shown = 2
    means = torch.zeros(ROWS, 3)
    batch = batch_of(means)
    batch["action"][: ROWS - 2] = 9.0
    assert BehaviourCloning.loss(means, batch).item() == pytest.approx(0.1 * 0.25)


def test_without_that_buffer_a_rows_own_flag_counts() -> None:
    """Where nobody has driven in a batch, nothing is added."""
    config = load(CONFIG)
    config.dataset = None
    BehaviourCloning.set_up(config, 1.0)
    means = torch.zeros(ROWS, 3)
    flags = torch.tensor([0, 1, 0, 0, 1, 0])
    batch = batch_of(means, is_intervention=flags)
    batch["action"][flags == 0] = 9.0
    assert BehaviourCloning.loss(means, batch).item() == pytest.approx(0.25)
    nobody = batch_of(means, is_intervention=torch.zeros(ROWS))
    assert BehaviourCloning.loss(means, nobody).item() == 0.0
    assert BehaviourCloning.loss(means, batch_of(means)).item() == 0.0


def test_gradients_draw_the_mean_towards_what_was_done() -> None:
    """Above it: the mean rises."""
    BehaviourCloning.weight, BehaviourCloning.shown = 1.0, ROWS
    means = torch.zeros(ROWS, 3, requires_grad=True)
    BehaviourCloning.loss(means, batch_of(means.detach())).backward()  # type: ignore[no-untyped-call]
    assert means.grad is not None
    assert (means.grad < 0).all()


@pytest.mark.parametrize("weight", [0.0, 0.1])
def test_with_a_weight_of_zero_the_loss_is_lerobots(weight: float) -> None:
    """The same number from the same draw; with another weight it is a larger one."""
    config = load(CONFIG)
    torch.manual_seed(0)
    algorithm = make_algorithm(
        cfg=config.algorithm, policy=make_policy(cfg=config.policy, env_cfg=config.env)
    )
    state = {
        name: torch.randn(ROWS, *feature.shape)
        for name, feature in config.policy.input_features.items()
    }
    batch = {"state": state, "action": torch.full((ROWS, 4), 0.9)}
    BehaviourCloning.weight, BehaviourCloning.shown = weight, ROWS
    torch.manual_seed(1)
    ours = _actor_loss(algorithm, batch).item()
    torch.manual_seed(1)
    stock = SACAlgorithm._compute_loss_actor(algorithm, batch).item()
    assert (ours == pytest.approx(stock)) is (weight == 0.0)
    assert ours >= stock - 1e-6
