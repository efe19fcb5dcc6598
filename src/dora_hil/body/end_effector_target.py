"""Where the hand is sent: an end-effector action becomes one absolute target.

The body integrates either space into a target clipped to the workspace and reports what it
executed in both, so that a recorder may pick the one a policy learns from.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from dora_hil.body.safety import BOUNDS, EE_SPEED, NAN, into_range, shortened
from dora_hil.stream.actions import (
    GRIPPER_CLOSE,
    GRIPPER_OPEN,
    GRIPPER_STAY,
    ActionError,
    ActionSpace,
    ExecutedAction,
    Float32Array,
    Float64Array,
    hold_ee_delta,
)


@dataclass(frozen=True)
class Workspace:
    """Where the tool centre point may be sent, and how far one step goes.

    Attributes:
        min_xyz_m: lower corner, base frame.
        max_xyz_m: upper corner, base frame.
        step_xyz_m: metres that a delta of 1 means, per axis.
    """

    min_xyz_m: tuple[float, float, float]
    max_xyz_m: tuple[float, float, float]
    step_xyz_m: tuple[float, float, float] = (0.025, 0.025, 0.025)

    def __post_init__(self) -> None:
        """Refuse corners that enclose nothing and steps that lead nowhere."""
        for axis, low, high, step in zip(
            "xyz", self.min_xyz_m, self.max_xyz_m, self.step_xyz_m, strict=True
        ):
            if not low < high:
                raise ValueError(f"workspace {axis}: min {low} m must lie below max {high} m")
            if not step > 0:
                raise ValueError(f"workspace {axis}: a step of {step} m must be above 0")


class EndEffectorTarget:
    """Integrate end-effector actions into an absolute target inside the workspace.

    Attributes:
        xyz_m: the target, float64[3], base frame.
        gripper_opening: 0 closed, 1 open.
    """

    accepted: Final = (ActionSpace.EE_DELTA, ActionSpace.EE_ABSOLUTE)

    def __init__(
        self, workspace: Workspace, *, use_gripper: bool = True, longest_step_m: float = np.inf
    ) -> None:
        """Start at the middle of the workspace with an open gripper; see `reset`.

        Args:
            workspace: bounds and step sizes.
            use_gripper: false keeps the gripper where it is.
            longest_step_m: of the target in one control period.
        """
        self._min_m = np.asarray(workspace.min_xyz_m, dtype=np.float64)
        self._max_m = np.asarray(workspace.max_xyz_m, dtype=np.float64)
        self._step_m = np.asarray(workspace.step_xyz_m, dtype=np.float64)
        self._use_gripper = use_gripper
        self._longest_step_m = longest_step_m
        self.xyz_m: Float64Array = (self._min_m + self._max_m) / 2
        self.gripper_opening = 1.0

    def reset(self, xyz_m: Float64Array, gripper_opening: float) -> None:
        """Take the arm's present place as the target (float64[3], base frame)."""
        self.xyz_m = np.array(xyz_m, dtype=np.float64)
        self.gripper_opening = float(gripper_opening)

    def apply(
        self, space: ActionSpace, value: Float32Array, share_of_speed: float = 1.0
    ) -> ExecutedAction:
        """Move the target by one action and return what came of it.

        Args:
            space: `ee_delta` or `ee_absolute`.
            value: float32[4] in that space. A value that is not finite is replaced by a hold.
            share_of_speed: of the longest step, above 0 to 1.

        Raises:
            ActionError: another space, or another shape than (4,).
        """
        space = ActionSpace(space)
        if space not in self.accepted:
            raise ActionError(
                f"action space {space!r} is not known here; accepted: {', '.join(self.accepted)}"
            )
        if value.shape != (4,):
            raise ActionError(f"an {space} action has shape (4,), got {value.shape}")
        safety: list[str] = []
        if not np.isfinite(value).all():
            safety.append(NAN)
            space, value = ActionSpace.EE_DELTA, hold_ee_delta()

        if space is ActionSpace.EE_DELTA:
            delta: Float32Array | Float64Array = np.clip(value[:3], -1.0, 1.0)
            wanted_m = self.xyz_m + delta * self._step_m
            gripper = float(np.clip(value[3], GRIPPER_CLOSE, GRIPPER_OPEN))
            opening = float(np.clip(self.gripper_opening + gripper - GRIPPER_STAY, 0.0, 1.0))
        else:
            wanted_m = value[:3].astype(np.float64)
            delta = (wanted_m - self.xyz_m) / self._step_m
            opening = float(np.clip(value[3], 0.0, 1.0))
            gripper = GRIPPER_STAY + opening - self.gripper_opening
        if not self._use_gripper:
            opening, gripper = self.gripper_opening, GRIPPER_STAY

        target_m = into_range(wanted_m, self.xyz_m, self._min_m, self._max_m)
        if (target_m != wanted_m).any():
            safety.append(BOUNDS)
        step_m = shortened(target_m - self.xyz_m, self._longest_step_m * share_of_speed)
        if (step_m != target_m - self.xyz_m).any():
            safety.append(EE_SPEED)
            target_m = self.xyz_m + step_m
        if safety:
            delta = (target_m - self.xyz_m) / self._step_m
        self.xyz_m, self.gripper_opening = target_m, opening
        return ExecutedAction(
            ee_delta=np.array([*delta, gripper], dtype=np.float32),
            ee_absolute=np.array([*target_m, opening], dtype=np.float32),
            safety=tuple(safety),
        )
