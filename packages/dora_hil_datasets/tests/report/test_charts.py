"""Coordinates of the report's drawings."""

import numpy as np

from dora_hil_datasets.report.charts import MAX_POINTS, histogram, polylines, runs


def test_the_low_end_is_drawn_at_the_bottom_and_the_high_end_at_the_top() -> None:
    """SVG counts y downwards."""
    assert polylines(np.array([0.0, 2.0, 1.0]), low=0.0, high=2.0) == ["0,100.0 1,0.0 2,50.0"]


def test_a_line_is_interrupted_where_it_is_not_finite() -> None:
    """One `points` attribute stands for each piece."""
    values = np.array([0.0, 1.0, np.nan, 1.0, 0.0])
    assert polylines(values, low=0.0, high=1.0) == ["0,100.0 1,0.0", "3,0.0 4,100.0"]


def test_a_line_that_never_moves_is_drawn_in_the_middle() -> None:
    """It has no range to be scaled by."""
    assert polylines(np.array([3.0, 3.0]), low=3.0, high=3.0) == ["0,50.0 1,50.0"]


def test_a_long_line_is_thinned_but_keeps_its_last_frame() -> None:
    """An hour of frames would make a page of megabytes."""
    (line,) = polylines(np.zeros(100_001), low=-1.0, high=1.0)
    points = line.split()
    assert len(points) <= MAX_POINTS + 1
    assert points[-1].startswith("100000,")


def test_runs_are_the_stretches_in_which_a_flag_is_true() -> None:
    """Each is its first frame and its length, at the ends of the episode too."""
    assert runs(np.array([True, True, False, True])) == [(0, 2), (3, 1)]


def test_a_flag_that_is_never_true_has_no_runs() -> None:
    """Nothing is drawn then."""
    assert runs(np.zeros(3, dtype=bool)) == []


def test_the_highest_bar_of_a_histogram_is_100() -> None:
    """Its height is a share of the drawing's."""
    assert histogram(np.array([0.0, 0.0, 1.0]), bins=2) == [100.0, 50.0]


def test_a_histogram_leaves_out_what_is_not_finite() -> None:
    """A NaN has no place on the axis."""
    assert histogram(np.array([0.0, 1.0, np.nan, np.inf]), bins=2) == [100.0, 100.0]


def test_a_histogram_of_nothing_finite_is_empty() -> None:
    """It is drawn without bars."""
    assert histogram(np.array([np.nan]), bins=3) == [0.0, 0.0, 0.0]
