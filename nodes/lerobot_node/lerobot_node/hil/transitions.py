"""Frames of the `episode` stream as LeRobot's transitions."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from lerobot.utils.transition import Transition, move_transition_to_device

from dora_hil.stream.actions import ActionSpace, Float32Array
from dora_hil.stream.frames import Frame
from dora_hil.stream.spec import Columns
from lerobot_node.encoder.frozen import FrozenEncoder
from lerobot_node.encoder.pictures import batch_of

State = dict[str, torch.Tensor]

SPACE = ActionSpace.EE_DELTA
"""LeRobot's SAC learns in [-1, 1], with a gripper of three classes: 0 close, 1 stay, 2 open."""

PENALTY = "discrete_penalty"
SHOWN = "is_intervention"
"""LeRobot's name: a person drove."""


class TransitionBuilder:
    """Builds the transitions of one episode after the other.

    A frame's next state is the next frame's state: each observation is converted once.
    """

    def __init__(self, state_keys: Sequence[str], encoder: FrozenEncoder | None = None) -> None:
        """Take the names of the observations that the policy sees, and what encodes pictures."""
        self._keys = tuple(state_keys)
        self._encoder = encoder
        self._newest: tuple[int, int, State] | None = None

    def build(self, frame: Frame, asked: Float32Array | None = None) -> Transition:
        """Return what was seen, what was done then, and what came of it.

        Done is what was *executed*, or what the policy `asked` for, where that is what led to it:
        safety is a part of the world to it. Of what it asks for in vain the value would never be
        learned, and what it is guessed to be is what the policy goes for.

        `done` means terminated: a time-out sets `truncated` alone, and its next state is the
        one that really followed.
        """
        before, after = frame.before, frame.after
        if self._newest is not None and self._newest[:2] == (before.episode, before.step):
            state = self._newest[2]
        else:
            state = state_of(before.columns, self._keys, self._encoder)
        next_state = state_of(after.columns, self._keys, self._encoder)
        self._newest = (after.episode, after.step, next_state)
        action = after.actions[str(SPACE)] if asked is None else asked
        return move_transition_to_device(
            Transition(
                state=state,
                action=torch.from_numpy(action.copy()).unsqueeze(0),
                # The learner unpickles plain Python numbers only.
                reward=float(after.reward),
                next_state=next_state,
                done=bool(after.done),
                truncated=bool(after.truncated),
                complementary_info={
                    PENALTY: torch.tensor([float(after.discrete_penalty)]),
                    SHOWN: bool(after.is_intervention),
                },
            )
        )


def completed(info: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a transition's `complementary_info` with all of its keys in any case.

    LeRobot mixes batches of two buffers key by key: one that has no penalties of the gripper would
    leave half of a batch without, and end the learner in the middle of an update.
    """
    return {PENALTY: torch.zeros(1), SHOWN: torch.zeros(1), **(info or {})}


def state_of(columns: Columns, keys: Sequence[str], encoder: FrozenEncoder | None = None) -> State:
    """Return an observation as the learner stores it: one in a batch, pictures CHW in [0, 1].

    Args:
        columns: float32 vectors, uint8[height, width, 3] pictures; copied.
        keys: which of them.
        encoder: frozen; its features stand for the pictures, under their stored names.
    """
    state: State = {}
    if encoder is not None:
        state.update(encoder.look(columns))
        keys = [key for key in keys if key not in encoder.stored]
    for key in keys:
        column = columns[key]
        is_picture = column.ndim == 3
        state[key] = batch_of(column) if is_picture else torch.from_numpy(column.copy())[None]
    return state
