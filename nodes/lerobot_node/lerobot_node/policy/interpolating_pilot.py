"""A policy on a body that steps faster than the policy was trained to."""

from dataclasses import replace

import numpy as np

from dora_hil.stream.actions import Float32Array
from dora_hil.stream.timestep import TimeStep
from lerobot_node.policy.pilot import Pilot, Turn, is_asked


class InterpolatingPilot:
    """Asks a pilot at the policy's own rate, and goes on straight lines between its answers.

    Only for actions that are places (`check_fit` sees to that): each is reached in the last of
    the body's steps for which it holds, from where the one before it lay. At the policy's own
    rate it passes everything through.
    """

    def __init__(self, pilot: Pilot, fps: int) -> None:
        """Take the pilot; `fps` is the rate of the policy's dataset, Hz."""
        self._pilot = pilot
        self._fps = fps
        self._turn = Turn()
        self._start = 0
        self._asked_for = -1
        self._last: Float32Array | None = None
        self._goal: Float32Array | None = None

    def answer(self, timestep: TimeStep) -> Float32Array | None:
        """Return the action for the next step; the policy counts its own steps.

        Raises:
            NotFiniteError: the policy's action is no number.
        """
        ticks = round(1 / (timestep.control_dt_s * self._fps))
        if ticks <= 1 or not is_asked(timestep):
            return self._pilot.answer(timestep)
        if self._turn.is_new(timestep):
            self._start, self._asked_for, self._goal = timestep.step, -1, None
        step, tick = divmod(timestep.step - self._start, ticks)
        if step != self._asked_for:
            goal = self._pilot.answer(replace(timestep, step=step))
            if goal is None:
                return None
            self._last, self._goal, self._asked_for = self._goal, goal, step
        if self._last is None or self._goal is None:
            return self._goal
        share = np.float32((tick + 1) / ticks)
        return self._last + share * (self._goal - self._last)

    def close(self) -> None:
        """End what was started."""
        self._pilot.close()
