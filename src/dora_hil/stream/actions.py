"""What may be asked of an arm.

``joint`` is float32[n], absolute, in the arm's own units (`dora_hil.body.joint_target`). The two
end-effector spaces are float32[4]:

* ``ee_delta``: ``delta_x, delta_y, delta_z`` in [-1, 1] of one step size, base frame, and
  ``gripper`` (0 close, 1 stay, 2 open: LeRobot's values).
* ``ee_absolute``: ``x, y, z`` in metres, base frame, and ``gripper`` as a position
  (0 closed, 1 open).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dora_hil.errors import UserError

GRIPPER_CLOSE: Final = 0.0
GRIPPER_STAY: Final = 1.0
GRIPPER_OPEN: Final = 2.0

Float32Array = NDArray[np.float32]
Float64Array = NDArray[np.float64]


class ActionSpace(StrEnum):
    """How the numbers of an action are meant."""

    EE_DELTA = "ee_delta"
    EE_ABSOLUTE = "ee_absolute"
    JOINT = "joint"


EE_NAMES: Final = {
    ActionSpace.EE_DELTA: ("delta_x", "delta_y", "delta_z", "gripper"),
    ActionSpace.EE_ABSOLUTE: ("x", "y", "z", "gripper"),
}
EE_SIZES: Final = (4, 3)
"""Numbers of an action in these spaces: with the gripper, and without."""

EE_UNITS: Final = {
    ActionSpace.EE_DELTA: ("step", "step", "step", "0 close, 1 stay, 2 open"),
    ActionSpace.EE_ABSOLUTE: ("m", "m", "m", "0 closed, 1 open"),
}


class ActionError(UserError, ValueError):
    """An action that no arm can execute; the text says what is accepted."""


def hold_ee_delta() -> Float32Array:
    """Return the action that changes nothing: no motion, the gripper stays."""
    return np.array([0.0, 0.0, 0.0, GRIPPER_STAY], dtype=np.float32)


@dataclass(frozen=True, kw_only=True)
class ExecutedAction:
    """What was sent to the arm in one step, in every space that it knows.

    Attributes:
        ee_delta: float32[4]; what an `ee_delta` policy would have had to say.
        ee_absolute: float32[4]; what an `ee_absolute` policy would have had to say.
        joint: float32[n]; what a `joint` policy would have had to say.
        safety: what stepped in, names of `dora_hil.body.safety`.
    """

    ee_delta: Float32Array | None = None
    ee_absolute: Float32Array | None = None
    joint: Float32Array | None = None
    safety: tuple[str, ...] = ()

    @property
    def by_space(self) -> dict[str, Float32Array]:
        """Return the action in every space that the arm knows."""
        values = {
            ActionSpace.EE_DELTA: self.ee_delta,
            ActionSpace.EE_ABSOLUTE: self.ee_absolute,
            ActionSpace.JOINT: self.joint,
        }
        return {str(space): value for space, value in values.items() if value is not None}
