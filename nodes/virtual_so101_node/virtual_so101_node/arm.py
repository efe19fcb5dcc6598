"""An SO-101: six servos, and the world that they turn."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from virtual_so101_node.hand import Hand
from virtual_so101_node.physics import Physics, Vector
from virtual_so101_node.scene import JOINTS, OPEN_SHARE
from virtual_so101_node.servo import MIN_POSITION, RESOLUTION, Motion, Servo

RANGE_TICKS: Final = {
    "shoulder_pan": (797, 3299),
    "shoulder_lift": (911, 3185),
    "elbow_flex": (947, 3149),
    "wrist_flex": (968, 3128),
    "wrist_roll": (260, 3836),
    "gripper": (1935, 3185),
}
"""From stop to stop: what calibrating it by hand comes to."""

REST_TICKS: Final = (2048, 912, 3090, 2830, 2048, 2040)
"""Where the shafts are, folded together: there the arm lies without power."""
_LONGEST_S: Final = 0.1
"""Time that was missed, as by a suspended process, is not made up for."""


def ticks_to_rad(ticks: float) -> float:
    """Return a joint's angle; a shaft's middle is zero."""
    return (ticks - RESOLUTION / 2) * math.tau / RESOLUTION


class SimulatedArm:
    """An SO-101 at rest, calibrated, torque off.

    Attributes:
        physics: what they turn.
        servos: in the order of `JOINTS`.
    """

    def __init__(self, *, is_weightless: bool = False) -> None:
        """Switch it on; a weightless one is carried by a hand, as a leader is."""
        angles = [ticks_to_rad(ticks) for ticks in REST_TICKS]
        self.physics = Physics(angles, is_weightless=is_weightless)
        self.servos = tuple(Servo(n, angle) for n, angle in enumerate(angles, start=1))
        for servo, (low, high) in zip(self.servos, RANGE_TICKS.values(), strict=True):
            servo.write(MIN_POSITION, low.to_bytes(2, "little") + high.to_bytes(2, "little"))
        self._hand: Hand | None = None
        self._owed_s = 0.0
        # Written by the thread that is told what a hand does, number by number.
        self._turned_rad = np.full(len(JOINTS), np.nan)
        self._pushed_rad = np.full(len(JOINTS), np.nan)
        self._was_holding: NDArray[np.bool_] = np.zeros(len(JOINTS), bool)

    def advance(self, dt_s: float) -> None:
        """Let time pass, in whole steps of the physics."""
        self._owed_s += min(dt_s, _LONGEST_S)
        while self._owed_s >= self.physics.step_s:
            self._owed_s -= self.physics.step_s
            self._step()

    def turn(self, joint: str, shaft_ticks: float) -> None:
        """Bring a joint there by hand, as far as its stops go, and keep it.

        The hand waits for a joint whose torque is on, and lets go of one whose torque comes on.
        """
        self._turned_rad[JOINTS.index(joint)] = ticks_to_rad(shaft_ticks)

    def lead(self, xyz_m: Vector, opening: float) -> None:
        """Carry it by its tool, as `turn` does joint by joint.

        Args:
            xyz_m: float64[3], where between the jaws is to be, base frame.
            opening: of the jaws, 0 closed, 1 as far as for a block.
        """
        self._hand = self._hand or Hand(self.physics.model)
        posture_rad = self._hand.posture(self.physics.joint_pos_rad, xyz_m)
        low, high = RANGE_TICKS[JOINTS[-1]]
        posture_rad[-1] = ticks_to_rad(low + OPEN_SHARE * opening * (high - low))
        self._turned_rad[:] = posture_rad

    def push(self, joint: str, ticks: float) -> None:
        """Push a joint that holds that far from where its servo leads it."""
        self._pushed_rad[JOINTS.index(joint)] = ticks * math.tau / RESOLUTION

    def let_go(self, joint: str) -> None:
        """Take the hand away."""
        self._turned_rad[JOINTS.index(joint)] = self._pushed_rad[JOINTS.index(joint)] = np.nan

    def _step(self) -> None:
        physics = self.physics
        is_holding = np.array([servo.is_holding for servo in self.servos])
        self._turned_rad[is_holding & ~self._was_holding] = np.nan
        self._was_holding = is_holding
        drives = [servo.drive() for servo in self.servos]
        goals_rad = np.array([drive.goal_rad for drive in drives])
        # Nothing holds against a push on a limp joint, nor leads it anywhere.
        is_pushed = ~np.isnan(self._pushed_rad) & is_holding
        turned_rad = np.where(is_holding, np.nan, self._turned_rad)
        hand_rad = np.where(is_pushed, goals_rad + self._pushed_rad, turned_rad)
        physics.step(goals_rad, np.array([drive.torque for drive in drives]), hand_rad)
        felt = zip(physics.joint_pos_rad, physics.joint_vel_rad_s, physics.effort, strict=True)
        for servo, motion in zip(self.servos, felt, strict=True):
            servo.feel(Motion(*map(float, motion)), physics.step_s)
