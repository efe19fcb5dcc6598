"""The joints of a LeRobot robot: read, sent, limited."""

import contextlib
import logging
import math
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from lerobot.motors import MotorNormMode
from lerobot.robots import Robot

from dora_hil.body.environment import BodyFaultError
from dora_hil.body.joint_target import JointLimits
from dora_hil.body.safety import SafetyConfig, refuse_unknown
from dora_hil.config import ConfigError
from dora_hil.errors import one_line
from dora_hil.hardware.motor_bus import drop_late_answers
from dora_hil.stream.actions import Float64Array

log = logging.getLogger(__name__)

_VELOCITY: Final = ".vel"
_NUMBERS: Final = (float, int)
_MA_PER_UNIT: Final = 6.5
"""Feetech's unit of `Present_Current`."""
_JUMP: Final = 60.0
"""In the joints' own units: farther no joint gets from one reading to the next."""


class ImplausibleError(Exception):
    """A reading that cannot be true."""


class Joints:
    """What LeRobot calls the action features of a robot, as vectors.

    Attributes:
        names: LeRobot's, in order: `shoulder_pan.pos`, ...
        units: one per name.
        is_velocity: bool[n]; a wheel's number is a velocity, which a hold sets to zero.
        positions: float64[n]; the last reading.
        is_fresh: whether the last `read` was answered.
    """

    def __init__(
        self, robot: Robot, kind: str, timeout_s: float, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        """Take a robot that is not connected yet.

        Args:
            robot: whose observation has every action feature too.
            kind: what the config calls it; LeRobot has several names for one class.
            timeout_s: silence of that length is a fault.
            now_s: any monotonic clock.

        Raises:
            ConfigError: the robot has other actions than numbers that it also reports.
        """
        self._robot = robot
        self._kind = kind
        self._timeout_s = timeout_s
        self._now_s = now_s
        self._heard_s = 0.0
        self.names = tuple(robot.action_features)
        odd = [name for name in self.names if robot.observation_features.get(name) not in _NUMBERS]
        if odd:
            raise ConfigError(
                f"env.robot.type: {kind} does not report {', '.join(odd)} as a number, "
                "which it is sent"
            )
        self.units = tuple(self._unit(name) for name in self.names)
        self.is_velocity = np.array([name.endswith(_VELOCITY) for name in self.names])
        self.positions: Float64Array = np.zeros(len(self.names))
        self._currents_ma: Float64Array = np.full(len(self.names), math.nan)
        self.is_fresh = False

    def start(self) -> None:
        """Read once, and send the arm to where it stands, so that switching it on moves nothing.

        Raises:
            BodyFaultError: it does not answer.
        """
        self._heard_s = self._now_s()
        while not self.is_fresh:
            self.read()
        self.send(np.where(self.is_velocity, 0.0, self.positions))

    def read(self) -> None:
        """Take a reading; without an answer the last one stays.

        Raises:
            BodyFaultError: there has been no answer for too long.
        """
        try:
            drop_late_answers(self._robot)
            seen = self._robot.get_observation()
            positions: Float64Array = np.array([float(seen[name]) for name in self.names])
            if not np.isfinite(positions).all():
                raise ValueError(f"it reports {positions.tolist()}")
            self._take(positions)
        except Exception as error:  # Drivers raise what they like for a bad packet.
            self._bear(error)

    def send(self, positions: Float64Array) -> None:
        """Send the arm somewhere; one that cannot be reached stays where it was sent before.

        Raises:
            BodyFaultError: there has been no answer for too long.
        """
        numbers = dict(zip(self.names, positions.tolist(), strict=True))
        try:
            self._robot.send_action(numbers)
        except Exception as error:  # As above.
            self._bear(error)

    def currents_ma(self) -> Float64Array:
        """Return each motor's current, float64[n], milliamperes.

        Without an answer it is the last reading; NaN where there has been none yet.
        """
        # A single NaN would end up in a dataset's statistics.
        with contextlib.suppress(Exception):  # As above.
            drop_late_answers(self._robot)
            read: dict[str, float] = self._robot.bus.sync_read(
                "Present_Current", normalize=False, num_retry=2
            )
            motors = [name.rpartition(".")[0] for name in self.names]
            self._currents_ma = np.array([read[motor] * _MA_PER_UNIT for motor in motors])
        return self._currents_ma

    def limits(self, safety: SafetyConfig) -> JointLimits:
        """Return what the joints may do: the calibrated range, unless the config says otherwise.

        Raises:
            ConfigError: a joint is named that there is not.
        """
        low, high = self._calibrated_range()
        try:
            given = safety.joint_limits or {}
            refuse_unknown(given, self.names, "safety.joint_limits")
            for name, (least, most) in given.items():
                low[self.names.index(name)], high[self.names.index(name)] = least, most
            speed = safety.joint_speeds(self.names)
        except ValueError as error:
            raise ConfigError(str(error)) from None
        # The speed limits a position's change; that of a velocity is another matter.
        return JointLimits(self.names, low, high, np.where(self.is_velocity, math.inf, speed))

    def torque_off(self) -> None:
        """Let the arm go, if its driver can."""
        bus = self._bus
        if bus is None:
            log.warning("the %s cannot be let go from here", self._kind)
            return
        try:
            bus.disable_torque(num_retry=5)
        except Exception as error:  # As above.
            log.warning("the torque could not be switched off: %s", one_line(error))

    def _take(self, positions: Float64Array) -> None:
        """Take a reading that can be true: no joint is suddenly elsewhere.

        Raises:
            ImplausibleError: one is; the next reading that says so again is believed.
        """
        jumps = np.abs(positions - self.positions) > _JUMP
        if self.is_fresh and bool((jumps & ~self.is_velocity).any()):
            name = self.names[int(np.argmax(jumps))]
            raise ImplausibleError(f"{name} jumped by more than {_JUMP:g}")
        self.positions, self.is_fresh, self._heard_s = positions, True, self._now_s()

    def _bear(self, error: Exception) -> None:
        """Put up with a line that fails now and then, but not with one that is dead."""
        self.is_fresh = False
        silent_s = self._now_s() - self._heard_s
        if silent_s >= self._timeout_s:
            raise BodyFaultError(
                f"the {self._kind} has not answered for {silent_s:.1f} s "
                f"({one_line(error)}); check power and cable. Its motors hold their last target as "
                "long as they have power"
            ) from None

    @property
    def _bus(self) -> Any:
        return getattr(self._robot, "bus", None)

    def _unit(self, name: str) -> str:
        bus = self._bus
        motor = bus.motors.get(name.rpartition(".")[0]) if bus is not None else None
        if motor is None:
            return ""
        return {MotorNormMode.DEGREES: "deg", MotorNormMode.RANGE_0_100: "0 to 100"}.get(
            motor.norm_mode, "-100 to 100"
        )

    def _calibrated_range(self) -> tuple[Float64Array, Float64Array]:
        low = np.full(len(self.names), -math.inf)
        high = np.full(len(self.names), math.inf)
        bus = self._bus
        for n, name in enumerate(self.names):
            motor_name = name.rpartition(".")[0]
            if bus is None or motor_name not in bus.motors or motor_name not in bus.calibration:
                log.warning("%s: no range is known; safety.joint_limits may give one", name)
                continue
            match bus.motors[motor_name].norm_mode:
                case MotorNormMode.DEGREES:
                    span = bus.calibration[motor_name]
                    turn = bus.model_resolution_table[bus.motors[motor_name].model] - 1
                    half = (span.range_max - span.range_min) / 2 * 360.0 / turn
                    low[n], high[n] = -half, half
                case MotorNormMode.RANGE_0_100:
                    low[n], high[n] = 0.0, 100.0
                case _:
                    low[n], high[n] = -100.0, 100.0
        return low, high
