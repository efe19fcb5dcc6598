"""What colours mean."""

from rerun_node import colors


def test_x_y_and_z_are_red_green_and_blue() -> None:
    """As the axes of a frame are drawn."""
    assert list(colors.series(3)) == [colors.RED, colors.GREEN, colors.BLUE]


def test_more_series_than_colours_begin_again() -> None:
    """A body may have any number of joints."""
    count = len(colors.SERIES)
    assert colors.series(count + 1)[count] == colors.SERIES[0]


def test_a_person_stands_out_from_a_policy_and_from_nobody() -> None:
    """An intervention is to be seen from afar."""
    drivers = ("intervention_keyboard", "action", "hold")
    assert len({colors.driver(name) for name in drivers}) == 3
    assert colors.driver("intervention_web") == colors.driver("intervention_keyboard")
