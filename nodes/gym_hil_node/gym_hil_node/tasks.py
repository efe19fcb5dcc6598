"""The two tasks of gym-hil: where blocks start, what counts, when nothing more can be done.

Start places, rewards, success and bounds are gym-hil's (Apache-2.0, `gym_hil/envs/`), except
that a placement follows from its random generator alone and that every block is watched.
"""

import re
from abc import ABC, abstractmethod
from typing import ClassVar, Final, Literal

import mujoco
import numpy as np

from dora_hil.config import ConfigError
from dora_hil.stream.actions import Float64Array

RewardType = Literal["sparse", "dense"]
"""1 at success, or a reward that grows towards it."""

_DISTANCE_SCALE_PER_M = 20.0


class Task(ABC):
    """What is to be done with the blocks of one scene.

    Attributes:
        scene: the name under which `load_scene` knows it.
        sentence: the task in words.
        home_joint_pos_rad: 7 joint angles of the arm at the start.
        min_xyz_m: lower corner of the workspace, base frame.
        max_xyz_m: upper corner.
        block_names: the blocks' bodies, joints and geoms.
        goal_names: the goals' geoms, in the blocks' order; empty where there are none.
        privileged: features that a script may see and nobody records.
    """

    scene: ClassVar[str]
    sentence: ClassVar[str]
    home_joint_pos_rad: ClassVar[tuple[float, ...]]
    min_xyz_m: ClassVar[tuple[float, float, float]]
    max_xyz_m: ClassVar[tuple[float, float, float]]
    block_names: ClassVar[tuple[str, ...]]
    goal_names: ClassVar[tuple[str, ...]] = ()
    privileged: ClassVar[tuple[str, ...]]
    _bounds_xy_m: ClassVar[tuple[tuple[float, float], tuple[float, float]]]

    def __init__(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        *,
        random_block_position: bool = True,
        reward_type: RewardType = "sparse",
    ) -> None:
        """Bind the task to its scene; blocks start at random places, or always the same way."""
        self._model, self._data = model, data
        self._is_random = random_block_position
        self._reward_type = reward_type
        self._geom_xyz_m: Float64Array = data.geom_xpos
        self._blocks = [model.geom(name).id for name in self.block_names]
        self._goals = [model.geom(name).id for name in self.goal_names]
        self._block_z_m = float(model.geom(self.block_names[0]).size[2])
        self._joint_pos = [data.joint(name).qpos for name in self.block_names]
        self._tcp = data.site_xpos[model.site("pinch").id]
        self._low_xy_m, self._high_xy_m = (np.array(corner) for corner in self._bounds_xy_m)

    @property
    def blocks_xyz_m(self) -> Float64Array:
        """Return the blocks' centres, float64[n, 3], as a copy."""
        return self._geom_xyz_m[self._blocks]

    @property
    def goals_xyz_m(self) -> Float64Array:
        """Return the goals' centres, float64[n, 3], as a copy."""
        return self._geom_xyz_m[self._goals]

    @property
    def is_out_of_bounds(self) -> bool:
        """Say whether a block has left the area in which the task can be solved."""
        xy_m = self.blocks_xyz_m[:, :2]
        return bool((xy_m < self._low_xy_m).any() or (xy_m > self._high_xy_m).any())

    def place(self, rng: np.random.Generator) -> None:
        """Put the blocks where an episode starts; the arm must already stand at home."""
        self._place_blocks(rng)
        mujoco.mj_forward(self._model, self._data)

    @abstractmethod
    def _place_blocks(self, rng: np.random.Generator) -> None:
        """Write the blocks' joint positions."""

    @abstractmethod
    def reward(self) -> float:
        """Return the present reward of the chosen type."""

    @abstractmethod
    def is_success(self) -> bool:
        """Say whether the task is solved; what that takes depends on the type of reward."""

    def _put(self, block: int, x_m: float, y_m: float) -> None:
        self._joint_pos[block][:3] = (x_m, y_m, self._block_z_m)


class PickCube(Task):
    """Lift the cube by 10 cm; with the dense reward it must also be within 5 cm of the tool."""

    scene = "pick_cube"
    sentence = "pick up the cube and lift it"
    home_joint_pos_rad = (0.0, 0.195, 0.0, -2.43, 0.0, 2.62, 0.785)
    min_xyz_m = (0.2, -0.3, 0.0)
    max_xyz_m = (0.6, 0.3, 0.5)
    block_names = ("block",)
    privileged = ("block_xyz_m",)
    _sampling_xy_m = ((0.3, -0.15), (0.5, 0.15))
    _bounds_xy_m = ((0.25, -0.2), (0.55, 0.2))
    _fixed_xy_m = (0.5, 0.0)
    _lift_m = 0.1

    def place(self, rng: np.random.Generator) -> None:
        """Put the cube on the floor, and remember its height."""
        super().place(rng)
        self._start_z_m = float(self.blocks_xyz_m[0, 2])

    def _place_blocks(self, rng: np.random.Generator) -> None:
        xy_m = rng.uniform(*self._sampling_xy_m) if self._is_random else self._fixed_xy_m
        self._put(0, *xy_m)

    def reward(self) -> float:
        """Return 1 once lifted; or, dense, 0.3 for being near and 0.7 for the lift."""
        block = self.blocks_xyz_m[0]
        lift_m = float(block[2]) - self._start_z_m
        if self._reward_type == "sparse":
            return float(lift_m > self._lift_m)
        near = float(np.exp(-_DISTANCE_SCALE_PER_M * np.linalg.norm(block - self._tcp)))
        return 0.3 * near + 0.7 * min(max(lift_m / self._lift_m, 0.0), 1.0)

    def is_success(self) -> bool:
        """Say whether the cube is lifted; with the dense reward, by the gripper."""
        block = self.blocks_xyz_m[0]
        is_lifted = float(block[2]) - self._start_z_m > self._lift_m
        if self._reward_type == "sparse":
            return is_lifted
        return is_lifted and bool(np.linalg.norm(block - self._tcp) < 0.05)


class ArrangeBoxes(Task):
    """Bring five boxes within 3 cm of the goal of their colour."""

    scene = "arrange_boxes"
    sentence = "put each box on the mark of its colour"
    home_joint_pos_rad = (0.0, -0.785, 0.0, -2.35, 0.0, 1.57, float(np.pi / 4))
    min_xyz_m = (0.2, -0.5, 0.0)
    max_xyz_m = (0.6, 0.5, 0.5)
    block_names = tuple(f"block{i}" for i in range(1, 6))
    goal_names = tuple(f"target{i}" for i in range(1, 6))
    privileged = ("blocks_xyz_m", "goals_xyz_m")
    _bounds_xy_m = ((-0.05, -0.5), (0.85, 0.5))
    _row_y_m = 0.3
    _reach_m = 0.03

    def _place_blocks(self, rng: np.random.Generator) -> None:
        """Line the boxes up in front of the goals; at random, in a shuffled order."""
        places_y_m = np.linspace(-self._row_y_m, self._row_y_m, len(self.block_names))
        if self._is_random:
            rng.shuffle(places_y_m)
        for block, y_m in enumerate(places_y_m):
            self._put(block, float(self._joint_pos[block][0]), float(y_m))

    def _distances_m(self) -> Float64Array:
        return np.asarray(np.linalg.norm(self.blocks_xyz_m - self.goals_xyz_m, axis=1))

    def reward(self) -> float:
        """Return 1 once all are there; or, dense, up to 1 for each box."""
        if self._reward_type == "sparse":
            return float(self.is_success())
        return float(np.exp(-_DISTANCE_SCALE_PER_M * self._distances_m()).sum())

    def is_success(self) -> bool:
        """Say whether every box is within 3 cm of its goal."""
        return bool((self._distances_m() < self._reach_m).all())


_TASKS: Final[dict[str, type[Task]]] = {
    "PandaPickCube": PickCube,
    "PandaArrangeBoxes": ArrangeBoxes,
}


_INPUTS: Final = ("", "Base", "Viewer", "Gamepad", "Keyboard")


def task_named(name: str | None) -> type[Task]:
    """Return the task behind one of gym-hil's environment names.

    Raises:
        ConfigError: there is none; the text lists them.
    """
    match = re.fullmatch(rf"(?:gym_hil/)?(\w+?)(?:{'|'.join(_INPUTS[1:])})?-v0", name or "")
    if match is None or match[1] not in _TASKS:
        accepted = [f"{task}{device}-v0" for task in _TASKS for device in _INPUTS]
        raise ConfigError(f"env.task: unknown task {name!r}; accepted: {', '.join(accepted)}")
    return _TASKS[match[1]]
