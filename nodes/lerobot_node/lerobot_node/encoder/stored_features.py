"""LeRobot's networks on features that are stored, where it would encode pictures again.

LeRobot's SAC takes features of its own accord (`observation_feature`), once for each batch, from
`get_cached_image_features`: the one place where pictures become features, for the actor's action
and for every update alike. Here it returns the features that came with the observation.
"""

from collections import deque

import torch
from lerobot.policies.gaussian_actor.modeling_gaussian_actor import (
    GaussianActorObservationEncoder,
    SpatialLearnedEmbeddings,
)

from lerobot_node.encoder.embedding import embedded
from lerobot_node.encoder.frozen import PREFIX
from lerobot_node.exchange import Exchange

type _Observation = dict[str, torch.Tensor]

_stock_features = GaussianActorObservationEncoder.get_cached_image_features


def _features(encoder: GaussianActorObservationEncoder, seen: _Observation) -> _Observation:
    # encoded.<digest>.<column of the picture>
    stored = {key.split(".", 2)[2]: key for key in seen if key.startswith(f"{PREFIX}.")}
    if not stored:
        found: _Observation = _stock_features(encoder, seen)
        return found
    return {key: seen[stored[key]].float() for key in encoder.image_keys}


def _embed(embedding: SpatialLearnedEmbeddings, features: torch.Tensor) -> torch.Tensor:
    """Make a product where LeRobot adds up; of features that it has just seen, none.

    Several networks look at one batch through the same weights, before and after a dropout of
    their own.
    """
    kernel = embedding.kernel
    if torch.is_inference_mode_enabled() or (torch.is_grad_enabled() and kernel.requires_grad):
        return embedded(kernel, features)
    newest = embedding.__dict__.setdefault("newest", deque(maxlen=2))
    for seen, version, known in newest:
        if seen is features and version == kernel._version:
            return torch.as_tensor(known)
    found = embedded(kernel, features)
    newest.append((features, kernel._version, found))
    return found


EXCHANGE = Exchange(
    (GaussianActorObservationEncoder, "get_cached_image_features", _features),
    (SpatialLearnedEmbeddings, "forward", _embed),
)
"""What lets features that come with an observation stand for its pictures."""
