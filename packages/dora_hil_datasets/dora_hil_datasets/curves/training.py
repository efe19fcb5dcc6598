"""A training's figures as curves, over environment steps or wall-clock time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from dora_hil_datasets.curves.metrics_lines import MetricsLinesError, Row, is_number, read_lines
from dora_hil_datasets.curves.training_time import TrainingTime

type Floats = npt.NDArray[np.float64]
type Axis = Literal["steps", "time"]

ACTOR, LEARNER = "actor_metrics.jsonl", "learner_metrics.jsonl"

STEP, UPDATE = "Interaction step", "Optimization step"

RATE_OVER_S = 1.0
"""A learner hears at once of all episodes that ended during an update: no rate of the robot's."""


class NoEpisodesError(MetricsLinesError):
    """A folder in which no episode has ended yet."""


@dataclass(frozen=True)
class Places:
    """Points of a training.

    Attributes:
        steps: float64[n], environment steps so far.
        wall_s: float64[n], seconds of training so far.
    """

    steps: Floats
    wall_s: Floats

    def along(self, axis: Axis) -> Floats:
        """Return the points as float64[n]: steps, or seconds."""
        return self.steps if axis == "steps" else self.wall_s


@dataclass(frozen=True)
class Curve(Places):
    """One figure of one training.

    Attributes:
        values: float64[n], the figure.
        weights: float64[n], what each value counts in a mean.
    """

    values: Floats
    weights: Floats

    def running_mean(self, over: int) -> "Curve":
        """Return the mean of the newest `over` values at each; the first ones have fewer."""
        if not self.values.size:
            return self
        size = min(over, self.values.size)

        def trailing_sums(terms: Floats) -> Floats:
            sums: Floats = sliding_window_view(np.pad(terms, (size - 1, 0)), size).sum(axis=1)
            return sums

        sums = trailing_sums(self.values * self.weights)
        return replace(self, values=sums / trailing_sums(self.weights))


@dataclass(frozen=True)
class Track(Places):
    """The lines of one file, and where in the training they were written.

    Attributes:
        rows: n lines.
    """

    rows: Sequence[Row]

    def curve(self, figure: str) -> Curve:
        """Return a figure; lines that lack it are left out."""
        has = np.array([is_number(row.get(figure)) for row in self.rows], bool)
        values = np.array([row[figure] for row in self.rows if is_number(row.get(figure))], float)
        return Curve(self.steps[has], self.wall_s[has], values, np.ones_like(values))

    def rate(self, count: Floats) -> Curve:
        """Return how much a count grew per second; where it went back there is no value."""
        at = _apart(self.wall_s, RATE_OVER_S)
        grown, lasted_s = np.diff(count[at]), np.diff(self.wall_s[at])
        has = grown > 0
        steps, wall_s = self.steps[at][1:][has], self.wall_s[at][1:][has]
        return Curve(steps, wall_s, grown[has] / lasted_s[has], lasted_s[has])


class TrainingCurves:
    """What actor and learner have written so far, in one session or in several.

    Where the two run on different machines, their clocks have to agree.

    Attributes:
        episodes: a place for each episode that the actor sent.
        updates: a place for each line of the learner's, at the environment step of its time.
        restarts: the last sign of an actor or a learner that was started again.
    """

    def __init__(self, folder: Path) -> None:
        """Read both files; without the actor's, the learner's has some figures of the episodes.

        Raises:
            NoEpisodesError: no episode has ended yet.
            MetricsLinesError: a file cannot be read, or a line of it is broken.
        """
        lines = read_lines(folder / LEARNER, ["time_s"])
        heard = [row for row in lines if is_number(row.get(STEP))]
        updates = [row for row in lines if is_number(row.get(UPDATE))]
        episodes = read_lines(folder / ACTOR, ["time_s", STEP]) or heard
        if not episodes:
            raise NoEpisodesError(f"{folder}: no episode yet in {ACTOR} or {LEARNER}")

        acted_again = _where_back(episodes, STEP, "wall_s")
        learned_again = _where_back(updates, UPDATE)
        written_s, learned_s = _times_s(episodes), _times_s(updates)
        began_s = [written_s[i] - _number(episodes[i], "wall_s") for i in (0, *acted_again)]
        time = TrainingTime(began_s, [*written_s, *learned_s])
        steps = _steps_spent(episodes)
        ended = np.searchsorted(np.maximum.accumulate(written_s), learned_s, side="right")
        steps_learned = np.concatenate([[0.0], steps])[ended]

        self.episodes = Track(steps, time.at(written_s), episodes)
        self.updates = Track(steps_learned, time.at(learned_s), updates)
        last = [(self.episodes, i - 1) for i in acted_again]
        last += [(self.updates, i - 1) for i in learned_again]
        self.restarts = Places(
            np.array([track.steps[i] for track, i in last], np.float64),
            np.array([track.wall_s[i] for track, i in last], np.float64),
        )

    def summary(self) -> str:
        """Say in a few words how far it has come."""
        minutes = self.episodes.wall_s[-1] / 60.0
        return (
            f"{len(self.episodes.rows)} episodes, {self.episodes.steps[-1]:.0f} steps, "
            f"{minutes:.1f} min"
        )

    def steps_per_s(self) -> Curve:
        """Return environment steps per second, resets included."""
        return self.episodes.rate(self.episodes.steps)

    def updates_per_s(self) -> Curve:
        """Return the learner's updates per second."""
        return self.updates.rate(self.updates.curve(UPDATE).values)


def _apart(places: Floats, distance: float) -> list[int]:
    """Return the first place, and each that is far enough from the one before it."""
    kept: list[int] = []
    for index, place in enumerate(places):
        if not kept or place - places[kept[-1]] >= distance:
            kept.append(index)
    return kept


def _times_s(rows: Sequence[Row]) -> Floats:
    return np.array([row["time_s"] for row in rows], np.float64)


def _number(row: Row, figure: str) -> float:
    value = row.get(figure)
    return float(value) if is_number(value) else 0.0


def _where_back(rows: Sequence[Row], *counters: str) -> list[int]:
    """Return the lines in which a counter did not go on: another process has begun."""
    return [
        index
        for index, (before, row) in enumerate(pairwise(rows), start=1)
        if any(c in row and _number(row, c) <= _number(before, c) for c in counters)
    ]


def _steps_spent(episodes: Sequence[Row]) -> Floats:
    """Return the environment steps so far, also where an actor counts from an earlier number."""
    before = total = episodes[0][STEP] - _number(episodes[0], "length")
    steps = []
    for row in episodes:
        total += max(row[STEP] - before, _number(row, "length"))
        before = row[STEP]
        steps.append(total)
    return np.array(steps, np.float64)
