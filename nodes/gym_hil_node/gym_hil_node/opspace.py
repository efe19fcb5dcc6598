"""The operational-space controller: a Cartesian target in, joint torques out, every 2 ms.

The control law is gym-hil's (Apache-2.0, `gym_hil/controllers/opspace.py`), written so that
a control period costs little more than the physics itself. With the Jacobian J [6, 7], the
arm's inertia M [7, 7] and the wanted accelerations of tool and joints,

    A = J M^-1 J^T,   y = A^-1 (wanted_tool - J M^-1 wanted_joints),
    torque = wanted_joints + J^T y + gravity_and_coriolis.

One Cholesky factorisation of the bordered matrix [[M, .], [[J; wanted_joints], .]] leaves
J L^-T and wanted_joints L^-T below M's factor L: the inverse of M is never formed, and
everything runs in MuJoCo's own small dense routines, which cost a tenth of LAPACK's wrappers.
"""

import math
from collections.abc import Sequence
from typing import Any, Final

import mujoco
import numpy as np

from dora_hil.actions import Float64Array

ARM_DOF: Final = 7
TOOL_STIFFNESS: Final = 200.0
TOOL_DAMPING: Final = 2.0 * math.sqrt(TOOL_STIFFNESS)
NULLSPACE_STIFFNESS: Final = 0.5
NULLSPACE_DAMPING: Final = 2.0 * math.sqrt(NULLSPACE_STIFFNESS)
# Below this determinant the small singular values of A are cut off, as gym-hil does.
SINGULAR_DETERMINANT: Final = 1e-2
SINGULAR_CUTOFF: Final = 1e-2


class OperationalSpaceController:
    """Drive the tool to a target pose while the joints stay near a posture.

    Attributes:
        home_joint_pos_rad: float64[7]; the posture that the null space pulls towards.
    """

    def __init__(
        self, model: mujoco.MjModel, data: mujoco.MjData, home_joint_pos_rad: Sequence[float]
    ) -> None:
        """Bind the controller to one model and its data, whose buffers it keeps views of.

        Args:
            model: a scene with the Panda's `joint1` to `joint7`, `actuator1` to `actuator7`
                and site `pinch`; the mocap body `target` says how the tool is turned.
            data: the data to step.
            home_joint_pos_rad: 7 joint angles.

        Raises:
            ValueError: the arm's joints are not the first seven, or the posture is not 7 long.
        """
        self.home_joint_pos_rad = np.array(home_joint_pos_rad, dtype=np.float64)
        if self.home_joint_pos_rad.shape != (ARM_DOF,):
            raise ValueError(
                f"a posture has {ARM_DOF} joint angles, got {self.home_joint_pos_rad.shape}"
            )
        dofs = [int(model.joint(f"joint{i}").dofadr[0]) for i in range(1, ARM_DOF + 1)]
        actuators = [model.actuator(f"actuator{i}").id for i in range(1, ARM_DOF + 1)]
        if dofs != list(range(ARM_DOF)) or actuators != dofs:
            raise ValueError(f"the arm's joints must come first in the scene, got dofs {dofs}")
        self._model, self._data = model, data
        self._site = model.site("pinch").id
        self._target_quat: tuple[float, ...] = tuple(model.body("target").quat.tolist())

        self._joint_pos, self._joint_vel = data.qpos[:ARM_DOF], data.qvel[:ARM_DOF]
        self._velocity, self._bias = data.qvel, data.qfrc_bias[:ARM_DOF]
        self._torque = data.ctrl[:ARM_DOF]
        self._site_pos, self._site_mat = data.site_xpos[self._site], data.site_xmat[self._site]

        self._jacobian = np.zeros((6, model.nv))
        self._jacobian_pos, self._jacobian_rot = self._jacobian[:3], self._jacobian[3:]
        self._arm_jacobian = self._jacobian[:, :ARM_DOF]
        self._inertia, self._inertia_index = data.qM, _packed_inertia_index(model)

        border = ARM_DOF + 7
        self._bordered = np.zeros((border, border))
        self._bordered_inertia = self._bordered[:ARM_DOF, :ARM_DOF]
        self._bordered_rest = self._bordered[ARM_DOF:, ARM_DOF:]
        self._rest = np.eye(7)
        self._whitened_jacobian = self._bordered[ARM_DOF:-1, :ARM_DOF]
        self._whitened_jacobian_t = self._whitened_jacobian.T
        self._whitened_wanted_joints = self._bordered[-1, :ARM_DOF]

        self._wanted_joints, self._joint_damping = np.zeros(ARM_DOF), np.zeros(ARM_DOF)
        self._wanted_tool, self._tool_velocity = np.zeros(6), np.zeros(6)
        self._from_joints, self._tool_force = np.zeros(6), np.zeros(6)
        self._mobility, self._factor = np.zeros((6, 6)), np.zeros((6, 6))
        self._factor_diagonal = self._factor.reshape(-1)[::7]

    def step(self, target_xyz_m: Float64Array, n_substeps: int) -> None:
        """Hold a target for some physics steps; the controller acts at each of them.

        Args:
            target_xyz_m: float64[3]; where the `pinch` site is to be, world frame.
            n_substeps: physics steps to take.
        """
        x, y, z = target_xyz_m.tolist()
        step, model, data = mujoco.mj_step, self._model, self._data
        for _ in range(n_substeps):
            self._set_torque(x, y, z)
            step(model, data)

    def _set_torque(self, x: float, y: float, z: float) -> None:
        """Write the arm's torques.

        Joint angles and velocities are the newest, whereas the site, the Jacobian and the
        inertia are those that `mj_step` left: of before its integration. gym-hil's arm moves
        by this order, so it is kept.
        """
        wanted_joints, damping = self._wanted_joints, self._joint_damping
        np.subtract(self.home_joint_pos_rad, self._joint_pos, out=wanted_joints)
        np.multiply(wanted_joints, NULLSPACE_STIFFNESS, out=wanted_joints)
        np.multiply(self._joint_vel, NULLSPACE_DAMPING, out=damping)
        np.subtract(wanted_joints, damping, out=wanted_joints)

        mujoco.mj_jacSite(
            self._model, self._data, self._jacobian_pos, self._jacobian_rot, self._site
        )
        self._bordered_inertia[...] = self._inertia[self._inertia_index]
        self._whitened_jacobian[...] = self._arm_jacobian
        self._whitened_wanted_joints[...] = wanted_joints
        self._bordered_rest[...] = self._rest
        mujoco.mju_cholFactor(self._bordered, 0.0)

        wanted, velocity = self._wanted_tool, self._tool_velocity
        site_x, site_y, site_z = self._site_pos.tolist()
        turn_x, turn_y, turn_z = _rotation_error(self._site_mat.tolist(), self._target_quat)
        wanted[0] = (x - site_x) * TOOL_STIFFNESS
        wanted[1] = (y - site_y) * TOOL_STIFFNESS
        wanted[2] = (z - site_z) * TOOL_STIFFNESS
        wanted[3] = -turn_x * TOOL_STIFFNESS
        wanted[4] = -turn_y * TOOL_STIFFNESS
        wanted[5] = -turn_z * TOOL_STIFFNESS
        # The tool moves by the arm's joints alone: the other columns of J are zero.
        np.dot(self._jacobian, self._velocity, out=velocity)
        np.multiply(velocity, TOOL_DAMPING, out=velocity)
        np.subtract(wanted, velocity, out=wanted)
        np.dot(self._whitened_jacobian, self._whitened_wanted_joints, out=self._from_joints)
        np.subtract(wanted, self._from_joints, out=wanted)

        np.dot(self._whitened_jacobian, self._whitened_jacobian_t, out=self._mobility)
        self._factor[...] = self._mobility
        mujoco.mju_cholFactor(self._factor, 0.0)
        if math.prod(self._factor_diagonal.tolist()) ** 2 >= SINGULAR_DETERMINANT:
            mujoco.mju_cholSolve(self._tool_force, self._factor, wanted)
        else:
            self._tool_force[...] = _damped_solve(self._mobility, wanted)

        torque = self._torque
        np.dot(self._tool_force, self._arm_jacobian, out=damping)
        np.add(wanted_joints, damping, out=damping)
        np.add(damping, self._bias, out=torque)


def substeps(control_dt_s: float, longest_physics_dt_s: float = 0.002) -> tuple[int, float]:
    """Divide a control period into equal physics steps that fill it exactly.

    gym-hil rounds down instead: at 30 Hz it takes 16 steps of 2 ms and runs 4 % slow.

    Args:
        control_dt_s: the control period.
        longest_physics_dt_s: what a physics step should be close to.

    Returns:
        The number of steps and the seconds of each; 50 of 0.002 s at 0.1 s.
    """
    n = max(1, round(control_dt_s / longest_physics_dt_s))
    return n, control_dt_s / n


def _packed_inertia_index(model: mujoco.MjModel) -> Any:
    """Say where the arm's [7, 7] inertia lies in MuJoCo's packed `qM`.

    A row of `qM` holds a degree of freedom's own inertia and then, towards the root, those
    it shares with its ancestors.
    """
    index = np.zeros((ARM_DOF, ARM_DOF), dtype=np.intp)
    for i in range(ARM_DOF):
        for j in range(i + 1):
            index[i, j] = index[j, i] = int(model.dof_Madr[i]) + i - j
    return index


def _rotation_error(
    matrix: Sequence[float], target_quat: Sequence[float]
) -> tuple[float, float, float]:
    """Return the rotation vector [rad], world frame, from the target to the present attitude.

    Args:
        matrix: the present rotation, 9 numbers by row.
        target_quat: w, x, y, z.
    """
    m00, m01, m02, m10, m11, m12, m20, m21, m22 = matrix
    trace = m00 + m11 + m22
    if trace > 0:
        s = 2.0 * math.sqrt(trace + 1.0)
        w, x, y, z = 0.25 * s, (m21 - m12) / s, (m02 - m20) / s, (m10 - m01) / s
    elif m00 > m11 and m00 > m22:
        s = 2.0 * math.sqrt(1.0 + m00 - m11 - m22)
        w, x, y, z = (m21 - m12) / s, 0.25 * s, (m01 + m10) / s, (m02 + m20) / s
    elif m11 > m22:
        s = 2.0 * math.sqrt(1.0 + m11 - m00 - m22)
        w, x, y, z = (m02 - m20) / s, (m01 + m10) / s, 0.25 * s, (m12 + m21) / s
    else:
        s = 2.0 * math.sqrt(1.0 + m22 - m00 - m11)
        w, x, y, z = (m10 - m01) / s, (m02 + m20) / s, (m12 + m21) / s, 0.25 * s
    tw, tx, ty, tz = target_quat
    if w * tw + x * tx + y * ty + z * tz < 0.0:
        w, x, y, z = -w, -x, -y, -z
    ew = w * tw + x * tx + y * ty + z * tz
    ex = -w * tx + x * tw - y * tz + z * ty
    ey = -w * ty + x * tz + y * tw - z * tx
    ez = -w * tz - x * ty + y * tx + z * tw
    norm = math.sqrt(ew * ew + ex * ex + ey * ey + ez * ez)
    ew = min(1.0, ew / norm)
    scale = 2.0 * math.acos(ew) / norm
    sin_half_angle = math.sqrt(1.0 - ew * ew)
    if sin_half_angle >= 1e-10:
        scale /= sin_half_angle
    return ex * scale, ey * scale, ez * scale


def _damped_solve(mobility: Float64Array, wanted: Float64Array) -> Float64Array:
    """Solve for the tool force near a singularity: no force along immobile directions."""
    values, vectors = np.linalg.eigh(mobility)
    keep = values > SINGULAR_CUTOFF * values[-1]
    kept = vectors[:, keep]
    solution: Float64Array = kept @ ((kept.T @ wanted) / values[keep])
    return solution
