"""The environment JSON: LeRobot's `env`; `sim` and `safety` for what it has no place for.

The dataclasses are the file, key by key; `GymHilConfig`'s properties are what it comes to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from dora_hil.body.crop import PictureCrops
from dora_hil.body.end_effector_target import Workspace
from dora_hil.body.environment_config import EnvironmentConfig
from dora_hil.body.features import specs
from dora_hil.body.lerobot_env import BoundsSection
from dora_hil.display.renderer import CameraConfig
from dora_hil.stream.spec import ColumnSpec
from gym_hil_node.features import DEFAULT_ENVIRONMENT_STATE, DEFAULT_STATE, observation_columns
from gym_hil_node.tasks import RewardType, Task, task_named
from gym_hil_node.variation import VariationSection

DEFAULT_CONTROL_TIME_S = 10.0
"""gym-hil's own limit of 100 steps at 10 Hz, which also ended episodes under LeRobot."""


@dataclass(frozen=True)
class SimObservationSection:
    """`sim.observation`: features by name, in order.

    Attributes:
        state: `observation.state`.
        environment_state: `observation.environment_state`; null for none. By default the
            block's position where there are no cameras, and none where there are.
    """

    state: tuple[str, ...] = DEFAULT_STATE
    environment_state: tuple[str, ...] | Literal["default"] | None = "default"


@dataclass(frozen=True)
class SimSection:
    """`sim`: what LeRobot's layout has no place for.

    Attributes:
        quality: how pictures are drawn; `stock` is gym-hil's scene untouched.
        cameras: by the name that the picture has in `observation.images.<name>`; none makes
            the simulator run without OpenGL.
        random_block_position: place blocks by the episode's seed.
        reward_type: `none` for no reward and no success, as a robot has none of its own.
        number_of_steps_after_success: go on for that many steps, at reward 1.
        variation: what else differs from episode to episode.
    """

    quality: Literal["fast", "full", "stock"] = "fast"
    cameras: dict[str, CameraConfig] = field(
        default_factory=lambda: {
            "front": CameraConfig("front"),
            "wrist": CameraConfig("handcam_rgb"),
        }
    )
    random_block_position: bool = True
    reward_type: RewardType | Literal["none"] = "sparse"
    observation: SimObservationSection = field(default_factory=SimObservationSection)
    number_of_steps_after_success: int = 0
    variation: VariationSection = field(default_factory=VariationSection)


@dataclass(frozen=True, kw_only=True)
class GymHilConfig(EnvironmentConfig):
    """The environment JSON of the simulator."""

    sim: SimSection = field(default_factory=SimSection)

    @cached_property
    def task(self) -> type[Task]:
        """Return the task that `env.task` names."""
        return task_named(self.env.task)

    @property
    def max_steps(self) -> int:
        """Return the steps after which an episode is truncated."""
        control_time_s = self.reset.control_time_s
        if control_time_s is None:
            control_time_s = DEFAULT_CONTROL_TIME_S
        return round(control_time_s * self.env.fps)

    @property
    def home_joint_pos_rad(self) -> tuple[float, ...]:
        """Return the 7 angles that the arm starts from."""
        return self.reset.fixed_reset_joint_positions or self.task.home_joint_pos_rad

    @property
    def workspace(self) -> Workspace:
        """Return bounds and step sizes; by default the task's bounds and 2.5 cm."""
        task = BoundsSection(self.task.min_xyz_m, self.task.max_xyz_m)
        return self.workspace_within(self.kinematics.end_effector_bounds or task)

    @property
    def state_features(self) -> tuple[str, ...]:
        """Return the features of `observation.state`, those that LeRobot's switches add last."""
        switches = {
            "add_joint_velocity_to_observation": "joint_vel_rad_s",
            "add_ee_pose_to_observation": "tcp_xyz_m",
        }
        return self.with_switched_on(self.sim.observation.state, switches)

    @property
    def environment_state_features(self) -> tuple[str, ...]:
        """Return the features of `observation.environment_state`; empty for no such column."""
        features = self.sim.observation.environment_state
        if features == "default":
            return () if self.sim.cameras else DEFAULT_ENVIRONMENT_STATE
        return features or ()

    @cached_property
    def picture_crops(self) -> PictureCrops:
        """Return what becomes of the cameras' pictures.

        Raises:
            ConfigError: there is no such camera or no such part of its picture.
        """
        cameras_px = {
            f"observation.images.{name}": (camera.height_px, camera.width_px)
            for name, camera in self.sim.cameras.items()
        }
        return PictureCrops(self.processor.image_preprocessing, cameras_px)

    def observation_specs(self) -> Mapping[str, ColumnSpec]:
        """Describe every `observation.*` column, pictures included."""
        columns = observation_columns(
            self.task, self.state_features, self.environment_state_features
        )
        return {**specs(columns), **self.picture_crops.specs}
