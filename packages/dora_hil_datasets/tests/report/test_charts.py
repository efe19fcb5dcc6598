"""Coordinates of the report's drawings."""

import numpy as np
import pytest

from dora_hil_datasets.report.charts import MAX_POINTS, histogram, polylines, runs


@pytest.mark.parametrize(
    ("values", "high", "lines"),
    [
        ([0.0, 2.0, 1.0], 2.0, ["0,100.0 1,0.0 2,50.0"]),
        ([0.0, 1.0, np.nan, 1.0, 0.0], 1.0, ["0,100.0 1,0.0", "3,0.0 4,100.0"]),
        ([0.0, 0.0], 0.0, ["0,50.0 1,50.0"]),
    ],
)
def test_a_line_runs_from_the_bottom_to_the_top(
    values: list[float], high: float, lines: list[str]
) -> None:
    """SVG counts y downwards.

    It is interrupted where it is not finite, and in the middle where it has no range.
    """
    assert polylines(np.array(values), low=0.0, high=high) == lines


def test_a_long_line_is_thinned_but_keeps_its_last_frame() -> None:
    """An hour of frames would make a page of megabytes."""
    (line,) = polylines(np.zeros(100_001), low=-1.0, high=1.0)
    points = line.split()
    assert len(points) <= MAX_POINTS + 1
    assert points[-1].startswith("100000,")


def test_runs_are_the_stretches_in_which_a_flag_is_true() -> None:
    """Each is its first frame and its length, at the ends of the episode too."""
    assert runs(np.array([True, True, False, True])) == [(0, 2), (3, 1)]
    assert runs(np.zeros(3, dtype=bool)) == []


@pytest.mark.parametrize(
    ("values", "bars"),
    [
        ([0.0, 0.0, 1.0], [100.0, 50.0]),
        ([0.0, 1.0, np.nan, np.inf], [100.0, 100.0]),
        ([np.nan], [0.0, 0.0]),
    ],
)
def test_the_highest_bar_of_a_histogram_is_100(values: list[float], bars: list[float]) -> None:
    """Its height is a share of the drawing's; what is not finite has no place on the axis."""
    assert histogram(np.array(values), bins=2) == bars
