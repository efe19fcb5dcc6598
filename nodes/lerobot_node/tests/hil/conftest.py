"""LeRobot's learner as it was before."""

from collections.abc import Iterator

import pytest
from lerobot.policies.gaussian_actor.modeling_gaussian_actor import (
    GaussianActorObservationEncoder,
    SpatialLearnedEmbeddings,
)
from lerobot.rl import learner

from lerobot_node.hil.replay_buffer import WholeReplayBuffer


@pytest.fixture
def restored_learner() -> Iterator[None]:
    """Undo, afterwards, what was put right."""
    before = dict(vars(learner))
    features = GaussianActorObservationEncoder.get_cached_image_features
    embed = SpatialLearnedEmbeddings.forward
    yield
    vars(learner).update(before)
    WholeReplayBuffer.encoder = None
    GaussianActorObservationEncoder.get_cached_image_features = features
    SpatialLearnedEmbeddings.forward = embed
