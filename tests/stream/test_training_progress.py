"""How well a policy does while it trains, as text."""

import pytest

from dora_hil.stream.codec import MessageError
from dora_hil.stream.training_progress import CurvePoint, TrainingProgress


def test_what_is_said_arrives_as_it_was() -> None:
    """Also what nobody knows: a stock learner's updates, weights that never came."""
    points = (CurvePoint(70, 0.0, 0.25), CurvePoint(140, 0.5, 0.125, 3, 300, 1.5))
    sent = TrainingProgress(1000, 2, success=True, helped=True, curve=points)
    assert TrainingProgress.from_json(sent.to_json()) == sent


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "metadata 'training': Invalid JSON"),
        ('{"target_steps": "many"}', "metadata 'training.target_steps': Input should be a valid"),
        ('{"target_steps": 9, "curve": [[1]]}', "'training.curve.0.1': Field required"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(text: str, reason: str) -> None:
    """By a partner's node; it names the place."""
    with pytest.raises(MessageError, match=reason) as error:
        TrainingProgress.from_json(text)
    assert "\n" not in str(error.value)
