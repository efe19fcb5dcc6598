"""One STS3215: its memory, what it asks of its motor, and what it reports of it.

Addresses and meanings are those of Feetech's memory table for the STS series; LeRobot has the
same table in `lerobot.motors.feetech.tables`. The motion itself is the world's.
"""

import math
from dataclasses import dataclass
from typing import Final

MODEL_NUMBER: Final = 777
RESOLUTION: Final = 4096
MEMORY_BYTES: Final = 128

ID: Final = 5
MIN_POSITION: Final = 9
MAX_POSITION: Final = 11
MAX_TEMPERATURE: Final = 13
TORQUE_LIMIT_MAX: Final = 16
PHASE: Final = 18
HOMING_OFFSET: Final = 31
PROTECTIVE_TORQUE: Final = 34
PROTECTION_TIME: Final = 35
OVERLOAD_TORQUE: Final = 36
TORQUE_ENABLE: Final = 40
ACCELERATION: Final = 41
GOAL_POSITION: Final = 42
GOAL_VELOCITY: Final = 46
TORQUE_LIMIT: Final = 48
LOCK: Final = 55
PRESENT_POSITION: Final = 56
PRESENT_VELOCITY: Final = 58
PRESENT_LOAD: Final = 60
PRESENT_VOLTAGE: Final = 62
PRESENT_TEMPERATURE: Final = 63
MOVING: Final = 66
PRESENT_CURRENT: Final = 69

_FIRST_VOLATILE: Final = 40
_READ_ONLY: Final = frozenset({*range(5), *range(PRESENT_POSITION, 80)})
_MIDDLE: Final = RESOLUTION // 2


_TICKS_RAD: Final = RESOLUTION / math.tau
_FASTEST_TICKS_S: Final = 3072.0
"""0.222 s for 60 degrees, as its data sheet says of 12 V; what a goal velocity of 0 stands for."""
_ACCELERATION_TICKS_S2: Final = 100.0
"""A unit of its acceleration."""
_MOST_ACCELERATION: Final = 254
"""What an acceleration of 0 stands for, and what LeRobot sets."""
_STALL_CURRENT: Final = 150
"""In steps of 6.5 mA."""
_AMBIENT_C, _HEATING_C, _HEATING_S = 30.0, 45.0, 120.0
"""Temperature at rest, what stalling adds in the end, and with which time constant."""


@dataclass(frozen=True)
class Drive:
    """What a servo asks of its motor.

    Attributes:
        goal_rad: where the joint is to be at this moment, on its way; zero in the middle
            of a turn.
        torque: share of what stalls it that it may give; 0 lets go.
    """

    goal_rad: float
    torque: float


@dataclass(frozen=True)
class Motion:
    """What a servo feels of its motor.

    Attributes:
        pos_rad, vel_rad_s: of the joint; zero in the middle of a turn.
        effort: the torque that it gives as a share of what stalls it, signed.
    """

    pos_rad: float
    vel_rad_s: float = 0.0
    effort: float = 0.0


class Servo:
    """A servo's memory, and its electronics: limits, protection, what it reports."""

    def __init__(self, servo: int, pos_rad: float = 0.0) -> None:
        """Come as from the factory, but with an id.

        Args:
            servo: its id on the bus.
            pos_rad: where its joint is.
        """
        self._memory = bytearray(MEMORY_BYTES)
        self._temperature_c = _AMBIENT_C
        self._overloaded_s = 0.0
        self._motion = Motion(pos_rad)
        # Where its electronics lead the joint now, on the way to the goal.
        self._led_rad, self._led_rad_s = pos_rad, 0.0
        self._memory[0:5] = bytes([3, 10, 0, MODEL_NUMBER & 0xFF, MODEL_NUMBER >> 8])
        self._memory[ID] = servo
        self._put(MAX_POSITION, RESOLUTION - 1)
        self._put(TORQUE_LIMIT_MAX, 1000)
        self._put(TORQUE_LIMIT, 1000)
        self._memory[MAX_TEMPERATURE] = 70
        self._memory[PHASE] = 12
        self._memory[PROTECTIVE_TORQUE] = 20
        self._memory[PROTECTION_TIME] = 200
        self._memory[OVERLOAD_TORQUE] = 80
        self._memory[PRESENT_VOLTAGE] = 120
        self._report()
        self._put(GOAL_POSITION, self.position)

    @property
    def id(self) -> int:
        """Return its id on the bus."""
        return self._memory[ID]

    @property
    def is_holding(self) -> bool:
        """Say whether its torque is on."""
        return bool(self._memory[TORQUE_ENABLE])

    @property
    def position(self) -> int:
        """Return what it reports: the shaft, less its homing offset, in [0, 4096)."""
        return round(self._shaft - self._offset) % RESOLUTION

    @property
    def is_protected(self) -> bool:
        """Say whether it has strained for too long, and gives its protective torque alone."""
        return self._overloaded_s >= self._memory[PROTECTION_TIME] / 100

    def read(self, address: int, count: int) -> bytes:
        """Return a part of its memory."""
        return bytes(self._memory[address : address + count])

    def write(self, address: int, data: bytes) -> None:
        """Write to its memory; what is read-only stays, and what is locked."""
        for at, value in enumerate(data, start=address):
            is_locked = self._memory[LOCK] and at < _FIRST_VOLATILE
            if at < MEMORY_BYTES and at not in _READ_ONLY and not is_locked:
                self._memory[at] = value
        if address <= TORQUE_ENABLE < address + len(data) and data[TORQUE_ENABLE - address]:
            self._switch_on(data[TORQUE_ENABLE - address])

    def drive(self) -> Drive:
        """Return what it asks of its motor now."""
        limit = min(self._get(TORQUE_LIMIT), self._get(TORQUE_LIMIT_MAX)) / 1000
        if self.is_protected:
            limit = min(limit, self._memory[PROTECTIVE_TORQUE] / 100)
        return Drive(self._led_rad, limit if self.is_holding else 0.0)

    def feel(self, motion: Motion, dt_s: float) -> None:
        """Take what its motor did in `dt_s`."""
        self._motion = motion
        self._lead(dt_s)
        load = abs(motion.effort)
        # Once protected, it stays so for as long as it strains against that as well.
        threshold = PROTECTIVE_TORQUE if self.is_protected else OVERLOAD_TORQUE
        is_straining = load > 0.95 * self._memory[threshold] / 100
        self._overloaded_s = self._overloaded_s + dt_s if is_straining else 0.0
        target_c = _AMBIENT_C + _HEATING_C * load**2
        self._temperature_c += (target_c - self._temperature_c) * -math.expm1(-dt_s / _HEATING_S)
        self._report()

    @property
    def _goal_rad(self) -> float:
        low, high = self._get(MIN_POSITION), self._get(MAX_POSITION)
        goal = min(max(_signed(self._get(GOAL_POSITION), 15), low), high)
        # The shorter way round is not taken: a joint has stops.
        return (goal + self._offset - _MIDDLE) / _TICKS_RAD

    def _lead(self, dt_s: float) -> None:
        """Lead the joint on: as fast as it may, braking in time for the goal."""
        if not self.is_holding:
            self._led_rad, self._led_rad_s = self._motion.pos_rad, 0.0
            return
        asked_ticks_s = abs(_signed(self._get(GOAL_VELOCITY), 15)) or _FASTEST_TICKS_S
        fastest_rad_s = min(asked_ticks_s, _FASTEST_TICKS_S) / _TICKS_RAD
        units = self._memory[ACCELERATION] or _MOST_ACCELERATION
        faster_rad_s = units * _ACCELERATION_TICKS_S2 / _TICKS_RAD * dt_s
        left_rad = self._goal_rad - self._led_rad
        # From this speed it can still brake, a step of time after the other.
        braking_rad_s = (
            math.sqrt(faster_rad_s**2 / 4 + 2 * faster_rad_s / dt_s * abs(left_rad))
            - faster_rad_s / 2
        )
        wanted_rad_s = math.copysign(
            min(fastest_rad_s, braking_rad_s, abs(left_rad) / dt_s), left_rad
        )
        change_rad_s = wanted_rad_s - self._led_rad_s
        self._led_rad_s += min(max(change_rad_s, -faster_rad_s), faster_rad_s)
        self._led_rad += self._led_rad_s * dt_s

    @property
    def _shaft(self) -> float:
        return _MIDDLE + self._motion.pos_rad * _TICKS_RAD

    @property
    def _offset(self) -> int:
        return _signed(self._get(HOMING_OFFSET), 11)

    def _switch_on(self, value: int) -> None:
        if value == 128:
            # "This is the middle": the factory's own way to set the homing offset.
            self._put(HOMING_OFFSET, _magnitude(round(self._shaft) - _MIDDLE, 11))
            self._memory[TORQUE_ENABLE] = 0
            self._report()

    def _report(self) -> None:
        velocity, effort = self._motion.vel_rad_s * _TICKS_RAD, self._motion.effort
        self._put(PRESENT_POSITION, self.position)
        self._put(PRESENT_VELOCITY, _magnitude(round(velocity), 15))
        self._put(PRESENT_LOAD, _magnitude(round(1000 * effort), 10))
        self._memory[PRESENT_TEMPERATURE] = round(self._temperature_c)
        self._memory[MOVING] = abs(velocity) > 10.0
        self._put(PRESENT_CURRENT, round(_STALL_CURRENT * abs(effort)))

    def _get(self, address: int) -> int:
        return int.from_bytes(self._memory[address : address + 2], "little")

    def _put(self, address: int, value: int) -> None:
        self._memory[address : address + 2] = value.to_bytes(2, "little")


def _signed(raw: int, sign_bit: int) -> int:
    """Decode sign and magnitude."""
    magnitude = raw & ((1 << sign_bit) - 1)
    return -magnitude if raw >> sign_bit & 1 else magnitude


def _magnitude(value: int, sign_bit: int) -> int:
    """Encode sign and magnitude; what is too large is cut off."""
    magnitude = min(abs(value), (1 << sign_bit) - 1)
    return magnitude | (1 << sign_bit if value < 0 else 0)
