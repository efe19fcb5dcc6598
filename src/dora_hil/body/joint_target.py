"""Joint actions as one target inside the joints' limits."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dora_hil.body.safety import JOINT_LIMITS, JOINT_SPEED, NAN, into_range
from dora_hil.stream.actions import ActionError, Float32Array, Float64Array


@dataclass(frozen=True)
class JointLimits:
    """What the joints of an arm may do.

    Attributes:
        names: in the order of every joint vector.
        low, high: float64[n]; in the joints' own units.
        speed: float64[n]; units per second, infinite for no limit.
    """

    names: tuple[str, ...]
    low: Float64Array
    high: Float64Array
    speed: Float64Array


class JointTarget:
    """Where the joints are sent.

    Attributes:
        positions: float64[n]; the present target.
    """

    def __init__(self, limits: JointLimits, control_dt_s: float) -> None:
        """Start with every joint at zero; see `reset`."""
        self._limits = limits
        self._longest = limits.speed * control_dt_s
        self.positions: Float64Array = np.zeros(len(limits.names))

    def reset(self, positions: Float64Array) -> None:
        """Take the arm's present posture as the target, float64[n]."""
        self.positions = np.array(positions, dtype=np.float64)

    def apply(
        self,
        wanted: Float64Array | Float32Array,
        share_of_speed: float = 1.0,
        together: Sequence[int] = (),
    ) -> Sequence[str]:
        """Move the target towards a posture, as far as one step allows.

        Args:
            wanted: float[n].
            share_of_speed: of the full speed, above 0 to 1.
            together: joints that the slowest of them slows down, so that a tool stays on its way.

        Returns:
            What stepped in.

        Raises:
            ActionError: another shape.
        """
        names = self._limits.names
        if wanted.shape != (len(names),):
            raise ActionError(
                f"a joint action has shape ({len(names)},): {', '.join(names)}; got {wanted.shape}"
            )
        if not np.isfinite(wanted).all():
            return (NAN,)
        stepped_in = []
        posture = np.asarray(wanted, dtype=np.float64)
        allowed = into_range(posture, self.positions, self._limits.low, self._limits.high)
        if (allowed != posture).any():
            stepped_in.append(JOINT_LIMITS)
        step = allowed - self.positions
        longest = self._longest * share_of_speed
        # Each by itself: a gripper that has far to go must not slow the arm down.
        taken = np.clip(step, -longest, longest)
        if (taken != step).any():
            stepped_in.append(JOINT_SPEED)
        moving = [joint for joint in together if step[joint] != 0.0]
        if moving:
            taken[moving] = step[moving] * (taken[moving] / step[moving]).min()
        self.positions = self.positions + taken
        return tuple(stepped_in)
