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
        """Go on from the lines of the actor's file; what is no episode's is left out."""
        self._target_steps = target_steps
        # Of each of the last episodes, whether it succeeded and how much of it was helped.
        self._lately: deque[tuple[bool, float]] = deque(maxlen=WINDOW_EPISODES)
        self._points: list[CurvePoint] = []
        for line in lines:
            if {"Interaction step", "Intervention rate", "success"} <= line.keys():
                self.add(line)

    def add(self, line: Mapping[str, Any]) -> CurvePoint:
        """Take an episode's line; returns where the training stands after it."""
        self._lately.append((bool(line["success"]), line["Intervention rate"]))
        point = CurvePoint(
            line["Interaction step"],
            mean(success and rate <= 0 for success, rate in self._lately),
            mean(rate for _, rate in self._lately),
            line.get("weight_updates", 0),
            line.get("learner_updates"),
            line.get("weight_age_s"),
        )
        self._points.append(point)
        return point

    @property
    def lately(self) -> tuple[int, int]:
        """Return how many of the last episodes succeeded, helped or not, and of how many."""
        return sum(success for success, _ in self._lately), len(self._lately)

    def progress(self) -> TrainingProgress:
        """Return what there is to tell people."""
        success, rate = self._lately[-1] if self._lately else (False, 0.0)
        return TrainingProgress(
            self._target_steps,
            episodes=len(self._lately),
            success=success,
            helped=rate > 0,
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
