"""Seconds of training, without the nights between its sessions."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]


class TrainingTime:
    """Runs until the last sign of life before another session of the actor; goes on with that one.

    What the learner does alone after the actor has gone is such a sign too.
    """

    def __init__(self, began_s: Sequence[float], seen_s: Sequence[float]) -> None:
        """Lay the sessions end to end.

        Args:
            began_s: when each session of the actor began, by the clock; at least one.
            seen_s: when anything was heard of actor or learner, by the clock; at least once.
        """
        first, *others = began_s
        knots_s = [first]
        for began in others:
            knots_s += [max((seen for seen in seen_s if seen < began), default=began), began]
        knots_s.append(max(seen_s))
        self._knots_s = np.maximum.accumulate(np.array(knots_s, np.float64))
        lasting_s = np.diff(self._knots_s)
        lasting_s[1::2] = 0.0
        self._elapsed_s = np.concatenate([[0.0], np.cumsum(lasting_s)])

    def at(self, clock_s: Floats) -> Floats:
        """Return how long the training had lasted, in seconds; 0 before it began."""
        elapsed_s: Floats = np.interp(clock_s, self._knots_s, self._elapsed_s)
        return elapsed_s
