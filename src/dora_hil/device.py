"""What a person can say through any device, and how it becomes an `Action`.

A device (keyboard, gamepad, browser) maps its own keys, sticks and buttons to this vocabulary
and asks for one action per tick; this module alone knows engagement and the gripper's memory.
"""

from enum import StrEnum
from typing import Final

import numpy as np

from dora_hil.actions import GRIPPER_CLOSE, GRIPPER_OPEN, GRIPPER_STAY, ActionSpace
from dora_hil.messages import Action


class Hold(StrEnum):
    """What acts for as long as it is held; axes are the base frame's."""

    X_PLUS = "x_plus"
    X_MINUS = "x_minus"
    Y_PLUS = "y_plus"
    Y_MINUS = "y_minus"
    Z_PLUS = "z_plus"
    Z_MINUS = "z_minus"
    CLOSE_GRIPPER = "close_gripper"


TAKE_OVER: Final = "take_over"
"""What latches control to the person, and hands it back the next time."""

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

OPEN_NS: Final = 300_000_000
"""How long a released gripper says `open`, and at least once."""


class HeldInputs:
    """A person's held inputs, and the action they ask for.

    The gripper stays until the person closes it; after the release it opens for `OPEN_NS`.
    Then it stays again, so that the next take-over does not drop what the gripper holds.

    Attributes:
        taken_over: control is latched to the person.
    """

    def __init__(self) -> None:
        """Start with nothing held."""
        self.taken_over = False
        self._held: set[Hold] = set()
        # Pressed since the last action: what is shorter than a tick still acts for one.
        self._tapped: set[Hold] = set()
        self._released_gripper_ns: int | None = None
        self._said_open = False

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

    def toggle_take_over(self) -> None:
        """Take control for good, or hand it back."""
        self.taken_over = not self.taken_over

    def clear(self) -> None:
        """Forget all that is held without opening the gripper: the device failed, nobody let go."""
        self.taken_over = False
        self._held.clear()
        self._tapped.clear()
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
        for hold in active - {Hold.CLOSE_GRIPPER}:
            axis, sign = _AXIS_AND_SIGN[hold]
            value[axis] += sign

        opens = self._is_opening(now_ns)
        engaged = bool(active) or self.taken_over or opens
        if Hold.CLOSE_GRIPPER in active:
            value[3] = GRIPPER_CLOSE
        elif opens:
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
