"""The picture."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from trainings import episode, update, write_lines, write_training, write_whole_training

from dora_hil_datasets.curves.panels import PANELS
from dora_hil_datasets.curves.picture import save
from dora_hil_datasets.curves.plot import COLOURS, Plot, PlotError
from dora_hil_datasets.curves.training import ACTOR, TrainingCurves


@pytest.fixture
def training(tmp_path: Path) -> TrainingCurves:
    """Write a training with every figure."""
    return TrainingCurves(write_whole_training(tmp_path / "run"))


@pytest.fixture
def other(tmp_path: Path) -> TrainingCurves:
    """Write another, of which every reward is doubled."""
    return TrainingCurves(write_whole_training(tmp_path / "other", episodes=4, reward=2.0))


def panel(figure: Figure, title: str) -> Axes:
    """Return a panel."""
    (axes,) = [axes for axes in figure.axes if axes.get_title(loc="left") == title]
    return axes


def legend(figure: Figure) -> dict[str, str]:
    """Return each name's colour."""
    lines = figure.legends[0].get_lines()
    return {str(line.get_label()): str(line.get_color()) for line in lines}


def places(line: Line2D) -> list[float]:
    """Return where a line's points stand."""
    return [float(x) for x, _ in np.asarray(line.get_xydata())]


def values(line: Line2D) -> list[float]:
    """Return what they come to."""
    return [float(y) for _, y in np.asarray(line.get_xydata())]


def caption(figure: Figure) -> str:
    """Return the line below the panels."""
    return figure.get_supxlabel()


def test_there_is_a_panel_for_everything_that_was_written(training: TrainingCurves) -> None:
    """In the order of the table."""
    figure = Plot("steps", 20).draw({"run": [training]})
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == [panel.title for panel in PANELS]


def test_panels_that_nobody_has_figures_for_are_left_out(tmp_path: Path) -> None:
    """Of a policy without a discrete gripper there is no discrete critic."""
    folder = write_training(tmp_path, [episode(1.0, 10, success=True)], [update(1.0, 5)])
    figure = Plot("steps", 20).draw({"run": [TrainingCurves(folder)]})
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["Success rate"]


def test_a_line_is_a_running_mean_and_the_values_are_dots(training: TrainingCurves) -> None:
    """Over environment steps here."""
    figure = Plot("steps", 2).draw({"run": [training]})
    mean, dots = panel(figure, "Episodic reward").get_lines()
    assert places(mean) == [10, 20, 30, 40, 50, 60]
    assert values(mean) == [1.0, 0.5, 0.5, 0.5, 0.5, 0.5]
    assert values(dots) == [1.0, 0.0, 1.0, 0.0, 1.0, 0.0]
    assert "mean of the last 2 values" in caption(figure)


def test_losses_are_drawn_as_they_were_logged(training: TrainingCurves) -> None:
    """A mean would lag behind what falls by orders of magnitude."""
    figure = Plot("steps", 20).draw({"run": [training]})
    (line,) = panel(figure, "Critic loss").get_lines()
    assert values(line) == pytest.approx([1 / n for n in range(1, 7)])
    assert panel(figure, "Critic loss").get_yscale() == "log"


def test_many_losses_are_smoothed_a_little(tmp_path: Path) -> None:
    """By a hundredth of the training; single ones would be a broad band."""
    learned = [update(1.0 + n, n + 1, loss_critic=1.0 + n % 2) for n in range(200)]
    folder = write_training(tmp_path, [episode(1.0, 10, wall_s=1.0)], learned)
    figure = Plot("time", 20).draw({"run": [TrainingCurves(folder)]})
    (line,) = panel(figure, "Critic loss").get_lines()
    assert set(values(line)[1:]) == {1.5}


def test_time_is_the_other_axis(training: TrainingCurves) -> None:
    """In seconds, for it is short."""
    figure = Plot("time", 1).draw({"run": [training]})
    assert places(panel(figure, "Episodic reward").get_lines()[0]) == [1, 2, 3, 4, 5, 6]
    assert figure.axes[-1].get_xlabel() == "Wall clock (s)"


def test_the_lowest_panel_of_each_column_is_labelled(training: TrainingCurves) -> None:
    """Above them it would only take room."""
    figure = Plot("steps", 20).draw({"run": [training]})
    labels = [axes.get_xlabel() for axes in figure.axes]
    assert labels == [""] * (len(PANELS) - 4) + ["Environment steps"] * 4


def test_every_name_has_its_colour_in_every_panel(
    training: TrainingCurves, other: TrainingCurves
) -> None:
    """The legend says which."""
    figure = Plot("steps", 20).draw({"a": [training], "b": [other]})
    assert legend(figure) == {"a": COLOURS[0], "b": COLOURS[1]}
    for axes in figure.axes:
        assert {line.get_color() for line in axes.get_lines()} == set(COLOURS[:2])


def test_a_name_is_shown_as_it_is(training: TrainingCurves, tmp_path: Path) -> None:
    """It is no formula, and nothing private."""
    names = ["a$b^c$", "_hidden"]
    figure = Plot("steps", 20).draw({name: [training] for name in names})
    save(figure, tmp_path / "picture.svg")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == names
    assert all("<!-- " + name in (tmp_path / "picture.svg").read_text() for name in names)


def test_buffers_are_told_apart_by_their_kind_of_line(training: TrainingCurves) -> None:
    """Colours stand for trainings."""
    axes = panel(Plot("steps", 20).draw({"run": [training]}), "Replay buffers (transitions)")
    names = axes.get_legend()
    assert names is not None
    assert [text.get_text() for text in names.get_texts()] == ["online", "offline"]
    styles = [line.get_linestyle() for line in axes.get_lines()]
    assert len(set(styles)) == 2


def test_several_trainings_of_a_name_are_a_mean_with_its_range(
    training: TrainingCurves, other: TrainingCurves
) -> None:
    """And no dots, which would belong to nobody."""
    figure = Plot("steps", 1).draw({"both": [training, other]})
    axes = panel(figure, "Episodic reward")
    (line,) = axes.get_lines()
    assert values(line)[0] == 1.5
    (band,) = axes.collections
    assert band.get_datalim(axes.transData).intervaly.max() == pytest.approx(2.0)
    assert "band" in caption(figure)
    assert "dots" not in caption(figure)


def test_a_restart_is_marked(tmp_path: Path) -> None:
    """In every panel, where the first session ended."""
    folder = write_whole_training(tmp_path)
    write_lines(folder / ACTOR, [episode(200.0, 70, length=10, wall_s=1.0)])
    figure = Plot("steps", 20).draw({"run": [TrainingCurves(folder)]})
    for axes in figure.axes:
        assert [60, 60] in [places(line) for line in axes.get_lines()]
    assert "dotted line: a restart" in caption(figure)


def test_the_first_episode_can_be_seen(tmp_path: Path) -> None:
    """A line of one point would be nothing."""
    training = TrainingCurves(write_whole_training(tmp_path, episodes=1))
    figure = Plot("steps", 20).draw({"run": [training]})
    for axes in figure.axes:
        assert axes.get_lines()[0].get_marker() == "."


def test_a_training_that_diverged_can_be_drawn(tmp_path: Path) -> None:
    """Its losses are no numbers, and no powers of ten."""
    losses = [float("nan"), float("inf"), -1.0, 0.0]
    learned = [update(1.0 + n, n + 1, loss_critic=loss) for n, loss in enumerate(losses)]
    folder = write_training(tmp_path, [episode(1.0, 10)], learned)
    with warnings.catch_warnings(action="error"):
        figure = Plot("steps", 20).draw({"run": [TrainingCurves(folder)]})
        figure.savefig(tmp_path / "picture.png")
    assert panel(figure, "Critic loss").get_yscale() == "linear"


def test_nothing_to_draw_is_said(tmp_path: Path) -> None:
    """An episode of which nothing but its steps is known."""
    training = TrainingCurves(write_training(tmp_path, [episode(1.0, 10)]))
    with pytest.raises(PlotError, match="none of the figures"):
        Plot("steps", 20).draw({"run": [training]})


def test_more_names_than_colours_are_refused(training: TrainingCurves) -> None:
    """With what to do instead."""
    names = [str(n) for n in range(len(COLOURS) + 1)]
    with pytest.raises(PlotError, match="8 curves, of which 7 can be told apart"):
        Plot("steps", 20).draw({name: [training] for name in names})
