"""The trainings that are drawn: one curve for each folder, or for several of one condition."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dora_hil.arguments import names
from dora_hil.errors import UserError
from dora_hil_datasets.curves.training import ACTOR, LEARNER, Axis, Curve, Floats, TrainingCurves

GRID_POINTS = 500
"""More than a panel has pixels."""


class RunGroupError(UserError):
    """Words that name no training."""


@dataclass(frozen=True)
class Band:
    """A curve of one training, or the mean and range of several.

    Attributes:
        places: float64[n], steps or seconds.
        mean: float64[n].
        low: float64[n], the smallest.
        high: float64[n], the largest.
    """

    places: Floats
    mean: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class RunGroup:
    """Trainings under one condition, for instance with several seeds.

    Attributes:
        name: in the legend.
        folders: one or more.
    """

    name: str
    folders: tuple[Path, ...]

    def files(self) -> list[Path]:
        """Return what is read."""
        return [folder / file for folder in self.folders for file in (ACTOR, LEARNER)]

    def read(self) -> list[TrainingCurves]:
        """Read what has been written so far.

        Raises:
            UserError: there is nothing yet, or it cannot be read.
        """
        return [TrainingCurves(folder) for folder in self.folders]


def run_groups(words: Sequence[str]) -> list[RunGroup]:
    """Read ``folder`` or ``name=folder,folder``, once or several times.

    A folder whose name has a ``=`` or a comma is one folder, if it exists.

    Raises:
        RunGroupError: a folder is missing or does not exist, or two curves have one name.
    """
    groups: list[tuple[str, tuple[Path, ...]]] = []
    for word in words:
        name, equals, rest = word.partition("=")
        if Path(word).is_dir() or not equals:
            groups.append(("", (Path(word),)))
        else:
            groups.append((name, tuple(map(Path, names(rest)))))
    for word, (_, folders) in zip(words, groups, strict=True):
        if not folders:
            raise RunGroupError(f"{word!r} names no folder")
        for folder in folders:
            if not folder.is_dir():
                raise RunGroupError(f"{folder}: there is no such folder")
    unnamed = [folders[0].resolve() for name, folders in groups if not name]
    read = [RunGroup(name or _name(folders[0], unnamed), folders) for name, folders in groups]
    for name, count in Counter(group.name for group in read).items():
        if count > 1:
            raise RunGroupError(
                f"{count} curves are named {name!r}; name=folder gives each its own"
            )
    return read


def _name(folder: Path, among: Sequence[Path]) -> str:
    """Return as much of a path as tells it from the others."""
    common = os.path.commonpath([other.parent for other in among])
    return folder.resolve().relative_to(common).as_posix()


def band(curves: Sequence[Curve], axis: Axis) -> Band:
    """Return mean and range over a common grid, as far as every curve has come."""
    if len(curves) == 1:
        (curve,) = curves
        return Band(curve.along(axis), curve.values, curve.values, curve.values)
    first = max(curve.along(axis)[0] for curve in curves)
    last = min(curve.along(axis)[-1] for curve in curves)
    # Without the end itself, at which a learner may have gone on after the actor's last episode.
    points = GRID_POINTS if first <= last else 0
    grid = np.linspace(first, last, points, endpoint=False)
    values = np.stack([np.interp(grid, curve.along(axis), curve.values) for curve in curves])
    return Band(grid, values.mean(axis=0), values.min(axis=0), values.max(axis=0))
