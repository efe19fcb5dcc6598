"""What is known of a motion: how far apart, how long still, whether it left its commanded path."""

from collections import deque
from typing import Final

import numpy as np

from dora_hil.stream.actions import Float64Array


def apart_deg(a: Float64Array, b: Float64Array) -> float:
    """Return the largest difference between two poses (float64[n], degrees)."""
    return float(np.abs(a - b).max())


def approached(start: Float64Array, goal: Float64Array, step_deg: float) -> Float64Array:
    """Return `start`, every joint moved towards `goal` by `step_deg` at most."""
    return start + np.clip(goal - start, -step_deg, step_deg)


class Stillness:
    """Knows how long a pose has stayed where it was.

    It is compared with the place where it came to rest, not with the reading before: a slow
    motion is a motion.
    """

    TOLERANCE_DEG: Final = 2.0
    """A hand that holds an arm trembles by about one."""

    def __init__(self) -> None:
        """Start without a pose."""
        self._place: Float64Array | None = None
        self._since_s = float("-inf")

    def see(self, now_s: float, pose: Float64Array) -> None:
        """Take a reading (float64[n], degrees)."""
        if self._place is None:
            self._place = pose
        elif apart_deg(pose, self._place) > self.TOLERANCE_DEG:
            self._place, self._since_s = pose, now_s

    def lasted_s(self, now_s: float) -> float:
        """Return for how long it has been still; for ever where no motion was seen."""
        return now_s - self._since_s


class CommandedPath:
    """Where an arm was sent in the last moments.

    A servo that follows a moving goal lags behind it, by degrees where the goal is fast. It is
    still on its path then; an arm beside its path is being pushed.
    """

    LAG_S: Final = 0.4

    def __init__(self) -> None:
        """Start without a goal."""
        self._goals: deque[tuple[float, Float64Array]] = deque()

    def add(self, now_s: float, goal: Float64Array) -> None:
        """Send it to a goal (float64[n], degrees)."""
        while self._goals and now_s - self._goals[0][0] > self.LAG_S:
            self._goals.popleft()
        self._goals.append((now_s, goal))

    def clear(self) -> None:
        """Forget the path: the arm was let go of."""
        self._goals.clear()

    def distance_deg(self, pose: Float64Array) -> float:
        """Return how far beside its path an arm is, by its worst joint; 0 without a path."""
        if not self._goals:
            return 0.0
        goals = np.stack([goal for _, goal in self._goals])
        return apart_deg(pose, np.clip(pose, goals.min(axis=0), goals.max(axis=0)))
