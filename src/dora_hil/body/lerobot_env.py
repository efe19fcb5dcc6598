"""The part of an environment JSON that is LeRobot's: `env`, with its names and its layout.

As in LeRobot 0.6.1 (`HILSerlRobotEnvConfig`), so that a published `env_config.json` is read as
it is. Where a simulator has nothing to do for a key, its class says so.
"""

from dataclasses import dataclass
from typing import Any

from dora_hil.body.crop import ImagePreprocessing

DEFAULT_STEP_M = 0.025

Xyz = tuple[float, ...]


@dataclass(frozen=True)
class ObservationSection:
    """`env.processor.observation`: features to add to the state."""

    add_joint_velocity_to_observation: bool = False
    add_current_to_observation: bool = False
    add_ee_pose_to_observation: bool = False
    display_cameras: bool = False


@dataclass(frozen=True)
class GripperSection:
    """`env.processor.gripper`.

    Attributes:
        use_gripper: false keeps the fingers where they are.
        gripper_penalty: 0 or negative; the `discrete_penalty` of closing an open gripper or
            opening a closed one.
    """

    use_gripper: bool = True
    gripper_penalty: float = 0.0


@dataclass(frozen=True)
class ResetSection:
    """`env.processor.reset`.

    Attributes:
        fixed_reset_joint_positions: 7 angles [rad] to start from and to stay near.
        reset_time_s: time between episodes; it passes in the body, for nothing sleeps here.
        control_time_s: an episode is truncated after that long; null for 10 s.
        terminate_on_success: the task's success ends the episode.
    """

    fixed_reset_joint_positions: tuple[float, ...] | None = None
    reset_time_s: float = 0.0
    control_time_s: float | None = None
    terminate_on_success: bool = True


@dataclass(frozen=True)
class BoundsSection:
    """Corners of the workspace [m], base frame."""

    min: Xyz
    max: Xyz


@dataclass(frozen=True)
class StepSizesSection:
    """Metres that a delta of 1 means."""

    x: float = DEFAULT_STEP_M
    y: float = DEFAULT_STEP_M
    z: float = DEFAULT_STEP_M


@dataclass(frozen=True)
class InverseKinematicsSection:
    """`env.processor.inverse_kinematics`; the simulator has its own model of the arm."""

    urdf_path: str | None = None
    target_frame_name: str | None = None
    end_effector_bounds: BoundsSection | None = None
    end_effector_step_sizes: StepSizesSection | None = None


@dataclass(frozen=True)
class RewardClassifierSection:
    """`env.processor.reward_classifier`: a stage of the dataflow here, so without a model."""

    pretrained_path: str | None = None
    success_threshold: float = 0.5
    success_reward: float = 1.0


@dataclass(frozen=True)
class ProcessorSection:
    """`env.processor`; `control_mode` and `max_gripper_pos` mean nothing to a simulator."""

    control_mode: str = "gamepad"
    observation: ObservationSection | None = None
    image_preprocessing: ImagePreprocessing | None = None
    gripper: GripperSection | None = None
    reset: ResetSection | None = None
    inverse_kinematics: InverseKinematicsSection | None = None
    reward_classifier: RewardClassifierSection | None = None
    max_gripper_pos: float | None = 100.0


@dataclass(frozen=True)
class DeclaredFeature:
    """One of `env.features`: what somebody expects of a column."""

    type: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class EnvSection:
    """`env`.

    Attributes:
        task: gym-hil's name of an environment; its input device has no effect.
        fps: control steps per second of simulated time.
        features: expected shapes, checked against what the body produces.
        features_map: gym-hil's names to LeRobot's; checked to be the names used here.
    """

    type: str = "gym_manipulator"
    name: str = "gym_hil"
    task: str | None = "PandaPickCube-v0"
    fps: float = 10.0
    robot: Any = None
    teleop: Any = None
    processor: ProcessorSection | None = None
    features: dict[str, DeclaredFeature] | None = None
    features_map: dict[str, str] | None = None
    max_parallel_tasks: int = 1
    disable_env_checker: bool = True
