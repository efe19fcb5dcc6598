"""Seconds of training."""

import numpy as np

from dora_hil_datasets.curves.training_time import TrainingTime


def test_one_session_counts_from_its_beginning() -> None:
    """The clock's zero is somewhere in 1970."""
    time = TrainingTime([1000.0], [1010.0, 1020.0])
    assert time.at(np.array([1000.0, 1010.0, 1020.0])).tolist() == [0.0, 10.0, 20.0]


def test_what_came_before_the_beginning_is_at_it() -> None:
    """A learner may have begun earlier."""
    assert TrainingTime([1000.0], [1010.0]).at(np.array([990.0])).tolist() == [0.0]


def test_the_night_between_two_sessions_does_not_count() -> None:
    """The second one goes on where the first one was last heard of."""
    time = TrainingTime([0.0, 30_000.0], [10.0, 20.0, 30_005.0])
    assert time.at(np.array([20.0, 25_000.0, 30_000.0, 30_005.0])).tolist() == [20, 20, 20, 25]


def test_a_session_of_which_nothing_was_heard_does_not_count() -> None:
    """An actor that ended before its first episode did."""
    time = TrainingTime([0.0, 100.0, 200.0], [50.0, 210.0])
    assert time.at(np.array([50.0, 210.0])).tolist() == [50.0, 60.0]


def test_a_clock_that_was_set_back_does_not_turn_time_around() -> None:
    """The session that follows seems to begin before the one before it."""
    time = TrainingTime([1000.0, 900.0], [1010.0, 1020.0, 1030.0])
    elapsed_s = time.at(np.array([1000.0, 1010.0, 1030.0]))
    assert (np.diff(elapsed_s) >= 0).all()
    assert elapsed_s[-1] <= 30.0
