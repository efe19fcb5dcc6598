"""What stands between an action and an arm, in one place for simulators and robots.

Everything that wants to move an arm goes through `EndEffectorTarget` or `JointTarget`, and these
go through here. What stepped in is reported by its name in `MEANINGS` with every step.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from dora_hil.stream.actions import Float64Array

NAN: Final = "nan"
BOUNDS: Final = "bounds"
EE_SPEED: Final = "ee_speed"
JOINT_SPEED: Final = "joint_speed"
JOINT_LIMITS: Final = "joint_limits"
REACH: Final = "reach"
WATCHDOG: Final = "watchdog"
BUS: Final = "bus"

MEANINGS: Final = {
    NAN: "an action was no number: the arm holds",
    BOUNDS: "the workspace's bounds held the arm back",
    EE_SPEED: "the target was further away than the hand's speed limit allows: it moved slower",
    JOINT_SPEED: "a joint was sent further than its speed limit allows: it moved slower",
    JOINT_LIMITS: "a joint was sent beyond its range: it stopped at the end of it",
    REACH: "the arm cannot reach the target: it goes along the edge of its reach, or holds",
    WATCHDOG: "no fresh action: the arm holds",
    BUS: "the arm does not answer",
}
"""What has happened, for people."""


@dataclass(frozen=True)
class SafetyConfig:
    """The block `safety` of an environment JSON.

    Attributes:
        max_ee_speed_m_s: of the target of the tool centre point; null for no limit.
        max_joint_speed: in the joints' own units per second, for all or by name; null for none.
        joint_limits: lowest and highest position by joint; what is not named keeps the limits that
            the body knows.
        ramp_s: after a start the speed limits rise from nothing to their full value.
        watchdog_s: so long without a fresh action is reported; the arm holds from the first step
            without one.
        on_stop: what becomes of the arm at the end of a run.
        on_fault: the same after a fault.
    """

    max_ee_speed_m_s: float | None = None
    max_joint_speed: float | dict[str, float] | None = None
    joint_limits: dict[str, tuple[float, float]] | None = None
    ramp_s: float = 0.0
    watchdog_s: float = 1.0
    on_stop: Literal["hold", "torque_off"] = "hold"
    on_fault: Literal["hold", "torque_off"] = "hold"

    def __post_init__(self) -> None:
        """Refuse what no arm could do."""
        speeds = self.max_joint_speed
        by_name = speeds if isinstance(speeds, dict) else {"": speeds}
        named = {f"max_joint_speed {name}".strip(): v for name, v in by_name.items()}
        for name, speed in {**named, "max_ee_speed_m_s": self.max_ee_speed_m_s}.items():
            if speed is not None and not (math.isfinite(speed) and speed > 0):
                raise ValueError(f"{name} must be above 0, or null for no limit, got {speed:g}")
        for name, seconds in {"ramp_s": self.ramp_s, "watchdog_s": self.watchdog_s}.items():
            if not (math.isfinite(seconds) and seconds >= 0):
                raise ValueError(f"{name} must be 0 s or more, got {seconds:g}")
        for joint, (low, high) in (self.joint_limits or {}).items():
            if not low < high:
                raise ValueError(f"joint_limits {joint}: min {low:g} must lie below max {high:g}")

    def joint_speeds(self, names: tuple[str, ...]) -> Float64Array:
        """Return the limit of each joint, float64[n], infinite where there is none.

        Raises:
            ValueError: a limit is named for a joint that the arm does not have.
        """
        speeds = self.max_joint_speed
        if not isinstance(speeds, dict):
            return np.full(len(names), math.inf if speeds is None else speeds)
        refuse_unknown(speeds, names, "safety.max_joint_speed")
        return np.array([speeds.get(name, math.inf) for name in names])


def refuse_unknown(given: Mapping[str, object], names: tuple[str, ...], key: str) -> None:
    """Refuse joints that an arm does not have.

    Raises:
        ValueError: names them and what there is.
    """
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise ValueError(f"{key}: no such joint {', '.join(unknown)}; there are {', '.join(names)}")


class Ramp:
    """Lets speed limits rise from nothing to their full value in the first steps after a start."""

    def __init__(self, ramp_s: float, control_dt_s: float) -> None:
        """Rise over so many seconds of control periods."""
        self._steps = max(1, math.ceil(ramp_s / control_dt_s - 1e-9))
        self._step = 0

    def restart(self) -> None:
        """Begin anew."""
        self._step = 0

    def advance(self) -> float:
        """Return the share of the full speed that holds for the next step, above 0 to 1."""
        self._step = min(self._step + 1, self._steps)
        return self._step / self._steps


def into_range(
    wanted: Float64Array, present: Float64Array, low: Float64Array, high: Float64Array
) -> Float64Array:
    """Clip to a range; what stands outside of it now may stay, or come nearer, but not leave more.

    An arm that is switched on outside of its workspace does not jump into it.
    """
    return np.clip(wanted, np.minimum(low, present), np.maximum(high, present))


def shortened(step: Float64Array, longest: float) -> Float64Array:
    """Return a step in the same direction, of at most that length."""
    length = float(np.linalg.norm(step))
    return step if length <= longest else step * (longest / length)
