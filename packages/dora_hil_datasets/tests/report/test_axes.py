"""The axes of the curves."""

import pytest

from dora_hil_datasets.report.axes import Axis, make_axes, units_of
from dora_hil_datasets.report.ranges import DimensionRange


def _range(name: str, low: float, high: float) -> DimensionRange:
    return DimensionRange(name, low, high, 0.0, 0.0, [], "")


def test_what_has_one_unit_is_drawn_to_one_scale() -> None:
    """That of most dimensions comes first."""
    grip = _range("gripper", 0.0, 1.0)
    arm = [_range("x", 0.3, 0.6), _range("y", -0.2, 0.2), _range("z", 0.0, 0.4)]
    assert make_axes([*arm, grip]) == [
        Axis("m", -0.2, 0.6, (0, 1, 2)),
        Axis("0 closed, 1 open", 0.0, 1.0, (3,)),
    ]


def test_what_is_not_finite_has_no_place_on_an_axis() -> None:
    """It is drawn nowhere."""
    nan = float("nan")
    assert make_axes([_range("a", nan, nan), _range("b", 1.0, 2.0)]) == [Axis("", 1.0, 2.0, (0, 1))]
    assert make_axes([_range("a", nan, nan)]) == [Axis("", 0.0, 0.0, (0,))]


@pytest.mark.parametrize(
    ("names", "units"),
    [
        (["delta_x", "delta_y", "delta_z"], ["step"] * 3),
        (["x", "y", "z", "gripper"], ["m", "m", "m", "0 closed, 1 open"]),
        (["tcp_x_m", "speed_m_s", "yaw_rad"], ["m", "m/s", "rad"]),
        (["shoulder.pos", "1"], ["", ""]),
    ],
)
def test_units_are_those_of_our_spaces_or_of_the_names(names: list[str], units: list[str]) -> None:
    """What a name does not say is not guessed."""
    assert units_of(names) == units
