"""LeRobot's SAC updates without what nobody uses; the same numbers, a third of the time less.

How much a policy learns in a minute is how many updates a laptop's core can make.
"""

from functools import partial
from typing import Any

import numpy as np
import torch
from lerobot.rl.algorithms.sac.sac_algorithm import SACAlgorithm

from lerobot_node.exchange import Exchange
from lerobot_node.hil.behaviour_cloning import BehaviourCloning
from lerobot_node.hil.transitions import SHOWN

_stock_optimizers = SACAlgorithm.make_optimizers_and_scheduler
_stock_forward_batch = SACAlgorithm._prepare_forward_batch


def dropped(layer: torch.nn.Dropout, features: torch.Tensor) -> torch.Tensor:
    """Return what torch's dropout does, with masks out of a pool.

    On a CPU torch draws each number anew, which takes a fifth of an update's time.
    """
    if not layer.training or features.device.type != "cpu":
        return torch.nn.functional.dropout(features, layer.p, layer.training)
    width = features.shape[-1]
    pool = pools.setdefault((layer.p, width), _Pool(layer.p, width))
    return features * pool.rows(features.numel() // width).view(features.shape)


class _Pool:
    """Rows of masks; when each has been taken a few times all are drawn anew."""

    _ROWS = 4096
    _TIMES = 4

    def __init__(self, p: float, width: int) -> None:
        self._p, self._left = p, 0
        self._masks = self._spare = torch.empty(0, width)
        # torch's own draw takes five times as long; its seed is the training's.
        self._random = np.random.Generator(np.random.SFC64(int(torch.randint(2**62, ()))))

    def rows(self, count: int) -> torch.Tensor:
        """Return float32[count, width], 0 or 1 / (1 - p), from a place that is drawn."""
        if self._left < count:
            # Those of the last draw may have a backward pass before them.
            self._masks, self._spare = self._spare, self._masks
            if len(self._masks) < count:
                self._masks = torch.empty(max(self._ROWS, count), self._masks.shape[1])
            masks = self._masks.numpy()
            drawn = self._random.integers(0, 2**16, size=masks.shape, dtype=np.uint16)
            kept = drawn >= round(self._p * 2**16)
            np.multiply(kept, np.float32(1 / (1 - self._p)), out=masks)
            self._left = self._TIMES * len(masks)
        self._left -= count
        first = int(torch.randint(len(self._masks) - count + 1, ()))
        return self._masks[first : first + count]


pools: dict[tuple[float, int], _Pool] = {}
"""Of this process, by share and width."""


def _actor_loss(algorithm: Any, batch: dict[str, Any]) -> torch.Tensor:
    """Leave out gradients of the critics: they are thrown away before the critics' next step.

    What people did is added with its weight (`BehaviourCloning`).
    """
    learned = [w for w in algorithm.critic_ensemble.parameters() if w.requires_grad]
    observations, features = batch["state"], batch.get("observation_feature")
    for weights in learned:
        weights.requires_grad_(False)
    try:
        actions, log_probs, means = algorithm.policy.actor(observations, features)
        values = algorithm._critic_forward(
            observations=observations,
            actions=actions,
            use_target=False,
            observation_features=features,
        )
        loss = (algorithm.temperature * log_probs - values.min(dim=0)[0]).mean()
    finally:
        for weights in learned:
            weights.requires_grad_(True)
    if BehaviourCloning.weight:
        loss = loss + BehaviourCloning.loss(means, batch)
    return torch.as_tensor(loss)


def _forward_batch(algorithm: Any, batch: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Tell the actor's loss who drove; LeRobot gives it nothing beside the step itself."""
    forward: dict[str, Any] = _stock_forward_batch(algorithm, batch, **options)
    forward[SHOWN] = (batch.get("complementary_info") or {}).get(SHOWN)
    return forward


def _optimizers(algorithm: Any) -> dict[str, torch.optim.Optimizer]:
    """Let Adam take its step in one call for all weights, which are looked for once."""
    made: dict[str, torch.optim.Optimizer] = _stock_optimizers(algorithm)
    for optimizer in made.values():
        for group in optimizer.param_groups:
            group |= {"fused": True, "foreach": False}
    critics = [network for pair in _critics(algorithm) for network in pair]
    for network in (algorithm.policy.actor, *critics):
        network.parameters = partial(iter, tuple(network.parameters()))
    return made


@torch.no_grad()
def _follow(algorithm: Any) -> None:
    """Let the targets follow in one call; an encoder that they share follows itself already."""
    weights = [
        (target, source)
        for following, followed in _critics(algorithm)
        for target, source in zip(following.parameters(), followed.parameters(), strict=True)
        if target is not source
    ]
    targets, sources = (list(part) for part in zip(*weights, strict=True))
    torch._foreach_lerp_(targets, sources, algorithm.config.critic_target_update_weight)


def _critics(algorithm: Any) -> list[tuple[torch.nn.Module, torch.nn.Module]]:
    """Return each target with the network that it follows."""
    pairs = [(algorithm.critic_target, algorithm.critic_ensemble)]
    if algorithm.discrete_critic_target is not None:
        pairs.append((algorithm.discrete_critic_target, algorithm.policy.discrete_critic))
    return pairs


EXCHANGE = Exchange(
    (SACAlgorithm, "_compute_loss_actor", _actor_loss),
    (SACAlgorithm, "_prepare_forward_batch", _forward_batch),
    (SACAlgorithm, "_update_target_networks", _follow),
    (SACAlgorithm, "make_optimizers_and_scheduler", _optimizers),
    (torch.nn.Dropout, "forward", dropped),
)
"""What makes updates lean."""
