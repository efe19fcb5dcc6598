"""Units and ticks of the axes."""

from pathlib import Path

import pytest
from matplotlib.figure import Figure
from trainings import episode, update, write_training

from dora_hil_datasets.curves.panels import Panel
from dora_hil_datasets.curves.plot_axes import Abscissa, fit_ordinate
from dora_hil_datasets.curves.training import Axis, TrainingCurves


def lasting(folder: Path, wall_s: float) -> TrainingCurves:
    """Return a training of 12000 steps that took so long."""
    return TrainingCurves(write_training(folder, [episode(1e9, 12_000, wall_s=wall_s)]))


@pytest.mark.parametrize(
    ("wall_s", "label", "end"),
    [
        (100.0, "Wall clock (s)", 100.0),
        (150.0, "Wall clock (min)", 2.5),
        (9000.0, "Wall clock (h)", 2.5),
    ],
)
def test_time_is_in_a_unit_that_suits_it(
    tmp_path: Path, wall_s: float, label: str, end: float
) -> None:
    """Nobody counts a night in seconds."""
    abscissa = Abscissa.of("time", [lasting(tmp_path, wall_s)])
    assert (abscissa.label, abscissa.end) == (label, end)


def test_the_longest_training_decides(tmp_path: Path) -> None:
    """All of them are in one picture."""
    trainings = [lasting(tmp_path / str(n), wall_s) for n, wall_s in enumerate((60.0, 7200.0))]
    assert Abscissa.of("time", trainings).end == 2.0


def test_a_learner_that_goes_on_longer_is_inside(tmp_path: Path) -> None:
    """The actor is over, the learner not."""
    lines = [episode(1000.0, 10, wall_s=10.0)]
    training = TrainingCurves(write_training(tmp_path, lines, [update(1050.0, 50)]))
    assert Abscissa.of("time", [training]).end == 60.0


@pytest.mark.parametrize(("axis", "tick"), [("steps", "10k"), ("time", "0.5")])
def test_only_steps_are_counted_in_thousands(tmp_path: Path, axis: Axis, tick: str) -> None:
    """Half a minute is no 500 milliminutes."""
    figure = Figure()
    axes = figure.add_subplot()
    Abscissa.of(axis, [lasting(tmp_path, 130.0)]).fit(axes, is_labelled=True)
    figure.draw_without_rendering()
    assert tick in [label.get_text() for label in axes.get_xticklabels()]


def test_an_axis_above_others_has_no_label(tmp_path: Path) -> None:
    """The one below says it."""
    axes = Figure().add_subplot()
    Abscissa.of("steps", [lasting(tmp_path, 60.0)]).fit(axes, is_labelled=False)
    assert axes.get_xlabel() == ""


def test_a_logarithmic_axis_has_plain_numbers() -> None:
    """No powers to be read at a small size."""
    axes = Figure().add_subplot()
    axes.plot([0, 1], [1e-3, 1e-1])
    fit_ordinate(axes, Panel("Loss", {}, scale="log"))
    ticks = [axes.yaxis.get_major_formatter()(place) for place in axes.get_yticks()]
    assert {"0.001", "0.002", "0.005", "0.01"} <= set(ticks)


def test_a_wide_logarithmic_axis_has_its_powers_of_ten() -> None:
    """More would not fit."""
    axes = Figure().add_subplot()
    axes.plot([0, 1], [1e-9, 1.0])
    fit_ordinate(axes, Panel("Loss", {}, scale="log"))
    ticks = [axes.yaxis.get_major_formatter()(place) for place in axes.get_yticks()]
    assert {"1e-06", "0.001", "1"} & set(ticks)
    assert "0.002" not in ticks


def test_limits_that_are_given_hold() -> None:
    """An end that is None fits itself to the curves."""
    axes = Figure().add_subplot()
    axes.plot([0, 1], [5.0, 9.0])
    fit_ordinate(axes, Panel("Length", {}, limits=(0.0, None)))
    assert axes.get_ylim()[0] == 0.0
    assert axes.get_ylim()[1] > 9.0
