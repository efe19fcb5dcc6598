"""One STS3215: its memory, and the motion that it leads to.

Addresses and meanings are those of Feetech's memory table for the STS series; LeRobot has the
same table in `lerobot.motors.feetech.tables`.
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
TORQUE_LIMIT_MAX: Final = 16
PHASE: Final = 18
HOMING_OFFSET: Final = 31
TORQUE_ENABLE: Final = 40
GOAL_POSITION: Final = 42
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


@dataclass(frozen=True)
class ServoDynamics:
    """How a servo follows its goal.

    Attributes:
        time_constant_s: of the first-order approach.
        max_speed_ticks_s: an STS3215 at 7.4 V makes about 0.8 turns of 4096 ticks a second.
        ambient_c, heating_c: temperature at rest, and what full load adds in the end.
        heating_s: time constant of that.
    """

    time_constant_s: float = 0.06
    max_speed_ticks_s: float = 3400.0
    ambient_c: float = 30.0
    heating_c: float = 25.0
    heating_s: float = 120.0


class Servo:
    """A servo that turns while its torque is on, and can be turned by hand while it is off.

    A hand that pushes it while its torque is on moves it as far from its goal as it pushes.
    """

    def __init__(
        self, servo: int, shaft_ticks: float = _MIDDLE, dynamics: ServoDynamics | None = None
    ) -> None:
        """Come as from the factory, but with an id; its shaft is in [0, 4096)."""
        self._memory = bytearray(MEMORY_BYTES)
        self._dynamics = dynamics or ServoDynamics()
        self._shaft = float(shaft_ticks)
        self._push_ticks = 0.0
        self._velocity = 0.0
        self._load = 0.0
        self._temperature_c = self._dynamics.ambient_c
        self._memory[0:5] = bytes([3, 10, 0, MODEL_NUMBER & 0xFF, MODEL_NUMBER >> 8])
        self._memory[ID] = servo
        self._put(MAX_POSITION, RESOLUTION - 1)
        self._put(TORQUE_LIMIT_MAX, 1000)
        self._put(TORQUE_LIMIT, 1000)
        self._memory[PHASE] = 12
        self._memory[PRESENT_VOLTAGE] = 74
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
        offset = _signed(self._get(HOMING_OFFSET), 11)
        return round(self._shaft - offset) % RESOLUTION

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

    def turn(self, shaft_ticks: float) -> None:
        """Turn its shaft by hand; a servo that holds does not give way."""
        if not self.is_holding:
            self._shaft = shaft_ticks % RESOLUTION
            self._report()

    def push(self, ticks: float) -> None:
        """Push its shaft that far from its goal while its torque is on, until pushed by 0."""
        self._push_ticks = ticks

    def advance(self, dt_s: float) -> None:
        """Let time pass."""
        dynamics = self._dynamics
        before = self._shaft
        distance = 0.0
        if self.is_holding:
            low, high = self._get(MIN_POSITION), self._get(MAX_POSITION)
            goal = min(max(_signed(self._get(GOAL_POSITION), 15), low), high)
            reported = (self._shaft - _signed(self._get(HOMING_OFFSET), 11)) % RESOLUTION
            distance = goal - reported
            pushed_to = min(max(goal + self._push_ticks, 0.0), RESOLUTION - 1.0)
            step = (pushed_to - reported) * -math.expm1(-dt_s / dynamics.time_constant_s)
            most = dynamics.max_speed_ticks_s * dt_s
            self._shaft = (self._shaft + min(max(step, -most), most)) % RESOLUTION
        moved = (self._shaft - before + _MIDDLE) % RESOLUTION - _MIDDLE
        self._velocity = moved / dt_s if dt_s > 0.0 else 0.0
        self._load = min(1.0, abs(distance) / 200.0) if self.is_holding else 0.0
        target_c = dynamics.ambient_c + dynamics.heating_c * self._load
        warming = -math.expm1(-dt_s / dynamics.heating_s)
        self._temperature_c += (target_c - self._temperature_c) * warming
        self._report()

    def _switch_on(self, value: int) -> None:
        if value == 128:
            # "This is the middle": the factory's own way to set the homing offset.
            self._put(HOMING_OFFSET, _magnitude(round(self._shaft) - _MIDDLE, 11))
            self._memory[TORQUE_ENABLE] = 0
            self._report()

    def _report(self) -> None:
        self._put(PRESENT_POSITION, self.position)
        self._put(PRESENT_VELOCITY, _magnitude(round(self._velocity), 15))
        self._put(PRESENT_LOAD, round(1000 * self._load))
        self._memory[PRESENT_TEMPERATURE] = round(self._temperature_c)
        self._memory[MOVING] = abs(self._velocity) > 10.0
        self._put(PRESENT_CURRENT, round(150 * self._load))

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
