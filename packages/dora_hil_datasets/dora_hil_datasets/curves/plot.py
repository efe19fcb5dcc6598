"""Draws trainings into one picture."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.typing import RcKeyType

from dora_hil.errors import UserError
from dora_hil_datasets.curves.panels import PANELS, Panel
from dora_hil_datasets.curves.plot_axes import Abscissa, fit_ordinate
from dora_hil_datasets.curves.run_groups import band
from dora_hil_datasets.curves.training import Axis, Curve, TrainingCurves

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
"""Okabe and Ito's, told apart by every eye; without the yellow that white paper swallows."""

LINE_STYLES: tuple[Any, ...] = ("-", (0, (3, 1.5)))

COLUMNS = 4
PANEL_SIZE_IN = (3.1, 2.0)
HEADER_IN = 0.6

STYLE: dict[RcKeyType, Any] = {
    "font.size": 8.5,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "0.4",
    "axes.grid": True,
    "grid.color": "0.9",
    "grid.linewidth": 0.6,
    "xtick.color": "0.3",
    "ytick.color": "0.3",
    "legend.frameon": False,
    # A folder may have a dollar in its name.
    "text.parse_math": False,
}

type Trainings = Mapping[str, Sequence[TrainingCurves]]
"""By the name in the legend; of several, the mean and the range are drawn."""


class PlotError(UserError):
    """More or less than a picture can show."""


class Plot:
    """Draws the same panels of every training; those that nobody has figures for are left out."""

    def __init__(self, axis: Axis, mean_over: int) -> None:
        """Draw over steps or time, with running means over so many values."""
        self._axis = axis
        self._mean_over = mean_over

    def draw(self, trainings: Trainings) -> Figure:
        """Return the picture.

        Raises:
            PlotError: there is nothing to draw, or there are more names than colours.
        """
        if len(trainings) > len(COLOURS):
            raise PlotError(
                f"{len(trainings)} curves, of which {len(COLOURS)} can be told apart; several "
                "seeds of one condition are one curve: name=folder,folder"
            )
        everything = [training for several in trainings.values() for training in several]
        panels = [panel for panel in PANELS if panel.has_values(everything)]
        if not panels:
            raise PlotError("these trainings have none of the figures that are drawn")
        abscissa = Abscissa.of(self._axis, everything)
        columns = min(COLUMNS, len(panels))
        rows = math.ceil(len(panels) / columns)
        width, height = PANEL_SIZE_IN
        with mpl.rc_context(STYLE):
            figure = Figure((columns * width, rows * height + HEADER_IN), layout="constrained")
            for index, panel in enumerate(panels):
                axes = figure.add_subplot(rows, columns, index + 1)
                self._draw_panel(axes, panel, trainings, abscissa)
                abscissa.fit(axes, is_labelled=index >= len(panels) - columns)
            _draw_names(figure, trainings)
            caption = _caption(trainings, self._mean_over)
            figure.supxlabel(caption, x=0.01, ha="left", size=8, color="0.4")
        return figure

    def _draw_panel(
        self, axes: Axes, panel: Panel, trainings: Trainings, abscissa: Abscissa
    ) -> None:
        axes.set_title(panel.title)
        for several, colour in zip(trainings.values(), COLOURS, strict=False):
            for pick, line_style in zip(panel.figures.values(), LINE_STYLES, strict=False):
                curves = [curve for curve in map(pick, several) if curve.values.size]
                if curves:
                    look = {"color": colour, "linestyle": line_style}
                    self._draw_curve(axes, curves, abscissa, is_mean=panel.is_mean, **look)
            if len(several) == 1:
                for place in several[0].restarts.along(abscissa.axis):
                    axes.axvline(place / abscissa.unit, color=colour, lw=0.9, ls=":", zorder=1)
        fit_ordinate(axes, panel)
        if len(panel.figures) > 1:
            handles = [
                Line2D([], [], color="0.3", linestyle=line_style, label=name)
                for name, line_style in zip(panel.figures, LINE_STYLES, strict=False)
            ]
            axes.legend(handles=handles, loc="best")

    def _draw_curve(
        self,
        axes: Axes,
        curves: Sequence[Curve],
        abscissa: Abscissa,
        *,
        is_mean: bool,
        color: str,
        linestyle: Any,
    ) -> None:
        means = [
            curve.running_mean(self._mean_over if is_mean else max(1, curve.values.size // 100))
            for curve in curves
        ]
        shown = band(means, abscissa.axis)
        places = shown.places / abscissa.unit
        axes.plot(
            places,
            shown.mean,
            color=color,
            linestyle=linestyle,
            linewidth=1.6 if is_mean else 1.1,
            marker="." if places.size == 1 else "",
        )
        if len(curves) > 1:
            axes.fill_between(places, shown.low, shown.high, color=color, alpha=0.2, lw=0)
        elif is_mean:
            values = curves[0].values
            axes.plot(places, values, ".", ms=3.2, mew=0, color=color, alpha=0.4, zorder=1)


def _caption(trainings: Trainings, mean_over: int) -> str:
    values = f"mean of the last {mean_over} values" if mean_over > 1 else "as logged"
    alone = [several[0] for several in trainings.values() if len(several) == 1]
    notes = {
        f"Episodes and rates: {values}": True,
        "losses, norms and buffers: mean of the last 1 %": True,
        "dots: single values": bool(alone),
        "dotted line: a restart": any(training.restarts.steps.size for training in alone),
        "band: lowest to highest run, as far as all of them have come": len(alone) < len(trainings),
    }
    return "; ".join(note for note, holds in notes.items() if holds) + "."


def _draw_names(figure: Figure, trainings: Trainings) -> None:
    handles = [
        Line2D([], [], color=colour, label=name, linewidth=2.5)
        for name, colour in zip(trainings, COLOURS, strict=False)
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=COLUMNS, fontsize=10)
