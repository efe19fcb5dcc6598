"""What a person can say through any device, and how it becomes an `Action`.

A device (keyboard, gamepad, browser) maps its own keys, sticks and buttons to this vocabulary
and asks for one action per tick; this module alone knows engagement and the gripper's memory.
"""

from collections.abc import Iterable, Set
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from dora_hil.stream.actions import (
    GRIPPER_CLOSE,
    GRIPPER_OPEN,
    GRIPPER_STAY,
    ActionSpace,
    Float32Array,
)
from dora_hil.stream.messages import Action, Command, Control


class Hold(StrEnum):
    """What acts for as long as it is held; axes are the base frame's.

    Attributes:
        CLOSE_GRIPPER: closes, and opens on release.
        CLAMP_GRIPPER: closes, and stays as it is on release.
        OPEN_GRIPPER: opens.
        ENGAGE: takes control without a motion.
    """

    X_PLUS = "x_plus"
    X_MINUS = "x_minus"
    Y_PLUS = "y_plus"
    Y_MINUS = "y_minus"
    Z_PLUS = "z_plus"
    Z_MINUS = "z_minus"
    CLOSE_GRIPPER = "close_gripper"
    CLAMP_GRIPPER = "clamp_gripper"
    OPEN_GRIPPER = "open_gripper"
    ENGAGE = "engage"


TAKE_OVER: Final = "take_over"
"""What latches control to the person, and hands it back the next time."""

DEEDS: Final = (TAKE_OVER, *(command for command in Command if command is not Command.TASK))
"""What acts once, at the press."""

_AXIS_AND_SIGN: Final = {
    Hold.X_PLUS: (0, 1.0),
    Hold.X_MINUS: (0, -1.0),
    Hold.Y_PLUS: (1, 1.0),
    Hold.Y_MINUS: (1, -1.0),
    Hold.Z_PLUS: (2, 1.0),
    Hold.Z_MINUS: (2, -1.0),
}
MOTIONS: Final = tuple(_AXIS_AND_SIGN)
OPPOSITES: Final = {
    hold: other
    for hold, (axis, sign) in _AXIS_AND_SIGN.items()
    for other, opposite in _AXIS_AND_SIGN.items()
    if opposite == (axis, -sign)
}

STOP_HOLD_NS: Final = 500_000_000
"""How long the key or button of `stop` is held until it acts: no slip of the hand ends a run."""

OPEN_NS: Final = 300_000_000
"""How long a released gripper says `open`, and at least once."""


def holds_and_deeds(
    bindings: Iterable[tuple[str, Iterable[str]]],
) -> tuple[dict[str, Hold], dict[str, str]]:
    """Return what each key or button holds, and what each one does.

    Args:
        bindings: every `Hold` and deed, with the names of what is bound to it.
    """
    meanings = {name: action for action, names in bindings for name in names}
    holds = {name: Hold(action) for name, action in meanings.items() if action in [*Hold]}
    return holds, {name: action for name, action in meanings.items() if name not in holds}


class HeldInputs:
    """A person's held inputs and tilted sticks, and the action they ask for.

    The gripper stays until the person uses it. After `CLOSE_GRIPPER` is released it opens for
    `OPEN_NS`; then it stays again, so that the next take-over does not drop what it holds.

    Attributes:
        taken_over: control is latched to the person.
    """

    def __init__(self) -> None:
        """Start with nothing held."""
        self.taken_over = False
        self._held: set[Hold] = set()
        # Pressed since the last action: what is shorter than a tick still acts for one.
        self._tapped: set[Hold] = set()
        self._tilt: Float32Array = np.zeros(3, dtype=np.float32)
        self._released_gripper_ns: int | None = None
        self._said_open = False
        self._seq = 0

    def press(self, hold: Hold) -> None:
        """Begin to hold."""
        self._held.add(hold)
        self._tapped.add(hold)

    def release(self, hold: Hold, now_ns: int) -> None:
        """Let go; the gripper opens."""
        if hold not in self._held:
            return
        self._held.remove(hold)
        if hold is Hold.CLOSE_GRIPPER:
            self._released_gripper_ns, self._said_open = now_ns, False

    def hold(self, held: Set[Hold], now_ns: int) -> None:
        """Take all that is held now: what is new is pressed, what is gone released."""
        for hold in self._held - held:
            self.release(hold, now_ns)
        for hold in held - self._held:
            self.press(hold)

    def tilt(self, xyz: ArrayLike) -> None:
        """Tilt the sticks; 0, 0, 0 lets go of them.

        Args:
            xyz: float[3] in [-1, 1] of one step size, base frame; what is beyond is cut off.
        """
        self._tilt = np.clip(np.asarray(xyz, dtype=np.float32), -1.0, 1.0)

    def do(self, deed: str, t_press_ns: int) -> Control | None:
        """Do what acts once; returns the command to send, if it is one.

        Args:
            deed: one of `DEEDS`.
            t_press_ns: `time.monotonic_ns()` of the press.
        """
        if deed == TAKE_OVER:
            self.taken_over = not self.taken_over
            return None
        return self._command(Command(deed), t_press_ns)

    def tell(self, task: str, now_ns: int) -> Control:
        """Return what says in words what is to be done from now on."""
        return self._command(Command.TASK, now_ns, task)

    def _command(self, command: Command, t_press_ns: int, task: str = "") -> Control:
        control = Control(command, seq=self._seq, t_press_ns=t_press_ns, task=task)
        self._seq += 1
        return control

    def clear(self) -> None:
        """Forget all that is held without opening the gripper: the device failed, nobody let go."""
        self.taken_over = False
        self._held.clear()
        self._tapped.clear()
        self._tilt = np.zeros(3, dtype=np.float32)
        self._released_gripper_ns = None

    def action(self, now_ns: int) -> Action:
        """Return what is asked for now; call it once a tick.

        Args:
            now_ns: `time.monotonic_ns()`.

        Returns:
            An `ee_delta` float32[4] that answers no step.
        """
        active = self._held | self._tapped
        self._tapped.clear()
        value = np.zeros(4, dtype=np.float32)
        value[:3] = self._tilt
        for hold in active & _AXIS_AND_SIGN.keys():
            axis, sign = _AXIS_AND_SIGN[hold]
            value[axis] += sign
        value[:3] = value[:3].clip(-1.0, 1.0)

        opens = self._is_opening(now_ns)
        engaged = bool(active) or bool(self._tilt.any()) or self.taken_over or opens
        if active & {Hold.CLOSE_GRIPPER, Hold.CLAMP_GRIPPER}:
            value[3] = GRIPPER_CLOSE
        elif opens or Hold.OPEN_GRIPPER in active:
            value[3] = GRIPPER_OPEN
            self._said_open = True
        else:
            value[3] = GRIPPER_STAY
        return Action(value, ActionSpace.EE_DELTA, engaged=engaged, t_obs_ns=now_ns)

    def _is_opening(self, now_ns: int) -> bool:
        """Say whether the gripper still has to be told to open."""
        released_ns = self._released_gripper_ns
        if released_ns is None:
            return False
        return not self._said_open or now_ns - released_ns < OPEN_NS
