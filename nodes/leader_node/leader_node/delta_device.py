"""A device that says which way the tool is to move, as a device of a dataflow."""

import itertools
import logging
import time
from collections.abc import Callable
from typing import Final

import numpy as np

from dora_hil.node.node import Event
from dora_hil.stream.actions import GRIPPER_STAY, ActionSpace, hold_ee_delta
from dora_hil.stream.messages import Action, Command, Control, Status
from leader_node.arm_link import ArmLink, Pose

log = logging.getLogger(__name__)

DELTAS: Final = ("delta_x", "delta_y", "delta_z")
GRIPPER: Final = "gripper"
_ENGAGED: Final = "is_intervention"
_COMMANDS: Final = {
    "success": Command.SUCCESS,
    "failure": Command.FAILURE,
    "rerecord_episode": Command.RERECORD,
    "terminate_episode": Command.NEXT,
}
"""What LeRobot's teleoperators call what a person commands; of several at once the first counts."""


class DeltaDevice:
    """Reads a device once a tick and says what it asks for; without one it idles."""

    def __init__(self, link: ArmLink, *, has_gripper: bool) -> None:
        """Take the way to the device; one without a gripper leaves it as it is."""
        self._link = link
        self._size = 4 if has_gripper else 3
        self._send: Callable[[Control], None] = lambda _: None
        self._pressed: frozenset[Command] = frozenset()
        self._count = itertools.count()
        self._said: str | None = None

    def start(self, send: Callable[[Control], None]) -> None:
        """Take what commands go to; the device is connected at the first tick."""
        self._send = send

    def hear(self, event: Event, status: Status | None) -> None:
        """Do nothing: what the body does is not felt in the hand."""

    def action(self) -> Action:
        """Return what is asked for, and send what is commanded.

        It drives while LeRobot's own event says so; one without that event, while anything moves.
        """
        reading = self._link.exchange(None)
        self._say(self._link.failure)
        if reading is None:
            self._pressed = frozenset()
            hold, now_ns = hold_ee_delta()[: self._size], time.monotonic_ns()
            return Action(hold, ActionSpace.EE_DELTA, engaged=False, t_obs_ns=now_ns)
        pose = reading.pose
        self._command(pose, reading.t_ns)
        deltas = np.clip([pose.get(name, 0.0) for name in DELTAS], -1.0, 1.0)
        gripper = np.clip(pose.get(GRIPPER, GRIPPER_STAY), 0.0, 2.0)
        moves = bool(deltas.any() or gripper != GRIPPER_STAY)
        return Action(
            np.array([*deltas, gripper], np.float32)[: self._size],
            ActionSpace.EE_DELTA,
            engaged=bool(pose[_ENGAGED]) if _ENGAGED in pose else moves,
            t_obs_ns=reading.t_ns,
        )

    def stop(self) -> None:
        """Close the device."""
        self._link.close()

    def _command(self, pose: Pose, t_ns: int) -> None:
        """Send what has come to be pressed since the last reading."""
        pressed = frozenset(command for name, command in _COMMANDS.items() if pose.get(name))
        new = [command for command in _COMMANDS.values() if command in pressed - self._pressed]
        self._pressed = pressed
        if new:
            self._send(Control(new[0], next(self._count), t_press_ns=t_ns))

    def _say(self, failure: str) -> None:
        if failure == self._said:
            return
        if failure:
            log.warning("no device: %s", failure)
        elif self._said:
            log.info("the device is there")
        self._said = failure
