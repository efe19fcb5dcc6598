"""The operational-space controller: a Cartesian target in, joint torques out, every 2 ms.

The control law is gym-hil's (Apache-2.0, `gym_hil/controllers/opspace.py`). With the
Jacobian J [6, 7], the arm's inertia M [7, 7] and the wanted accelerations of tool and joints,

    L = (J M^-1 J^T)^-1,   N = M^-1 J^T L,
    torque = J^T L wanted_tool + (I - J^T N^T) wanted_joints + gravity_and_coriolis.

A solve with the Cholesky factor of M would be shorter and a little faster, but its last
digits differ, and fingers that strike their stops turn a difference of 1e-15 into one of
1e-2 within a single control step. Every matrix product and inverse here is therefore the
one that gym-hil computes, on operands in the same order in memory, so that its trajectories
come out bit for bit. The time is won around them: buffers and views are kept, the attitude is
scalar arithmetic, and LAPACK is called without numpy.linalg's checks of its arguments.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import mujoco
import numpy as np

from dora_hil.stream.actions import Float64Array

ARM_DOF: Final = 7
PHYSICS_DT_S: Final = 0.002
"""What a physics step should be close to."""
TOOL_STIFFNESS: Final = 200.0
TOOL_DAMPING: Final = 2.0 * math.sqrt(TOOL_STIFFNESS)
NULLSPACE_STIFFNESS: Final = 0.5
NULLSPACE_DAMPING: Final = 2.0 * math.sqrt(NULLSPACE_STIFFNESS)
# Below this determinant the small singular values of A are cut off, as gym-hil does.
SINGULAR_DETERMINANT: Final = 1e-2
SINGULAR_CUTOFF: Final = 1e-2

# What numpy.linalg calls after checks that take twice as long as the maths; the module is
# numpy's own affair, so that a numpy without it falls back to the public functions.
_lapack: Any = getattr(np.linalg, "_umath_linalg", np.linalg)
_inv: Callable[[Float64Array], Float64Array] = _lapack.inv
_det: Callable[[Float64Array], float] = _lapack.det


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
        self._bias = data.qfrc_bias[:ARM_DOF]
        self._torque = data.ctrl[:ARM_DOF]
        self._site_pos, self._site_mat = data.site_xpos[self._site], data.site_xmat[self._site]

        self._jacobian = np.zeros((6, model.nv))
        self._jacobian_pos, self._jacobian_rot = self._jacobian[:3], self._jacobian[3:]
        self._arm_jacobian_t = self._jacobian[:, :ARM_DOF].T
        self._inertia, self._inertia_index = data.qM, _packed_inertia_index(model)

        # gym-hil's J and its two halves each lie column by column, and BLAS rounds by that.
        self._jt = np.zeros((ARM_DOF, 6))
        self._j = self._jt.T
        self._jv_t, self._jw_t = np.zeros((ARM_DOF, 3)), np.zeros((ARM_DOF, 3))
        self._jv, self._jw = self._jv_t.T, self._jw_t.T
        self._j_minv, self._minv_jt = np.zeros((6, ARM_DOF)), np.zeros((ARM_DOF, 6))
        self._mobility = np.zeros((6, 6))
        self._jt_l, self._n = np.zeros((ARM_DOF, 6)), np.zeros((ARM_DOF, 6))
        self._n_t = self._n.T
        self._nullspace, self._eye = np.zeros((ARM_DOF, ARM_DOF)), np.eye(ARM_DOF)

        self._wanted_tool, self._tool_velocity = np.zeros(6), np.zeros(6)
        self._velocity_pos, self._velocity_rot = self._tool_velocity[:3], self._tool_velocity[3:]
        self._wanted_joints, self._joint_torque = np.zeros(ARM_DOF), np.zeros(ARM_DOF)

    def step(self, target_xyz_m: Float64Array, n_substeps: int) -> None:
        """Hold a target for some physics steps; the controller acts at each of them.

        The target is where the `pinch` site is to be, float64[3], world frame.
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
        model, data = self._model, self._data
        subtract, multiply, add, matmul = np.subtract, np.multiply, np.add, np.matmul
        joint_vel, torque = self._joint_vel, self._joint_torque

        mujoco.mj_jacSite(model, data, self._jacobian_pos, self._jacobian_rot, self._site)
        self._jt[...] = self._arm_jacobian_t
        self._jv_t[...] = self._arm_jacobian_t[:, :3]
        self._jw_t[...] = self._arm_jacobian_t[:, 3:]

        wanted, velocity = self._wanted_tool, self._tool_velocity
        site_x, site_y, site_z = self._site_pos.tolist()
        turn_x, turn_y, turn_z = _rotation_error(self._site_mat.tolist(), self._target_quat)
        wanted[:] = (site_x - x, site_y - y, site_z - z, turn_x, turn_y, turn_z)
        multiply(wanted, -TOOL_STIFFNESS, out=wanted)
        matmul(self._jv, joint_vel, out=self._velocity_pos)
        matmul(self._jw, joint_vel, out=self._velocity_rot)
        multiply(velocity, -TOOL_DAMPING, out=velocity)
        add(wanted, velocity, out=wanted)

        minv = _inv(self._inertia[self._inertia_index])
        matmul(self._j, minv, out=self._j_minv)
        matmul(self._j_minv, self._jt, out=self._mobility)
        tool_inertia = self._invert_mobility()

        matmul(self._jt, tool_inertia, out=self._jt_l)
        matmul(minv, self._jt, out=self._minv_jt)
        matmul(self._minv_jt, tool_inertia, out=self._n)
        matmul(self._jt, self._n_t, out=self._nullspace)
        subtract(self._eye, self._nullspace, out=self._nullspace)

        wanted_joints = self._wanted_joints
        subtract(self._joint_pos, self.home_joint_pos_rad, out=wanted_joints)
        multiply(wanted_joints, -NULLSPACE_STIFFNESS, out=wanted_joints)
        multiply(joint_vel, -NULLSPACE_DAMPING, out=torque)
        add(wanted_joints, torque, out=wanted_joints)
        matmul(self._nullspace, wanted_joints, out=torque)
        add(self._jt_l @ wanted, torque, out=torque)
        add(torque, self._bias, out=self._torque)

    def _invert_mobility(self) -> Float64Array:
        """Return L [6, 6]; near a singularity, no force along the immobile directions."""
        if abs(_det(self._mobility)) >= SINGULAR_DETERMINANT:
            return _inv(self._mobility)
        return np.asarray(np.linalg.pinv(self._mobility, rcond=SINGULAR_CUTOFF), np.float64)


def substeps(control_dt_s: float) -> tuple[int, float]:
    """Divide a control period into equal physics steps that fill it exactly.

    gym-hil rounds down instead: at 30 Hz it takes 16 steps of 2 ms and runs 4 % slow.

    Returns:
        The number of steps and the seconds of each; 50 of 0.002 s at 0.1 s.
    """
    n = max(1, round(control_dt_s / PHYSICS_DT_S))
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

    The target is w, x, y, z; the present rotation a matrix, 9 numbers by row.
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
    # Rounding may leave it above 1, where gym-hil's torque becomes NaN.
    ew = max(-1.0, min(1.0, ew / norm))
    angle = 2.0 * float(np.arccos(ew))
    sin_half_angle = math.sqrt(1.0 - ew * ew)
    if sin_half_angle < 1e-10:
        return angle * (ex / norm), angle * (ey / norm), angle * (ez / norm)
    return (
        angle * (ex / norm / sin_half_angle),
        angle * (ey / norm / sin_half_angle),
        angle * (ez / norm / sin_half_angle),
    )
