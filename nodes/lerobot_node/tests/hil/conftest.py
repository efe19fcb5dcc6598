"""LeRobot's learner as it was before."""

from collections.abc import Iterator

import pytest
from lerobot.rl import learner

from lerobot_node.encoder import stored_features
from lerobot_node.hil import lean_updates
from lerobot_node.hil.replay_buffer import WholeReplayBuffer


@pytest.fixture
def restored_learner() -> Iterator[None]:
    """Undo, afterwards, what was put right."""
    before = dict(vars(learner))
    yield
    vars(learner).update(before)
    WholeReplayBuffer.encoder = None
    WholeReplayBuffer.n_step, WholeReplayBuffer.discount = 1, 1.0
    stored_features.EXCHANGE.undo()
    lean_updates.EXCHANGE.undo()
