"""LeRobot's networks on features that are stored, where it would encode pictures again.

LeRobot's SAC takes features of its own accord (`observation_feature`), once for each batch, from
`get_cached_image_features`: the one place where pictures become features, for the actor's action
and for every update alike. Here it returns the features that came with the observation.
"""

import torch
from lerobot.policies.gaussian_actor.modeling_gaussian_actor import (
    GaussianActorObservationEncoder,
    SpatialLearnedEmbeddings,
)

from lerobot_node.encoder.frozen import PREFIX

type _Observation = dict[str, torch.Tensor]

_stock_features = GaussianActorObservationEncoder.get_cached_image_features


def use_stored_features() -> None:
    """Let features that come with an observation stand for its pictures, in this process."""
    GaussianActorObservationEncoder.get_cached_image_features = _features
    SpatialLearnedEmbeddings.forward = _embed


def _features(encoder: GaussianActorObservationEncoder, seen: _Observation) -> _Observation:
    # encoded.<digest>.<column of the picture>
    stored = {key.split(".", 2)[2]: key for key in seen if key.startswith(f"{PREFIX}.")}
    if not stored:
        found: _Observation = _stock_features(encoder, seen)
        return found
    return {key: seen[stored[key]].float() for key in encoder.image_keys}


def _embed(embedding: SpatialLearnedEmbeddings, features: torch.Tensor) -> torch.Tensor:
    """Return float32[batch, channels * n] of float32[batch, channels, height, width].

    LeRobot multiplies every feature with every kernel and adds up afterwards: batch x channels x
    height x width x n numbers in between, for the same result. The kernels come first, because a
    product whose last dimension is the batch takes a CPU a third of the time.
    """
    kernels = embedding.kernel.flatten(1, 2).transpose(1, 2)
    maps = features.flatten(2).permute(1, 2, 0)
    # In LeRobot's order in memory too: it decides which numbers a dropout takes.
    return torch.bmm(kernels, maps).permute(2, 0, 1).flatten(1).contiguous()
