"""Ranges of dimensions, and what looks wrong about them."""

import numpy as np
import pytest

from dora_hil_datasets.report.ranges import dimension_ranges


def _warning(values: list[float]) -> str:
    (measured,) = dimension_ranges(["x_m"], np.array(values))
    return measured.warning


def test_each_dimension_is_measured_by_itself() -> None:
    """The columns of a matrix are the dimensions."""
    first, second = dimension_ranges(["x_m", "y_m"], np.array([[0.0, 4.0], [1.0, 6.0]]))
    assert (first.name, first.low, first.high, first.mean) == ("x_m", 0.0, 1.0, 0.5)
    assert (second.name, second.low, second.high, second.std) == ("y_m", 4.0, 6.0, 1.0)


def test_what_is_not_finite_does_not_count() -> None:
    """One NaN must not hide the range of all the rest."""
    (measured,) = dimension_ranges(["x_m"], np.array([0.0, np.nan, 2.0, np.inf]))
    assert (measured.low, measured.high, measured.mean) == (0.0, 2.0, 1.0)


def test_a_dimension_that_never_moves_is_warned_about() -> None:
    """An action that is constant teaches nothing."""
    assert _warning([0.3] * 5) == "never moves"


def test_a_dimension_without_a_finite_number_is_warned_about() -> None:
    """It has no range at all."""
    assert _warning([np.nan, np.nan]) == "never finite"


def test_a_dimension_that_is_mostly_at_one_end_is_warned_about() -> None:
    """It is saturated: the arm leans against the limit of its workspace."""
    assert _warning([0.0, 0.2, 0.4, 1.0, 1.0, 1.0, 1.0]) == "at its maximum in 57% of the frames"


def test_a_dimension_in_the_middle_of_its_range_is_fine() -> None:
    """Most are."""
    assert _warning([0.0, 0.4, 0.5, 0.5, 0.6, 1.0]) == ""


@pytest.mark.parametrize("values", [[0.0, 1.0, 1.0, 1.0], [-1.0, 0.0, 1.0, 1.0, 1.0]])
def test_a_switch_is_not_saturated(values: list[float]) -> None:
    """A gripper or a key has few values, and is at an end of them always."""
    assert _warning(values) == ""
