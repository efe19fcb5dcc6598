"""Ranges of dimensions, and what looks wrong about them."""

import numpy as np
import pytest

from dora_hil_datasets.report.ranges import dimension_ranges


def test_each_dimension_is_measured_by_itself() -> None:
    """The columns of a matrix are the dimensions."""
    first, second = dimension_ranges(["x_m", "y_m"], np.array([[0.0, 4.0], [1.0, 6.0]]))
    assert (first.name, first.low, first.high, first.mean) == ("x_m", 0.0, 1.0, 0.5)
    assert (second.name, second.low, second.high, second.std) == ("y_m", 4.0, 6.0, 1.0)


def test_what_is_not_finite_does_not_count() -> None:
    """One NaN must not hide the range of all the rest."""
    (measured,) = dimension_ranges(["x_m"], np.array([0.0, np.nan, 2.0, np.inf]))
    assert (measured.low, measured.high, measured.mean) == (0.0, 2.0, 1.0)


@pytest.mark.parametrize(
    ("values", "warning"),
    [
        ([0.3] * 5, "never moves"),
        ([np.nan, np.nan], "never finite"),
        ([0.0, 0.2, 0.4, 1.0, 1.0, 1.0, 1.0], "at its maximum in 57% of the frames"),
        ([0.0, 0.4, 0.5, 0.5, 0.6, 1.0], ""),
        ([0.0, 1.0, 1.0, 1.0], ""),
        ([-1.0, 0.0, 1.0, 1.0, 1.0], ""),
    ],
)
def test_what_looks_wrong_is_warned_about(values: list[float], warning: str) -> None:
    """A constant teaches nothing; a saturated one leans against the limit of its workspace.

    A gripper or a key has few values, and is at an end of them always.
    """
    (measured,) = dimension_ranges(["x_m"], np.array(values))
    assert measured.warning == warning
