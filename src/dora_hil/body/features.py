"""Observation vectors that are put together from features by name; a body computes them all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dora_hil.stream.actions import Float32Array, Float64Array
from dora_hil.stream.spec import ColumnSpec


@dataclass(frozen=True)
class Feature[S]:
    """A few numbers of an observation.

    Attributes:
        names: one per number.
        units: one per number.
        read: takes them, float64[n], from the body's sensors.
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    read: Callable[[S], Float64Array]


class FeatureColumn[S]:
    """One observation vector, made of features."""

    def __init__(self, features: Sequence[Feature[S]]) -> None:
        """Take the features in the order in which they are to stand."""
        self._readers = [feature.read for feature in features]
        names = tuple(name for feature in features for name in feature.names)
        units = tuple(unit for feature in features for unit in feature.units)
        self.spec = ColumnSpec((len(names),), names, units)

    def read(self, sensors: S) -> Float32Array:
        """Return the vector, float32[n], as a new array."""
        return np.concatenate(
            [read(sensors) for read in self._readers], dtype=np.float32, casting="same_kind"
        )


def specs[S](columns: Mapping[str, FeatureColumn[S]]) -> dict[str, ColumnSpec]:
    """Return the columns' descriptions."""
    return {key: column.spec for key, column in columns.items()}


def points[S](names: Sequence[str], read: Callable[[S], Float64Array]) -> Feature[S]:
    """Describe points by x, y and z in metres."""
    numbers = tuple(f"{point}.{axis}" for point in names for axis in "xyz")
    return Feature(numbers, ("m",) * len(numbers), read)
