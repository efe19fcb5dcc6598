"""Answers a body's steps with a policy's actions; the plan is dropped when it no longer holds."""

from typing import Protocol

import numpy as np

from dora_hil.errors import UserError
from dora_hil.stream.actions import Float32Array
from dora_hil.stream.spec import Columns
from dora_hil.stream.timestep import Kind, TimeStep


class NotFiniteError(UserError):
    """A policy whose action is no number; no arm may have it."""


class Policy(Protocol):
    """What a pilot needs of a policy; see `PolicyRunner`."""

    n_action_steps: int
    ensemble_coefficient: float | None

    def reset(self, seed: int) -> None:
        """Forget what was seen and planned."""

    def act(self, columns: Columns, task: str) -> Float32Array:
        """Return the next action."""

    def chunk(
        self, columns: Columns, task: str, *, since: int | None, delay_steps: int
    ) -> Float32Array:
        """Return a chunk of actions, the first one for this observation."""


class Pilot(Protocol):
    """Answers the newest message of a body."""

    def answer(self, timestep: TimeStep) -> Float32Array | None:
        """Return the action for the next step, float32[n]; None where there is none (yet).

        Raises:
            NotFiniteError: the policy's action is no number.
        """

    def close(self) -> None:
        """End what was started."""


class Turn:
    """Knows when what was planned no longer holds: in a new episode, and while a person drives."""

    def __init__(self) -> None:
        """Begin before the first message."""
        self._episode: int | None = None

    def is_new(self, timestep: TimeStep) -> bool:
        """Say whether the policy has to look anew."""
        is_new_episode = timestep.episode != self._episode
        self._episode = timestep.episode
        return is_new_episode or (timestep.kind is Kind.MID and timestep.is_intervention)


class StepPilot:
    """Asks the policy at every step, as LeRobot's own loops do."""

    def __init__(self, policy: Policy) -> None:
        """Take the policy."""
        self._policy = policy
        self._turn = Turn()

    def answer(self, timestep: TimeStep) -> Float32Array | None:
        """Return the action for the next step.

        Raises:
            NotFiniteError: it is no number.
        """
        if not is_asked(timestep):
            return None
        if self._turn.is_new(timestep):
            self._policy.reset(timestep.seed)
        action = self._policy.act(timestep.columns, timestep.spec.task)
        check_finite(action, timestep)
        return action

    def close(self) -> None:
        """Do nothing."""


def is_asked(timestep: TimeStep) -> bool:
    """Say whether the body waits for an action."""
    return timestep.kind in (Kind.FIRST, Kind.MID)


def check_finite(action: Float32Array, timestep: TimeStep) -> None:
    """Check an action before it goes to an arm.

    Raises:
        NotFiniteError: a number of it is NaN or infinite.
    """
    if not np.isfinite(action).all():
        raise NotFiniteError(
            f"the policy's action at step {timestep.step} of episode {timestep.episode} is not "
            f"finite: {action.tolist()}; the arm holds still"
        )
