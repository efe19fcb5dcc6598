"""From an action in any space to a posture of the joints, through the safety layer."""

from typing import Final

import numpy as np

from dora_hil.body.end_effector_target import EndEffectorTarget, Workspace
from dora_hil.body.joint_target import JointLimits, JointTarget
from dora_hil.body.safety import BOUNDS, JOINT_SPEED, NAN, REACH, Ramp, SafetyConfig, into_range
from dora_hil.stream.actions import (
    GRIPPER_STAY,
    ActionError,
    ActionSpace,
    ExecutedAction,
    Float32Array,
    Float64Array,
)
from robot_node.kinematics import REACHED_M, Kinematics

GRIPPER: Final = "gripper.pos"
_WORTH_IT: Final = 0.75
"""Out of reach, the share of the way that may be left: with more of it left, the joints that may
still turn would lead the tool elsewhere."""


class JointMotion:
    """Moves a joint target; end-effector spaces are unknown to it.

    Attributes:
        target: where the joints are sent.
        accepted: the action spaces.
    """

    accepted: tuple[ActionSpace, ...] = (ActionSpace.JOINT,)

    def __init__(self, limits: JointLimits, safety: SafetyConfig, control_dt_s: float) -> None:
        """Know the limits."""
        self.target = JointTarget(limits, control_dt_s)
        self._is_velocity = np.array([name.endswith(".vel") for name in limits.names])
        self._ramp = Ramp(safety.ramp_s, control_dt_s)
        self._space: ActionSpace | None = None

    def restart(self) -> None:
        """Let the next actions ramp in."""
        self._ramp.restart()

    def apply(self, space: ActionSpace, value: Float32Array) -> ExecutedAction:
        """Move the target by one action.

        Raises:
            ActionError: the space or shape is not accepted.
        """
        space = ActionSpace(space)
        if space is not self._space and not _is_hold(space, value):
            # Another kind of driver: what it wants may be far from where the arm is.
            self._ramp.restart()
            self._space = space
        return self._apply(space, value)

    def towards(self, posture: Float64Array, longest: float) -> None:
        """Move the target towards a posture by at most that much for each joint."""
        step = np.clip(posture - self.target.positions, -longest, longest)
        self.target.apply(self.target.positions + step, self._ramp.advance())

    def stop_wheels(self) -> None:
        """Stay where the wheels are: what holds for them is no velocity, not the last one."""
        self.target.positions = np.where(self._is_velocity, 0.0, self.target.positions)

    def _apply(self, space: ActionSpace, value: Float32Array) -> ExecutedAction:
        if space is ActionSpace.JOINT:
            return self._joint(value)
        if space is ActionSpace.EE_ABSOLUTE:
            raise ActionError(
                f"action space {space!r} is not known here; accepted: {', '.join(self.accepted)} "
                "(end-effector spaces need env.processor.inverse_kinematics.urdf_path)"
            )
        # A person's keys ask for motion in space, which this arm cannot do; that ends no run.
        safety = () if _is_hold(space, value) else (REACH,)
        self.stop_wheels()
        return ExecutedAction(joint=self.target.positions.astype(np.float32), safety=safety)

    def _joint(self, value: Float32Array) -> ExecutedAction:
        safety = self.target.apply(value, self._ramp.advance())
        if NAN in safety:
            self.stop_wheels()
        return ExecutedAction(joint=self.target.positions.astype(np.float32), safety=tuple(safety))


class SpaceMotion(JointMotion):
    """Moves a joint target by end-effector actions too.

    Attributes:
        xyz_m: float64[3]; where the tool centre point is sent, base frame.
    """

    accepted = (ActionSpace.EE_DELTA, ActionSpace.EE_ABSOLUTE, ActionSpace.JOINT)

    def __init__(
        self,
        limits: JointLimits,
        safety: SafetyConfig,
        control_dt_s: float,
        kinematics: Kinematics,
        workspace: Workspace,
        *,
        use_gripper: bool,
        max_gripper_pos: float,
    ) -> None:
        """Know the limits, and how joints move the tool centre point."""
        super().__init__(limits, safety, control_dt_s)
        self._kinematics = kinematics
        self._step_m = np.array(workspace.step_xyz_m)
        self._min_m, self._max_m = np.array(workspace.min_xyz_m), np.array(workspace.max_xyz_m)
        self._ee = EndEffectorTarget(
            workspace,
            use_gripper=use_gripper,
            longest_step_m=(safety.max_ee_speed_m_s or np.inf) * control_dt_s,
        )
        self._arm = [limits.names.index(f"{joint}.pos") for joint in kinematics.joints]
        self._low, self._high = limits.low[self._arm], limits.high[self._arm]
        self._gripper = limits.names.index(GRIPPER) if GRIPPER in limits.names else None
        self._use_gripper = use_gripper
        self._max_gripper_pos = max_gripper_pos
        self._is_in_space = False

    @property
    def xyz_m(self) -> Float64Array:
        """Return where the tool centre point is sent."""
        return self.tcp_xyz_m(self.target.positions) if not self._is_in_space else self._ee.xyz_m

    def tcp_xyz_m(self, positions: Float64Array) -> Float64Array:
        """Return where the tool centre point of a posture is, float64[3], base frame."""
        return self._kinematics.forward(positions[self._arm])

    def opening(self, positions: Float64Array) -> float:
        """Return how far open the gripper of a posture is, 0 to 1."""
        if self._gripper is None:
            return 1.0
        return float(np.clip(positions[self._gripper] / self._max_gripper_pos, 0.0, 1.0))

    def towards(self, posture: Float64Array, longest: float) -> None:
        """Move the target towards a posture; space is left by that."""
        super().towards(posture, longest)
        self._is_in_space = False

    def _apply(self, space: ActionSpace, value: Float32Array) -> ExecutedAction:
        if not self._is_in_space:
            self._enter_space()
        before_m, before_opening = self._ee.xyz_m, self._ee.gripper_opening
        if space is ActionSpace.JOINT:
            safety = self._joint_step(value)
        else:
            safety = self._space_step(space, value)
        opening = self._ee.gripper_opening
        delta = (self._ee.xyz_m - before_m) / self._step_m
        gripper = GRIPPER_STAY + opening - before_opening
        return ExecutedAction(
            ee_delta=np.array([*delta, gripper], dtype=np.float32),
            ee_absolute=np.array([*self._ee.xyz_m, opening], dtype=np.float32),
            joint=self.target.positions.astype(np.float32),
            safety=safety,
        )

    def _joint_step(self, value: Float32Array) -> tuple[str, ...]:
        before, before_m = self.target.positions, self._ee.xyz_m
        safety = self._joint(value).safety
        reached_m = self.tcp_xyz_m(self.target.positions)
        if (self._inside(reached_m, before_m) != reached_m).any():
            # Which joint to hold back nobody has said: the arm stops, the gripper does not.
            stopped = self.target.positions.copy()
            stopped[self._arm] = before[self._arm]
            self.target.reset(stopped)
            safety = (*safety, BOUNDS)
        self._enter_space()
        return safety

    def _space_step(self, space: ActionSpace, value: Float32Array) -> tuple[str, ...]:
        before_m = self._ee.xyz_m
        share = self._ramp.advance()
        safety = list(self._ee.apply(space, value, share).safety)
        self.stop_wheels()
        wanted = self.target.positions.copy()
        if (self._ee.xyz_m != before_m).any():
            posture, is_reached = self._posture_towards(self._ee.xyz_m, before_m)
            wanted[self._arm] = posture
            if not is_reached:
                safety.append(REACH)
                self._ee.reset(self.tcp_xyz_m(wanted), self._ee.gripper_opening)
        if self._gripper is not None and self._use_gripper:
            wanted[self._gripper] = self._ee.gripper_opening * self._max_gripper_pos
        # Joint by joint, a limit of speed would lead the tool elsewhere, and faster.
        self.target.apply(wanted, share, together=self._arm)
        if not np.allclose(self.target.positions[self._arm], wanted[self._arm], rtol=0, atol=1e-9):
            safety.append(JOINT_SPEED)
            # What was cut off is not made up for later.
            self._ee.reset(self.tcp_xyz_m(self.target.positions), self._ee.gripper_opening)
        return tuple(safety)

    def _posture_towards(
        self, xyz_m: Float64Array, before_m: Float64Array
    ) -> tuple[Float64Array, bool]:
        """Return a posture near the present one that brings the tool there, and whether it does.

        At the edge of its reach the arm goes as far as it can, and along the edge.
        """
        start = self.target.positions[self._arm]
        nearest = into_range(self._kinematics.inverse(start, xyz_m), start, self._low, self._high)
        nearest_m = self._kinematics.forward(nearest)
        off_m = float(np.linalg.norm(nearest_m - xyz_m))
        if off_m < REACHED_M:
            return nearest, True
        way_m = float(np.linalg.norm(xyz_m - before_m))
        is_nearer = off_m < _WORTH_IT * way_m
        # Beside its way the tool has the limits that it has on it.
        is_allowed = (
            np.linalg.norm(nearest_m - before_m) < way_m + REACHED_M
            and (np.abs(self._inside(nearest_m, before_m) - nearest_m) < REACHED_M).all()
        )
        return (nearest if is_nearer and is_allowed else start), False

    def _inside(self, xyz_m: Float64Array, before_m: Float64Array) -> Float64Array:
        """Return the nearest place within the bounds; outside, none further out."""
        return into_range(xyz_m, before_m, self._min_m, self._max_m)

    def _enter_space(self) -> None:
        positions = self.target.positions
        self._ee.reset(self.tcp_xyz_m(positions), self.opening(positions))
        self._kinematics.keep_orientation(positions[self._arm])
        self._is_in_space = True


def _is_hold(space: ActionSpace, value: Float32Array) -> bool:
    return space is ActionSpace.EE_DELTA and bool((value[:3] == 0.0).all())
