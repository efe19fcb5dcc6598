"""LeRobot's learner as it was before."""

from collections.abc import Iterator

import pytest
from lerobot.rl import learner


@pytest.fixture
def restored_learner() -> Iterator[None]:
    """Undo, afterwards, what was put right."""
    before = dict(vars(learner))
    yield
    vars(learner).update(before)
