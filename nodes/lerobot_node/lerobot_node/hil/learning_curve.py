"""How well the policy does over the training, from the lines of the actor's file."""

from collections import deque
from collections.abc import Iterable, Mapping
from statistics import mean
from typing import Any

from dora_hil.stream.training_progress import WINDOW_EPISODES, CurvePoint, TrainingProgress

MAX_POINTS = 200
"""The whole curve travels with every status, so that whoever hears one knows all: in 10 kB."""


class LearningCurve:
    """Counts over the last episodes, and keeps a point of each.

    The lines say enough to go on after a restart as if there had been none.
    """

    def __init__(self, target_steps: int, lines: Iterable[Mapping[str, Any]] = ()) -> None:
        """Go on from the lines of earlier runs.

        Args:
            target_steps: environment steps that there shall be.
            lines: of the actor's file; what is no episode's is left out.
        """
        self._target_steps = target_steps
        self._successes: deque[bool] = deque(maxlen=WINDOW_EPISODES)
        self._helped: deque[bool] = deque(maxlen=WINDOW_EPISODES)
        self._intervention_rates: deque[float] = deque(maxlen=WINDOW_EPISODES)
        self._points: list[CurvePoint] = []
        for line in lines:
            if {"Interaction step", "Intervention rate", "success"} <= line.keys():
                self.add(line)

    def add(self, line: Mapping[str, Any]) -> CurvePoint:
        """Take an episode's line; returns where the training stands after it."""
        self._successes.append(bool(line["success"]))
        self._helped.append(line["Intervention rate"] > 0)
        self._intervention_rates.append(line["Intervention rate"])
        alone = [s and not h for s, h in zip(self._successes, self._helped, strict=True)]
        point = CurvePoint(
            line["Interaction step"],
            mean(alone),
            mean(self._intervention_rates),
            line.get("weight_updates", 0),
            line.get("learner_updates"),
            line.get("weight_age_s"),
        )
        self._points.append(point)
        return point

    @property
    def lately(self) -> tuple[int, int]:
        """Return how many of the last episodes succeeded, helped or not, and of how many."""
        return sum(self._successes), len(self._successes)

    def progress(self) -> TrainingProgress:
        """Return what there is to tell people."""
        return TrainingProgress(
            self._target_steps,
            episodes=len(self._successes),
            success=bool(self._successes) and self._successes[-1],
            helped=bool(self._helped) and self._helped[-1],
            curve=self._thinned(),
        )

    def _thinned(self) -> tuple[CurvePoint, ...]:
        """Return every second, fourth, eighth ... point, so that few change, and the newest."""
        stride = 1
        while len(self._points) > MAX_POINTS * stride:
            stride *= 2
        points = self._points[::stride]
        if self._points and points[-1] is not self._points[-1]:
            points[-1] = self._points[-1]
        return tuple(points)
