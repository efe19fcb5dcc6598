"""Every observation that the simulator can compute, by name.

The environment JSON lists the names; nobody downstream computes a feature.
"""

from collections.abc import Callable, Sequence

import mujoco
import numpy as np

from dora_hil.body.features import Feature, FeatureColumn, points
from dora_hil.stream.actions import Float64Array
from gym_hil_node.opspace import ARM_DOF
from gym_hil_node.tasks import Task

DEFAULT_STATE = ("joint_pos_rad", "joint_vel_rad_s", "gripper_command", "tcp_xyz_m")
"""gym-hil's `agent_pos`, 18 numbers."""

DEFAULT_ENVIRONMENT_STATE = ("block_xyz_m",)
"""gym-hil's `environment_state`; LeRobot has it where there are no pictures."""

_CLOSED_DRIVER_RAD = 0.8
"""What the fingers' driving joints reach without anything in between."""


class Sensors:
    """What can be measured in a scene, as views of its data.

    Everything Cartesian is, as in gym-hil, of the last physics step's start: 2 ms older than
    the joint angles.

    Attributes:
        joint_pos_rad: float64[7].
        joint_vel_rad_s: float64[7].
        gripper_command: float64[1]; 0 open to 255 closed, as gym-hil reports it.
        tcp_xyz_m: float64[3]; the point between the fingertips, base frame.
        target_xyz_m: float64[3]; where it is to be.
        task: the blocks and their goals.
    """

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData, task: Task) -> None:
        """Bind the sensors to a scene."""
        self.joint_pos_rad: Float64Array = data.qpos[:ARM_DOF]
        self.joint_vel_rad_s: Float64Array = data.qvel[:ARM_DOF]
        gripper = model.actuator("fingers_actuator").id
        self.gripper_command: Float64Array = data.ctrl[gripper : gripper + 1]
        self.tcp_xyz_m: Float64Array = data.site_xpos[model.site("pinch").id]
        self.target_xyz_m: Float64Array = data.mocap_pos[0]
        self.task = task
        self._drivers = [data.joint(f"{side}_driver_joint").qpos for side in ("left", "right")]

    @property
    def gripper_opening(self) -> float:
        """Return how far the fingers are apart as measured, 0 closed to 1 open."""
        left, right = (float(driver[0]) for driver in self._drivers)
        return min(max(1.0 - (left + right) / (2.0 * _CLOSED_DRIVER_RAD), 0.0), 1.0)


def features_of(task: type[Task]) -> dict[str, Feature[Sensors]]:
    """Return every feature that can be asked for in a task, by name."""
    first_block = task.block_names[0]
    features = {
        "joint_pos_rad": _per_joint("pos", "rad", lambda s: s.joint_pos_rad),
        "joint_vel_rad_s": _per_joint("vel", "rad/s", lambda s: s.joint_vel_rad_s),
        "gripper_command": Feature(
            ("gripper.command",), ("0 open, 255 closed",), lambda s: s.gripper_command
        ),
        "gripper_opening_01": Feature(
            ("gripper.opening",), ("0 closed, 1 open",), lambda s: np.array([s.gripper_opening])
        ),
        "tcp_xyz_m": points(["tcp"], lambda s: s.tcp_xyz_m),
        "target_xyz_m": points(["target"], lambda s: s.target_xyz_m),
        "target_from_tcp_m": points(["target_from_tcp"], lambda s: s.target_xyz_m - s.tcp_xyz_m),
        "block_xyz_m": points([first_block], lambda s: s.task.blocks_xyz_m[0]),
        "block_from_tcp_m": points(
            [f"{first_block}_from_tcp"], lambda s: s.task.blocks_xyz_m[0] - s.tcp_xyz_m
        ),
        "blocks_xyz_m": points(task.block_names, lambda s: s.task.blocks_xyz_m.reshape(-1)),
    }
    if task.goal_names:
        features["goals_xyz_m"] = points(task.goal_names, lambda s: s.task.goals_xyz_m.reshape(-1))
    return features


def observation_columns(
    task: type[Task], state: Sequence[str], environment_state: Sequence[str]
) -> dict[str, FeatureColumn[Sensors]]:
    """Return the observation's vectors by column name; an empty list of features makes none."""
    wanted = {"observation.state": state, "observation.environment_state": environment_state}
    return {key: _column(task, names) for key, names in wanted.items() if names}


def privileged_columns(task: type[Task]) -> dict[str, FeatureColumn[Sensors]]:
    """Return what a scripted expert needs, by column name."""
    features = {name: name for name in (*task.privileged, "tcp_xyz_m", "target_xyz_m")}
    features["gripper_opening"] = "gripper_opening_01"
    return {f"privileged.{key}": _column(task, [name]) for key, name in features.items()}


def _column(task: type[Task], names: Sequence[str]) -> FeatureColumn[Sensors]:
    known = features_of(task)
    return FeatureColumn([known[name] for name in names])


def _per_joint(suffix: str, unit: str, read: Callable[[Sensors], Float64Array]) -> Feature[Sensors]:
    names = tuple(f"joint{i}.{suffix}" for i in range(1, ARM_DOF + 1))
    return Feature(names, (unit,) * ARM_DOF, read)
