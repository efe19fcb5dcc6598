"""The axes of the report's curves: dimensions of one unit are drawn to one scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from dora_hil.stream.actions import EE_NAMES, EE_UNITS
from dora_hil_datasets.report.ranges import DimensionRange

SUFFIXES: Final = {
    "_m_s": "m/s",
    "_rad_s": "rad/s",
    "_m": "m",
    "_rad": "rad",
    "_deg": "deg",
    "_s": "s",
}


@dataclass(frozen=True)
class Axis:
    """One scale.

    Attributes:
        unit: empty where the dataset does not say.
        low, high: what is drawn at its bottom and at its top, over the whole dataset.
        dimensions: indices of what is drawn to it.
    """

    unit: str
    low: float
    high: float
    dimensions: tuple[int, ...]


def make_axes(dimensions: Sequence[DimensionRange]) -> list[Axis]:
    """Return one axis for each unit, the one with most dimensions first."""
    units = units_of([dimension.name for dimension in dimensions])
    by_unit: dict[str, list[int]] = {}
    for index, unit in enumerate(units):
        by_unit.setdefault(unit, []).append(index)
    axes = []
    for unit, indices in by_unit.items():
        ends = np.array([[dimensions[i].low, dimensions[i].high] for i in indices])
        finite = ends[np.isfinite(ends)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        axes.append(Axis(unit, low, high, tuple(indices)))
    return sorted(axes, key=lambda axis: -len(axis.dimensions))


def units_of(names: Sequence[str]) -> list[str]:
    """Return the unit of each dimension: of our own action spaces, or by the name's ending."""
    for space, known in EE_NAMES.items():
        if tuple(names) == known[: len(names)] and len(names) >= len(known) - 1:
            return list(EE_UNITS[space][: len(names)])
    return [next((u for end, u in SUFFIXES.items() if name.endswith(end)), "") for name in names]
