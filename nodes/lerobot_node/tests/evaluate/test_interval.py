"""Wilson's interval and McNemar's exact test against published values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lerobot_node.evaluate.interval import paired_p, wilson


@pytest.mark.parametrize(
    ("successes", "trials", "confidence", "low", "high"),
    [
        (50, 50, 0.95, 0.9287, 1.0),
        (0, 50, 0.95, 0.0, 0.0713),
        (8, 10, 0.95, 0.4902, 0.9433),
        (8, 10, 0.99, 0.4008, 0.9599),  # by hand, from z = 2.5758
        (40, 50, 0.95, 0.6696, 0.8876),
        (0, 1, 0.95, 0.0, 0.7935),
        (0, 0, 0.95, 0.0, 1.0),
    ],
)
def test_the_interval_is_wilsons(
    successes: int, trials: int, confidence: float, low: float, high: float
) -> None:
    """To four digits; also where none, all, or nobody succeeded: others say plus or minus zero."""
    assert wilson(successes, trials, confidence) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 1_000), st.data())
def test_the_interval_lies_around_the_rate_and_within_zero_and_one(
    trials: int, data: st.DataObject
) -> None:
    """For any count."""
    successes = data.draw(st.integers(0, trials))
    low, high = wilson(successes, trials)
    assert 0.0 <= low <= successes / trials + 1e-12
    assert successes / trials - 1e-12 <= high <= 1.0
    assert low < high


@pytest.mark.parametrize(
    ("first_only", "second_only", "p"),
    [
        (0, 0, 1.0),
        (5, 5, 1.0),
        (0, 5, 0.0625),
        (1, 9, 0.021484),
        (9, 1, 0.021484),
        (6, 16, 0.052479),  # Fay, exact2x2: by hand from the binomial distribution
    ],
)
def test_the_test_of_paired_successes_is_mcnemars_exact_one(
    first_only: int, second_only: int, p: float
) -> None:
    """Two-sided; of what both solve, or neither, nothing follows."""
    assert paired_p(first_only, second_only) == pytest.approx(p, abs=5e-7)
