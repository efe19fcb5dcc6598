"""The environment JSON of a robot: LeRobot's `env`; `robot` and `safety` for what it lacks.

The same keys mean the same as for the simulator, so that a config is carried over by exchanging
what describes the arm.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from dora_hil.body.end_effector_target import Workspace
from dora_hil.body.environment_config import EnvironmentConfig
from dora_hil.body.safety import SafetyConfig
from dora_hil.config import ConfigError, Findings, override, parse, read_json, refuse
from dora_hil.config_keys import shown
from dora_hil.hardware.virtual_arm import PORT
from dora_hil.recognitions import Reading, refuse_recognised

VIRTUAL_TYPE = "so101_follower"

BUS_TIMEOUT_S: Final = 0.5
VIRTUAL_BUS_TIMEOUT_S: Final = 3.0
"""A virtual arm is a program, which waits for this machine's processor like every other."""


@dataclass(frozen=True)
class RobotSafetyConfig(SafetyConfig):
    """`safety`, with limits from the start."""

    max_ee_speed_m_s: float | None = 0.3
    max_joint_speed: float | dict[str, float] | None = 120.0
    ramp_s: float = 0.5
    on_stop: Literal["hold", "torque_off"] = "hold"
    on_fault: Literal["hold", "torque_off"] = "hold"


@dataclass(frozen=True)
class RobotSection:
    """`robot`: what LeRobot's layout has no place for.

    Attributes:
        task: what is to be done, in words that a policy may read.
        state: features of `observation.state` by name, in order.
        home_speed: of the joints on the way to `fixed_reset_joint_positions`, units per second.
        bus_timeout_s: an arm that has not answered for so long is a fault; until then the last
            reading is used. None for what suits the arm.
        max_frame_age_s: a camera without a new frame for so long is a fault.
        number_of_steps_after_success: go on for that many steps, at reward 1.
    """

    task: str = "move the arm"
    state: tuple[str, ...] = ("joint_pos",)
    home_speed: float = 40.0
    bus_timeout_s: float | None = None
    max_frame_age_s: float = 1.0
    number_of_steps_after_success: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        for name in ("home_speed", "bus_timeout_s", "max_frame_age_s"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0):
                raise ValueError(f"{name} must be above 0, got {value:g}")
        if self.number_of_steps_after_success < 0:
            raise ValueError(
                "number_of_steps_after_success must be 0 or more, got "
                f"{self.number_of_steps_after_success}"
            )
        if not self.state or len(set(self.state)) != len(self.state):
            raise ValueError("state must name features, each once")


@dataclass(frozen=True, kw_only=True)
class RobotNodeConfig(EnvironmentConfig):
    """The environment JSON of a robot."""

    robot: RobotSection = field(default_factory=RobotSection)
    safety: RobotSafetyConfig = field(default_factory=RobotSafetyConfig)

    @property
    def arm(self) -> Mapping[str, Any]:
        """Return `env.robot`, as LeRobot has it."""
        robot: Mapping[str, Any] = self.env.robot
        return robot

    @property
    def is_virtual(self) -> bool:
        """Say whether the arm is one that is not there."""
        return self.arm.get("port") == PORT

    @property
    def bus_timeout_s(self) -> float:
        """Return for how long the arm may be silent."""
        if self.robot.bus_timeout_s is not None:
            return self.robot.bus_timeout_s
        return VIRTUAL_BUS_TIMEOUT_S if self.is_virtual else BUS_TIMEOUT_S

    @property
    def max_steps(self) -> int:
        """Return the steps after which an episode is truncated; 0 for no limit."""
        return round((self.reset.control_time_s or 0.0) * self.env.fps)

    @property
    def max_gripper_pos(self) -> float:
        """Return the gripper's position that counts as open."""
        given = self.processor.max_gripper_pos
        return 100.0 if given is None else given

    @property
    def workspace(self) -> Workspace:
        """Return bounds and step sizes of the end-effector spaces.

        Raises:
            ConfigError: there are no bounds.
        """
        bounds = self.kinematics.end_effector_bounds
        if bounds is None:
            raise ConfigError(
                "env.processor.inverse_kinematics.end_effector_bounds: needed to move in space; "
                "dora-hil bounds finds them"
            )
        return self.workspace_within(bounds)

    @property
    def state_features(self) -> tuple[str, ...]:
        """Return the features of `observation.state`, those that LeRobot's switches add last."""
        switches = {
            "add_joint_velocity_to_observation": "joint_vel",
            "add_current_to_observation": "motor_current",
            "add_ee_pose_to_observation": "tcp_xyz_m",
        }
        return self.with_switched_on(self.robot.state, switches)


def load_config(path: Path, words: Sequence[str] = ()) -> RobotNodeConfig:
    """Read an environment JSON; ``--env.fps=20`` and the like are put over it.

    Raises:
        ConfigError: one line: the file, the key, what was wrong and what is accepted.
    """
    return parse_config(override(read_json(path), words), str(path))


def parse_config(raw: dict[str, Any], source: str = "config") -> RobotNodeConfig:
    """Build a config from plain data and check that it makes sense.

    Raises:
        ConfigError: one line: the source, the key, what was wrong and what is accepted.
    """
    refuse_recognised(Reading.ENVIRONMENT, raw, source)
    config = parse(raw, RobotNodeConfig, source)
    found = Findings()
    _check(config, found)
    refuse(found.problems, source, raw)
    return config


def _check(config: RobotNodeConfig, found: Findings) -> None:
    env, reset = config.env, config.reset
    found.demand(
        env.name != "gym_hil",
        "env.name: this is a robot, for instance 'real_robot'; 'gym_hil' has gym-hil-node",
    )
    is_robot = isinstance(env.robot, dict) and isinstance(env.robot.get("type"), str)
    found.demand(
        is_robot,
        "env.robot: must name a robot of LeRobot, for instance "
        '{"type": "so101_follower", "port": "/dev/ttyACM0", "id": "my_arm"}',
    )
    found.demand(
        env.teleop is None,
        "env.teleop: must be null: devices are nodes of their own, wired in the dataflow",
    )
    found.demand(
        math.isfinite(env.fps) and env.fps > 0,
        f"env.fps: must be above 0 steps a second, got {env.fps:g}",
    )
    for key, seconds in (
        ("reset_time_s", reset.reset_time_s),
        ("control_time_s", reset.control_time_s),
    ):
        found.demand(
            seconds is None or (math.isfinite(seconds) and seconds >= 0),
            f"env.processor.reset.{key}: must be 0 s or more, got {seconds}",
        )
    found.demand(
        0.0 < config.max_gripper_pos <= 100.0,
        f"env.processor.max_gripper_pos: must be above 0, at most 100, got "
        f"{config.max_gripper_pos:g}",
    )
    found.demand(
        not (config.processor.observation and config.processor.observation.display_cameras),
        "env.processor.observation.display_cameras: must be false: add the rerun node to the "
        "dataflow instead",
    )
    found.demand(
        config.processor.reward_classifier is None
        or config.processor.reward_classifier.pretrained_path is None,
        "env.processor.reward_classifier.pretrained_path: must be null: the reward classifier is "
        "a stage of the dataflow, which reads its own file (REWARD_CONFIG)",
    )
    penalty = config.gripper.gripper_penalty
    found.demand(
        math.isfinite(penalty) and penalty <= 0,
        f"env.processor.gripper.gripper_penalty: must be 0 or negative, got {penalty:g}",
    )
    if is_robot:
        kind = config.arm["type"]
        found.demand(
            not config.is_virtual or kind == VIRTUAL_TYPE,
            f"env.robot.type: the virtual arm is a {VIRTUAL_TYPE!r}, got {kind!r}",
        )
        _check_cameras(config.arm.get("cameras") or {}, found)
        if config.is_virtual or config.kinematics.urdf_path is not None:
            with found.gather():
                _check_workspace(config)


def _check_cameras(cameras: Any, found: Findings) -> None:
    are_cameras = isinstance(cameras, dict) and all(isinstance(c, dict) for c in cameras.values())
    found.demand(
        are_cameras, f"env.robot.cameras: must be LeRobot's cameras by name, got {shown(cameras)}"
    )
    for name in cameras if are_cameras else ():
        found.demand(
            re.fullmatch(r"[A-Za-z0-9_-]+", name) is not None,
            f"env.robot.cameras: {name!r} cannot name a column; use letters, digits, _ and -",
        )


def _check_workspace(config: RobotNodeConfig) -> None:
    bounds = config.kinematics.end_effector_bounds
    for name, corner in (("min", bounds.min), ("max", bounds.max)) if bounds else ():
        if len(corner) != 3:
            raise ConfigError(
                f"env.processor.inverse_kinematics.end_effector_bounds.{name}: must be x, y, z in "
                f"m, got {list(corner)}"
            )
    try:
        _ = config.workspace
    except ConfigError:
        raise
    except ValueError as error:
        raise ConfigError(f"env.processor.inverse_kinematics: {error}") from None
