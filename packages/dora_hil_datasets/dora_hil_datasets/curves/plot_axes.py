"""The two axes of a panel: units, ticks, ends."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter, LogLocator, MaxNLocator, NullFormatter

from dora_hil_datasets.curves.panels import Panel
from dora_hil_datasets.curves.training import Axis, TrainingCurves

TIMES = (("h", 3600.0), ("min", 60.0), ("s", 1.0))


@dataclass(frozen=True)
class Abscissa:
    """The horizontal axis, the same in every panel.

    Attributes:
        axis: steps or time.
        label: with the unit.
        unit: one of it, in steps or seconds.
        end: where the longest training stands, in that unit.
    """

    axis: Axis
    label: str
    unit: float
    end: float

    @classmethod
    def of(cls, axis: Axis, trainings: Sequence[TrainingCurves]) -> "Abscissa":
        """Return the axis in a unit that suits the longest training."""
        tracks = [track for t in trainings for track in (t.episodes, t.updates)]
        end = max(float(track.along(axis).max(initial=1.0)) for track in tracks)
        if axis == "steps":
            return cls(axis, "Environment steps", 1.0, end)
        name, unit_s = next((time for time in TIMES if end >= 2 * time[1]), TIMES[-1])
        return cls(axis, f"Wall clock ({name})", unit_s, end / unit_s)

    def fit(self, axes: Axes, *, is_labelled: bool) -> None:
        """Lay out a panel's axis."""
        axes.set_xlim(0.0, 1.02 * self.end)
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        if self.axis == "steps":
            axes.xaxis.set_major_formatter(EngFormatter(sep=""))
        axes.tick_params(labelbottom=is_labelled)
        axes.set_xlabel(self.label if is_labelled else "")


def fit_ordinate(axes: Axes, panel: Panel) -> None:
    """Lay out the vertical axis."""
    has_logarithms = math.isfinite(axes.dataLim.minposy)
    if panel.scale == "log" and has_logarithms:
        axes.set_yscale("log", nonpositive="mask")
        low, high = axes.get_ylim()
        is_wide = high > 1000.0 * low
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0,) if is_wide else (1.0, 2.0, 5.0)))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(*panel.limits)
