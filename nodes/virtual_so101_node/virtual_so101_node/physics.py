"""What the servos turn: the arm's physics, the block, and a person's hand."""

import threading
from collections.abc import Sequence
from typing import Final

import mujoco
import numpy as np
from numpy.typing import NDArray

from dora_hil.stream.world import World
from virtual_so101_node.scene import (
    BLOCK,
    BLOCK_HALF_M,
    FIXED_JAW,
    JOINTS,
    MOVING_JAW,
    STALL_NM,
    load_scene,
)

type Vector = NDArray[np.float64]

LIFTED_M: Final = 0.05
"""The task is solved with the block held this far above where it lay."""
NEAREST_M, FURTHEST_M, ASIDE_RAD, TURNED_RAD = 0.175, 0.235, 0.55, 0.3
"""Where a block is put: so far from the base, and so far to either side of straight ahead, facing
the arm as well as one does it by eye, for the jaws do not turn. There the tool reaches the table
pointing down."""
_HAND_NM_RAD: Final = 150.0
_HAND_NM_S_RAD: Final = 5.0
_HAND_MAX_NM: Final = 6.0
_JAMMED_NM: Final = 50.0
_STILL_RAD_S: Final = 0.1


class Physics:
    """The physics, advanced in one thread and looked at from others.

    Vectors of joints are in the order of `JOINTS`, radians, zero in the middle of a servo's turn.

    Attributes:
        model: MuJoCo's.
        step_s: what one `step` takes.
    """

    def __init__(self, joint_pos_rad: Sequence[float], *, is_weightless: bool = False) -> None:
        """Put the arm there, and the block where seed 0 has it.

        Args:
            joint_pos_rad: float[6].
            is_weightless: nothing is pulled down, as if a hand carried the arm.
        """
        self.model = load_scene()
        if is_weightless:
            self.model.opt.gravity[:] = 0.0
        self.step_s = float(self.model.opt.timestep)
        self._data = mujoco.MjData(self.model)
        self._lock = threading.Lock()
        joints = [self.model.joint(name) for name in JOINTS]
        self._qpos = np.array([joint.qposadr[0] for joint in joints])
        self._dof = np.array([joint.dofadr[0] for joint in joints])
        self._friction_nm = self.model.dof_frictionloss[self._dof].copy()
        self._block = self.model.joint(BLOCK)
        self._jaws = {self.model.body(FIXED_JAW).id, self.model.body(MOVING_JAW).id}
        self._data.qpos[self._qpos] = joint_pos_rad
        self.place(0)

    @property
    def joint_pos_rad(self) -> Vector:
        """Return where the joints are, float64[6]."""
        of_joints: Vector = self._data.qpos[self._qpos].copy()
        return of_joints

    @property
    def joint_vel_rad_s(self) -> Vector:
        """Return how fast they turn, float64[6]."""
        of_joints: Vector = self._data.qvel[self._dof].copy()
        return of_joints

    @property
    def effort(self) -> Vector:
        """Return what the servos give, float64[6], as a share of what stalls them, signed."""
        of_joints: Vector = self._data.actuator_force / STALL_NM
        return of_joints

    @property
    def world(self) -> World:
        """Return how block and gripper stand."""
        with self._lock:
            touching = self.model.geom_bodyid[self._data.contact.geom]
            beside = touching[(touching == self.model.body(BLOCK).id).any(axis=1)]
            is_held = self._jaws <= set(beside.ravel().tolist())
            xyz_m = self._data.body(BLOCK).xpos.copy()
            closing_rad_s = abs(float(self._data.qvel[self._dof[-1]]))
        return World(
            block_xyz_m=xyz_m,
            lying_z_m=BLOCK_HALF_M,
            lift_m=LIFTED_M,
            is_held=is_held,
            is_closing=closing_rad_s > _STILL_RAD_S,
            is_solved=is_held and bool(xyz_m[2] >= BLOCK_HALF_M + LIFTED_M),
        )

    def step(self, goals_rad: Vector, torque: Vector, hand_rad: Vector | float = np.nan) -> None:
        """Let `step_s` pass.

        Args:
            goals_rad: float64[6], where the servos want their joints.
            torque: float64[6], the share of what stalls it that each may give; 0 lets go.
            hand_rad: float64[6], where a hand brings joints, as far as it is strong enough; NaN
                for those that it does not touch.
        """
        data, limit_nm = self._data, STALL_NM * torque
        with self._lock:
            data.ctrl[:] = goals_rad
            self.model.actuator_forcerange[:, 0] = -limit_nm
            self.model.actuator_forcerange[:, 1] = limit_nm
            pull_nm = _HAND_NM_RAD * (hand_rad - data.qpos[self._qpos])
            pull_nm -= _HAND_NM_S_RAD * data.qvel[self._dof]
            held = np.clip(pull_nm, -_HAND_MAX_NM, _HAND_MAX_NM)
            data.qfrc_applied[self._dof] = np.nan_to_num(held)
            mujoco.mj_step(self.model, data)

    def jam(self, joint: int, *, is_jammed: bool) -> None:
        """Let something block a joint, or take it away."""
        friction_nm = _JAMMED_NM if is_jammed else self._friction_nm[joint]
        self.model.dof_frictionloss[self._dof[joint]] = friction_nm

    def place(self, seed: int) -> None:
        """Put the block where a seed has it, lying."""
        draw = np.random.default_rng(seed)
        far_m = draw.uniform(NEAREST_M, FURTHEST_M)
        aside_rad = draw.uniform(-ASIDE_RAD, ASIDE_RAD)
        turned_rad = aside_rad + draw.uniform(-TURNED_RAD, TURNED_RAD)
        x, y = far_m * np.cos(aside_rad), far_m * np.sin(aside_rad)
        self.put_block(np.array([x, y, BLOCK_HALF_M]), turned_rad)

    def put_block(self, xyz_m: Vector, turned_rad: float = 0.0) -> None:
        """Put the block's centre there, float64[3], base frame, turned about the vertical."""
        start, dof = self._block.qposadr[0], self._block.dofadr[0]
        half = turned_rad / 2
        with self._lock:
            self._data.qpos[start : start + 7] = [*xyz_m, np.cos(half), 0.0, 0.0, np.sin(half)]
            self._data.qvel[dof : dof + 6] = 0.0
            mujoco.mj_forward(self.model, self._data)

    def show(self, data: mujoco.MjData) -> None:
        """Bring another thread's data to the present posture, ready to be drawn."""
        with self._lock:
            data.qpos[:] = self._data.qpos
        mujoco.mj_forward(self.model, data)
