"""Where the tool centre point is, and which posture brings it elsewhere: LeRobot's solver."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

import numpy as np
from lerobot.model.kinematics import RobotKinematics

from dora_hil.config import ConfigError
from dora_hil.errors import one_line
from dora_hil.stream.actions import Float64Array

CLOSE_ENOUGH_M: Final = 0.0005
REACHED_M: Final = 0.003
_ITERATIONS: Final = 16
_LONGEST_DEG: Final = 5.0
"""Where the arm is nearly straight a whole step of the solver would lead far beyond the target."""
_JOINTS_OF_ANY_POSE: Final = 6
_ORIENTATION_WEIGHT: Final = 1e-4
"""LeRobot's own 0.01 weighs radians against metres: an arm of five joints, which cannot turn its
tool against its base, would rather miss a target by centimetres than give way."""

_ROLL_WEIGHT: Final = 0.01
"""An arm of less than six joints turns its tool about itself only to bring what is beside its axis
a few millimetres nearer, at the edge of its reach."""
_BESIDE_ROLL_M: Final = 0.05
"""A last joint whose axis has the tool centre point no further away turns the tool about itself."""


class Kinematics:
    """Forward and inverse kinematics of the joints that a URDF has.

    The position of the tool centre point is what counts; its orientation is kept as far as the arm
    can. The tool of an arm of five joints turns with it about the base, and does not roll: held
    against that turn, its roll would go to its stop, or the tool against the arm.

    Attributes:
        joints: names, in the order of every vector here.
    """

    def __init__(self, urdf_path: Path, target_frame_name: str, joints: Sequence[str]) -> None:
        """Read a URDF; the target frame is the link that is the tool centre point.

        Raises:
            ConfigError: the file is missing or is not such a URDF.
        """
        key = "env.processor.inverse_kinematics"
        if not urdf_path.is_file():
            raise ConfigError(f"{key}.urdf_path: {urdf_path}: there is no such file")
        self.joints = tuple(joints)
        try:
            with NamedTemporaryFile("w", suffix=".urdf") as file:
                file.write(_without_shapes(urdf_path))
                file.flush()
                self._solver = RobotKinematics(file.name, target_frame_name, list(joints))
            known = set(self._solver.robot.joint_names())
            self._last = self._solver.solver.add_joints_task()
        except Exception as error:  # placo raises what it likes.
            raise ConfigError(f"{key}.urdf_path: {urdf_path}: {one_line(error)}") from None
        missing = [joint for joint in joints if joint not in known]
        if missing:
            raise ConfigError(
                f"{key}.urdf_path: {urdf_path} has no joint {', '.join(missing)}; it has "
                f"{', '.join(sorted(known))}"
            )
        self._kept: Float64Array = np.eye(4)
        self._last.configure("last", "soft", _ROLL_WEIGHT if self._is_rolled_by_last() else 0.0)

    @property
    def _is_short(self) -> bool:
        return len(self.joints) < _JOINTS_OF_ANY_POSE

    def forward(self, joint_pos_deg: Float64Array) -> Float64Array:
        """Return where the tool centre point is, float64[3], metres, base frame."""
        pose: Float64Array = self._solver.forward_kinematics(joint_pos_deg)
        return pose[:3, 3].copy()

    def keep_orientation(self, joint_pos_deg: Float64Array) -> None:
        """Keep the tool as it points in this posture from now on."""
        self._kept = self._solver.forward_kinematics(joint_pos_deg).copy()
        self._last.set_joint(self.joints[-1], float(np.deg2rad(joint_pos_deg[-1])))

    def inverse(self, start_deg: Float64Array, target_xyz_m: Float64Array) -> Float64Array:
        """Return the posture near `start_deg` that comes nearest to a target.

        Args:
            start_deg: float64[n].
            target_xyz_m: float64[3], base frame.

        Returns:
            float64[n], degrees; `start_deg` itself where nothing nearer was found.
        """
        pose = np.eye(4)
        pose[:3, :3] = self._kept[:3, :3]
        if self._is_short:
            pose[:3, :3] = _turn(self._kept[:3, 3], target_xyz_m) @ pose[:3, :3]
        pose[:3, 3] = target_xyz_m
        posture = nearest = start_deg
        nearest_m = self._away_m(start_deg, target_xyz_m)
        for _ in range(_ITERATIONS):
            solved = self._solver.inverse_kinematics(
                posture, pose, orientation_weight=_ORIENTATION_WEIGHT
            )
            step_deg = solved - posture
            posture = posture + step_deg / max(1.0, np.abs(step_deg).max() / _LONGEST_DEG)
            away_m = self._away_m(posture, target_xyz_m)
            if away_m < nearest_m:
                nearest, nearest_m = posture, away_m
            if away_m < CLOSE_ENOUGH_M:
                break
        return nearest

    def _is_rolled_by_last(self) -> bool:
        """Say whether the last joint of a short arm turns its tool about itself."""
        turned_deg = 180.0 * np.eye(len(self.joints))[-1]
        across_m = self._away_m(turned_deg, self.forward(0.0 * turned_deg))
        return self._is_short and across_m < 2.0 * _BESIDE_ROLL_M

    def _away_m(self, joint_pos_deg: Float64Array, target_xyz_m: Float64Array) -> float:
        return float(np.linalg.norm(self.forward(joint_pos_deg) - target_xyz_m))


def _turn(from_xyz_m: Float64Array, to_xyz_m: Float64Array) -> Float64Array:
    """Return the rotation about the vertical of the base that leads from one place to another."""
    angle = np.arctan2(to_xyz_m[1], to_xyz_m[0]) - np.arctan2(from_xyz_m[1], from_xyz_m[0])
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def _without_shapes(urdf_path: Path) -> str:
    """Return a URDF without what its links look like and collide with.

    The solver does not need it, takes ten seconds to load it, and fails where a mesh is missing.
    """
    robot = ET.parse(urdf_path).getroot()
    for link in robot.iter("link"):
        for shape in [*link.findall("visual"), *link.findall("collision")]:
            link.remove(shape)
    return ET.tostring(robot, encoding="unicode")
