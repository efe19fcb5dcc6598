"""Seconds of training."""

import numpy as np
import pytest

from dora_hil_datasets.curves.training_time import TrainingTime


@pytest.mark.parametrize(
    ("began_s", "seen_s", "clock_s", "lasted_s"),
    [
        ([1000.0], [1010.0, 1020.0], [1000.0, 1010.0, 1020.0], [0.0, 10.0, 20.0]),
        # A learner may have begun earlier.
        ([1000.0], [1010.0], [990.0], [0.0]),
        # The night between two sessions: the second goes on where the first was last heard of.
        (
            [0.0, 30_000.0],
            [10.0, 20.0, 30_005.0],
            [20.0, 25_000.0, 30_000.0, 30_005.0],
            [20.0, 20.0, 20.0, 25.0],
        ),
        # An actor that ended before its first episode did.
        ([0.0, 100.0, 200.0], [50.0, 210.0], [50.0, 210.0], [50.0, 60.0]),
    ],
)
def test_time_counts_while_something_is_heard_of_a_session(
    began_s: list[float], seen_s: list[float], clock_s: list[float], lasted_s: list[float]
) -> None:
    """From the first one's beginning on."""
    assert TrainingTime(began_s, seen_s).at(np.array(clock_s)).tolist() == lasted_s


def test_a_clock_that_was_set_back_does_not_turn_time_around() -> None:
    """The session that follows seems to begin before the one before it."""
    time = TrainingTime([1000.0, 900.0], [1010.0, 1020.0, 1030.0])
    elapsed_s = time.at(np.array([1000.0, 1010.0, 1030.0]))
    assert (np.diff(elapsed_s) >= 0).all()
    assert elapsed_s[-1] <= 30.0
