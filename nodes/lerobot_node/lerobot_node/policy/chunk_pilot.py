"""Executes one chunk of actions while a thread computes the next."""

import queue
import threading
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from dora_hil.stream.actions import Float32Array
from dora_hil.stream.timestep import TimeStep
from lerobot_node.policy.pilot import Policy, Turn, check_finite, is_asked

END_TIME_LIMIT_S: Final = 3.0
"""For a chunk that nobody needs any more: dora kills a node that is still there 10 s after STOP."""


@dataclass(frozen=True, eq=False)
class _Chunk:
    """Actions for the steps from `step` on, float32[steps, n]."""

    turn: int
    step: int
    actions: Float32Array


class ChunkPilot:
    """Never waits for the policy.

    A chunk belongs to the step whose observation it was computed from: what has become past
    while it was computed is left out. The next one is asked for early enough to be there, as
    long as the last ones took, when `n_action_steps` of the present one are executed; where it
    is not, the rest of the present chunk goes on.

    With temporal ensembling, an action is the average of all chunks that planned one for its step,
    weighted as ACT does, oldest first; those that the policy was too slow for are not there.
    """

    def __init__(self, policy: Policy) -> None:
        """Start the thread."""
        self._policy = policy
        self._turn = Turn()
        self._turns = 0
        self._plans: list[_Chunk] = []
        self._is_asked = False
        self._lag_steps = 1
        self._requests: queue.SimpleQueue[tuple[int, TimeStep, int] | None] = queue.SimpleQueue()
        self._chunks: queue.SimpleQueue[_Chunk | Exception] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="policy", daemon=True)
        self._thread.start()

    def answer(self, timestep: TimeStep) -> Float32Array | None:
        """Return the action for the next step; None until the first chunk is there.

        Raises:
            NotFiniteError: it is no number.
            Exception: the policy's own, in its thread.
        """
        if not is_asked(timestep):
            return None
        if self._turn.is_new(timestep):
            self._turns += 1
            self._plans = []
        self._take_chunks(timestep.step)
        if not self._is_asked and self._is_due(timestep.step):
            self._ask(timestep)
        action = self._planned(timestep.step)
        if action is not None:
            check_finite(action, timestep)
        return action

    def _is_due(self, step: int) -> bool:
        if not self._plans:
            return True
        return step - self._plans[-1].step + self._lag_steps >= self._policy.n_action_steps

    def _planned(self, step: int) -> Float32Array | None:
        """Return what the chunk, or the average of those that are kept, has for a step."""
        actions = [c.actions[step - c.step] for c in self._plans if step - c.step < len(c.actions)]
        if not actions:
            return None
        coefficient = self._policy.ensemble_coefficient or 0.0
        weights = np.exp(-coefficient * np.arange(len(actions)))
        return np.asarray(np.average(actions, axis=0, weights=weights), np.float32)

    def _ask(self, timestep: TimeStep) -> None:
        # The message's memory is dora's, and given back before the thread is done.
        columns = {name: array.copy() for name, array in timestep.columns.items()}
        self._requests.put((self._turns, replace(timestep, columns=columns), self._lag_steps))
        self._is_asked = True

    def _take_chunks(self, step: int) -> None:
        while not self._chunks.empty():
            chunk = self._chunks.get()
            if isinstance(chunk, Exception):
                raise chunk
            self._is_asked = False
            # One that was asked for before a reset is of no use any more.
            if chunk.turn == self._turns:
                self._keep(chunk, step)
                self._lag_steps = max(1, step - chunk.step)

    def _keep(self, chunk: _Chunk, step: int) -> None:
        """Go by a new chunk: alone, or beside those that have something left for the average."""
        left: list[_Chunk] = []
        if self._policy.ensemble_coefficient is not None:
            left = [c for c in self._plans if step - c.step < len(c.actions)]
        self._plans = [*left, chunk]

    def close(self) -> None:
        """End the thread; a policy that is computing is waited for, but not for ever.

        An interpreter that ends while torch computes in a thread of it ends with an abort.
        """
        self._requests.put(None)
        self._thread.join(END_TIME_LIMIT_S)

    def _work(self) -> None:
        last_turn, last_step = -1, 0
        while (request := self._requests.get()) is not None:
            turn, seen, lag_steps = request
            try:
                since = seen.step - last_step if turn == last_turn else None
                if turn != last_turn:
                    self._policy.reset(seen.seed)
                last_turn, last_step = turn, seen.step
                actions = self._policy.chunk(
                    seen.columns, seen.spec.task, since=since, delay_steps=lag_steps
                )
            except Exception as error:
                self._chunks.put(error)
                return
            self._chunks.put(_Chunk(turn, seen.step, actions))
