"""What the hand-over goes by."""

import pytest

from leader_node.hand_over_rules import HandOverRules


@pytest.mark.parametrize("name", ["speed_deg_s", "agree_within_deg", "push_by_deg"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_a_rule_that_cannot_be_kept_is_refused(name: str, value: float) -> None:
    """By its name."""
    with pytest.raises(ValueError, match=name):
        HandOverRules(**{name: value})  # type: ignore[arg-type]
