"""What an update leaves out or draws in another way is what LeRobot and torch do."""

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from lerobot.policies import make_policy
from lerobot.rl.algorithms.factory import make_algorithm
from lerobot.rl.algorithms.sac.sac_algorithm import SACAlgorithm

from lerobot_node.hil.lean_updates import EXCHANGE, dropped, pools
from lerobot_node.hil.train_config import load

CONFIG = Path(__file__).parents[4] / "configs/train_gym_hil_state.json"
STOCK_OPTIMIZERS = SACAlgorithm.make_optimizers_and_scheduler


@pytest.fixture
def lean() -> Iterator[None]:
    """Exchange the functions for one test."""
    EXCHANGE.make()
    yield
    EXCHANGE.undo()


def test_a_dropout_takes_its_share_and_keeps_the_mean() -> None:
    """Of a hundred thousand, within four standard deviations; gradients go where numbers do."""
    torch.manual_seed(0)
    features = torch.ones(1000, 101, requires_grad=True)
    found = dropped(torch.nn.Dropout(0.1), features)
    found.sum().backward()  # type: ignore[no-untyped-call]
    gone = found == 0
    assert gone.float().mean().item() == pytest.approx(0.1, abs=0.004)
    assert sorted(set(found[~gone].tolist())) == pytest.approx([1 / 0.9])
    assert features.grad is not None
    assert torch.equal(features.grad, found.detach())
    assert not torch.equal(gone, dropped(torch.nn.Dropout(0.1), features) == 0)


def test_a_draw_leaves_the_masks_of_a_pass_that_goes_back_later() -> None:
    """The gradient goes where the features went, also where all masks were drawn anew between."""
    layer, features = torch.nn.Dropout(0.25), torch.ones(2, 7, requires_grad=True)
    pools.clear()
    found = dropped(layer, features)
    pools[0.25, 7]._left = 0
    dropped(layer, torch.ones(2, 7))
    (gradient,) = torch.autograd.grad(found.sum(), features)
    assert torch.equal(gradient, found.detach())


def test_a_policy_that_acts_drops_nothing() -> None:
    """As with torch's own."""
    features = torch.rand(3, 5)
    assert torch.equal(dropped(torch.nn.Dropout(0.5).eval(), features), features)


@pytest.mark.usefixtures("lean")
def test_adam_in_one_call_takes_the_same_steps() -> None:
    """Three of them with the weights of the preset from states, beside LeRobot's Adam."""
    config = load(CONFIG)
    torch.manual_seed(0)
    algorithm = make_algorithm(
        cfg=config.algorithm, policy=make_policy(cfg=config.policy, env_cfg=config.env)
    )
    stock = copy.deepcopy(algorithm)
    STOCK_OPTIMIZERS(stock)
    algorithm.make_optimizers_and_scheduler()
    for _ in range(3):
        for name, lean_adam in algorithm.optimizers.items():
            groups = zip(lean_adam.param_groups, stock.optimizers[name].param_groups, strict=True)
            for ours, theirs in groups:
                for weights, others in zip(ours["params"], theirs["params"], strict=True):
                    weights.grad = torch.randn_like(weights)
                    others.grad = weights.grad.clone()
            lean_adam.step()
            stock.optimizers[name].step()
    assert algorithm.optimizers["critic"].param_groups[0]["fused"]
    for name, expected in stock.state_dict().items():
        torch.testing.assert_close(algorithm.state_dict()[name], expected, msg=name)
