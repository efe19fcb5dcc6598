"""The policy that acts and is saved: a running mean of the weights that were learned.

The weights that SAC learns swing: of 100 unseen blocks a policy from cameras lifted 59, and the
mean of its weights from the 750 updates before that lifted all of them (docs/results.md). The mean
is, on average, a tenth of all updates old. Learning goes on with the weights themselves, which
stand in a checkpoint beside it.
"""

import copy
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from dora_hil.config import ConfigError
from dora_hil.errors import one_line

LEARNED: Final = "learned_policy.safetensors"
_SHARE: Final = 10
"""The mean is one part in so many of all updates old."""


def begin(algorithm: Any, updates: int = 0, checkpoint: Path | None = None) -> None:
    """Average from here on: what acts, is sent to actors and is saved is the mean.

    Args:
        algorithm: with the policy as a checkpoint has it.
        updates: how many there have been.
        checkpoint: folder with the weights that learning goes on with; None where a training
            begins. A checkpoint of an earlier version has none: it goes on with its policy.

    Raises:
        ConfigError: those weights cannot be read, or are of another network.
    """
    algorithm.average = _Average(algorithm.policy, updates)
    learn, weights = algorithm.update, algorithm.get_weights

    def update(batches: Any) -> Any:
        stats = learn(batches)
        algorithm.average.take_in()
        return stats

    def get_weights() -> Any:
        learned, algorithm.policy = algorithm.policy, acting(algorithm)
        try:
            return weights()
        finally:
            algorithm.policy = learned

    algorithm.update, algorithm.get_weights = update, get_weights
    path = None if checkpoint is None else checkpoint / LEARNED
    if path is not None and path.is_file():
        try:
            learned = load_file(path, device=str(next(algorithm.policy.parameters()).device))
        except (OSError, SafetensorError) as error:
            raise ConfigError(f"{path}: cannot be read: {one_line(error)}") from None
        if set(learned) != {name for name, _ in _learned(algorithm.policy)}:
            raise ConfigError(
                f"{path}: has other weights than the policy that is to learn; go on with the same "
                "policy.freeze_vision_encoder and network"
            )
        with torch.no_grad():
            for name, parameter in _learned(algorithm.policy):
                parameter.copy_(learned[name])


def acting(algorithm: Any) -> Any:
    """Return the policy that acts: the mean, where there is one."""
    average = getattr(algorithm, "average", None)
    return algorithm.policy if average is None else average.policy()


def save_learned(algorithm: Any, folder: Path) -> None:
    """Write the weights themselves, without those of a frozen encoder."""
    weights = {name: tensor.detach().contiguous() for name, tensor in _learned(algorithm.policy)}
    save_file(weights, folder / LEARNED)


def _learned(policy: torch.nn.Module) -> list[tuple[str, torch.nn.Parameter]]:
    return [(name, weights) for name, weights in policy.named_parameters() if weights.requires_grad]


class _Average:
    """A copy of a policy whose weights follow; a frozen encoder's, which stay, cost no update."""

    def __init__(self, learned: torch.nn.Module, updates: int) -> None:
        self._from, self._mean, self._updates = learned, copy.deepcopy(learned), updates
        self._weights: list[torch.Tensor] = [weights for _, weights in _learned(learned)]
        self._means: list[torch.Tensor] = [weights for _, weights in _learned(self._mean)]

    @torch.no_grad()
    def take_in(self) -> None:
        share = _SHARE / (_SHARE + self._updates)
        torch._foreach_lerp_(self._means, self._weights, share)
        self._updates += 1

    @torch.no_grad()
    def policy(self) -> torch.nn.Module:
        """Return the copy, with statistics of batch norms as they are now."""
        for mean, now in zip(self._mean.buffers(), self._from.buffers(), strict=True):
            mean.copy_(now)
        return self._mean
