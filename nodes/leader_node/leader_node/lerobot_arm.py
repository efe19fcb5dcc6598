"""A leader arm behind LeRobot's driver."""

import contextlib
from collections.abc import Callable
from typing import Final

from lerobot.motors.feetech import FeetechMotorsBus
from lerobot.motors.motors_bus import MotorsBusBase
from lerobot.teleoperators import Teleoperator

from dora_hil.hardware.motor_bus import (
    drop_late_answers,
    every_bus_of,
    uncalibrated,
    why_not_opened,
)
from leader_node.arm_link import ArmError, NotCalibratedError, Pose, arm_errors

_FULL_TORQUE: Final = 1000
"""Feetech's unit of `Torque_Limit` is a thousandth of the stall torque."""

_JUMP_DEG: Final = 60.0
"""No hand moves a joint so far from one reading to the next."""


class LeRobotArm:
    """Reads a leader, sends it somewhere, and lets go of it; the `Arm` of an `ArmLink`.

    Attributes:
        can_move: it has motors that can be sent to a pose.
    """

    def __init__(
        self, make: Callable[[], Teleoperator], *, torque_limit: float, calibrate_command: str
    ) -> None:
        """Make the driver once to learn what it can; nothing is connected.

        Args:
            make: makes the driver. A new one is made for every connection, for Feetech's counts
                its port as in use for ever once a transfer has failed in the middle.
            torque_limit: of Feetech's servos while they hold, as a share of the stall torque.
            calibrate_command: what to type where the arm is not calibrated.
        """
        self._make = make
        self._driver = make()
        self._torque_limit = torque_limit
        self._calibrate_command = calibrate_command
        self._has_torque: bool | None = None
        self._pose: Pose = {}
        self.can_move = _takes_feedback(self._driver)

    def connect(self) -> None:
        """Open the port and check the motors; see `Arm`."""
        self._driver = self._make()
        self._has_torque = None
        self._pose = {}
        try:
            with arm_errors(why_not_opened):
                self._driver.connect(calibrate=False)
                if not self._driver.is_calibrated:
                    why = uncalibrated(self._driver, self._calibrate_command)
                    raise NotCalibratedError(f"the leader {why}. Stop first, then start again")
                if self.can_move:
                    for bus in _buses(self._driver):
                        _limit_torque(bus, self._torque_limit)
        except ArmError:
            self.disconnect()
            raise

    def exchange(self, goal: Pose | None) -> dict[str, float]:
        """Send it to a goal, or let go of it for None; see `Arm`."""
        with arm_errors():
            drop_late_answers(self._driver)
            if goal is None and self.can_move and self._has_torque is not False:
                self._has_torque = None
                self._driver.disable_torque()
                self._has_torque = False
            pose = self._read()
            if goal is not None:
                if not self._has_torque:
                    self._hold(pose)
                self._driver.send_feedback(dict(goal))
            return pose

    def disconnect(self) -> None:
        """Switch the torque off and close the port, as far as that is still possible."""
        with contextlib.suppress(ArmError), arm_errors():
            self._driver.disconnect()
        # LeRobot leaves a port open whose motors did not answer.
        for bus in _buses(self._driver):
            with contextlib.suppress(ArmError), arm_errors():
                bus.disconnect(disable_torque=False)

    def _read(self) -> dict[str, float]:
        pose: dict[str, float] = self._driver.get_action()
        jumps = [name for name in self._pose if abs(pose[name] - self._pose[name]) > _JUMP_DEG]
        if jumps:
            name = jumps[0]
            raise ArmError(f"{name} jumped from {self._pose[name]:.0f} to {pose[name]:.0f}")
        self._pose = pose
        return pose

    def _hold(self, pose: Pose) -> None:
        """Switch the torque on where it is: a servo turns to the goal that it had last."""
        self._has_torque = None
        self._driver.send_feedback(dict(pose))
        self._driver.enable_torque()
        self._has_torque = True


def _takes_feedback(driver: Teleoperator) -> bool:
    """Say whether it can be sent to a pose.

    LeRobot's `teleop_supports_feedback` says the same; its module imports datasets for 10 s.
    """
    torque = ("enable_torque", "disable_torque")
    return bool(driver.feedback_features) and all(hasattr(driver, name) for name in torque)


def _buses(driver: Teleoperator) -> list[MotorsBusBase]:
    """Return its motors, of both arms where it has two; a plugin may call something else a bus."""
    return [bus for bus in every_bus_of(driver) if isinstance(bus, MotorsBusBase)]


def _limit_torque(bus: MotorsBusBase, share: float) -> None:
    """Limit the torque until the arm is switched off; other makes have other registers."""
    if isinstance(bus, FeetechMotorsBus):
        for motor in bus.motors:
            bus.write("Torque_Limit", motor, round(share * _FULL_TORQUE))
