"""A person's hand that carries a leader by its tool, which points down."""

from typing import Final

import mink
import mujoco
import numpy as np

from virtual_so101_node.physics import Vector
from virtual_so101_node.scene import BETWEEN_JAWS, JOINTS

_ROLL: Final = JOINTS.index("wrist_roll")
_ITERATIONS: Final = 40
_DT_S: Final = 0.1
_CLOSE_ENOUGH_M: Final = 0.0005
_ORIENTATION_COST: Final = (0.05, 0.05, 0.0)
"""Of a radian, where a metre costs 1: further out the tool has to tilt. About its own axis it may
turn: it does so with the arm."""
_ROLL_COST: Final = 0.1
_DAMPING: Final = 1e-4


class Hand:
    """Knows which posture brings the tool centre point where."""

    def __init__(self, model: mujoco.MjModel) -> None:
        """Take hold; the model is only read."""
        self._qpos = np.array([model.joint(name).qposadr[0] for name in JOINTS])
        self._configuration = mink.Configuration(model)
        self._tool = mink.FrameTask(
            BETWEEN_JAWS, "site", position_cost=1.0, orientation_cost=_ORIENTATION_COST
        )
        cost = np.zeros(model.nv)
        cost[model.joint(JOINTS[_ROLL]).dofadr[0]] = _ROLL_COST
        self._roll = mink.PostureTask(model, cost=cost)
        self._limits = [mink.ConfigurationLimit(model)]

    def posture(self, start_rad: Vector, xyz_m: Vector) -> Vector:
        """Return a posture near `start_rad` that brings the tool to a place, or towards it.

        Args:
            start_rad: float64[6], in the order of `JOINTS`.
            xyz_m: float64[3], base frame.

        Returns:
            float64[6], radians; the gripper's is that of `start_rad`.
        """
        q = self._configuration.q.copy()
        q[self._qpos] = start_rad
        q[self._qpos[_ROLL]] = 0.0
        self._configuration.update(q)
        self._roll.set_target(q)
        for _ in range(_ITERATIONS):
            pose = self._configuration.get_transform_frame_to_world(BETWEEN_JAWS, "site")
            if np.linalg.norm(pose.translation() - xyz_m) < _CLOSE_ENOUGH_M:
                break
            self._tool.set_target(
                mink.SE3.from_rotation_and_translation(_upright(pose.rotation()), xyz_m)
            )
            try:
                velocity = mink.solve_ik(
                    self._configuration,
                    [self._tool, self._roll],
                    _DT_S,
                    solver="daqp",
                    damping=_DAMPING,
                    limits=self._limits,
                )
            except mink.NoSolutionFound:
                break
            self._configuration.integrate_inplace(velocity, _DT_S)
        posture: Vector = self._configuration.q[self._qpos].copy()
        return posture


def _upright(rotation: mink.SO3) -> mink.SO3:
    """Return the nearest rotation whose z axis points down."""
    z = rotation.as_matrix()[:, 2]
    axis = np.cross(z, [0.0, 0.0, -1.0])
    sine = float(np.linalg.norm(axis))
    angle = float(np.arctan2(sine, -z[2]))
    turn = axis / sine * angle if sine > 1e-9 else np.zeros(3)
    return mink.SO3.exp(turn) @ rotation
