"""What the dimensions of a vector feature range over, and where that looks wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dora_hil_datasets.report.charts import histogram

SATURATED_SHARE: Final = 0.5
"""Of the frames at one end of its range: the dimension hardly carries anything else."""
AT_END: Final = 0.005
"""Of the range: how near to an end counts as being there."""
DISCRETE: Final = 3
"""A dimension with so few different values is a switch, which is always at an end."""
BINS: Final = 24


@dataclass(frozen=True)
class DimensionRange:
    """One dimension over the whole dataset; NaN and infinities do not count.

    Attributes:
        name: as the features name it.
        low, high, mean, std: in its own unit; NaN if nothing in it is finite.
        bars: a histogram from low to high, the highest bar 100.
        warning: what looks wrong, or empty.
    """

    name: str
    low: float
    high: float
    mean: float
    std: float
    bars: Sequence[float]
    warning: str


def dimension_ranges(names: Sequence[str], values: NDArray[Any]) -> list[DimensionRange]:
    """Measure each dimension.

    Args:
        names: of the dimensions.
        values: [n] or [n, d], over all episodes.
    """
    table = values.reshape(len(values), -1).astype(np.float64)
    return [_measure(name, column) for name, column in zip(names, table.T, strict=True)]


def _measure(name: str, column: NDArray[np.float64]) -> DimensionRange:
    finite = column[np.isfinite(column)]
    if not finite.size:
        nan = float("nan")
        return DimensionRange(name, nan, nan, nan, nan, histogram(column, BINS), "never finite")
    return DimensionRange(
        name,
        low=float(finite.min()),
        high=float(finite.max()),
        mean=float(finite.mean()),
        std=float(finite.std()),
        bars=histogram(finite, BINS),
        warning=_warning(finite),
    )


def _warning(values: NDArray[np.float64]) -> str:
    low, high = values.min(), values.max()
    if low == high:
        return "never moves"
    if len(np.unique(values)) <= DISCRETE:
        return ""
    near = AT_END * (high - low)
    for end, share in (
        ("minimum", np.mean(values <= low + near)),
        ("maximum", np.mean(values >= high - near)),
    ):
        if share > SATURATED_SHARE:
            return f"at its {end} in {share:.0%} of the frames"
    return ""
