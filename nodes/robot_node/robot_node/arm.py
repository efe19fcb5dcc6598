"""A robot as a body drives it: measure, command, go home, rest."""

import contextlib
import dataclasses
import logging
from typing import Final

import numpy as np
from lerobot.robots import Robot

from dora_hil.body.crop import PictureCrops
from dora_hil.body.declared_features import check_declared_features
from dora_hil.body.environment import BodyFaultError, Outcome
from dora_hil.body.features import specs
from dora_hil.body.gripper_penalty import gripper_penalty
from dora_hil.body.joint_target import JointLimits
from dora_hil.body.safety import BUS
from dora_hil.config import ConfigError
from dora_hil.stream.actions import (
    EE_SIZES,
    ActionSpace,
    ExecutedAction,
    Float32Array,
    Float64Array,
    hold_ee_delta,
)
from dora_hil.stream.spec import Columns, ColumnSpec, StreamSpec, ee_action_columns
from robot_node.cameras import Cameras
from robot_node.config import RobotNodeConfig
from robot_node.features import Sensors, privileged_columns, state_column
from robot_node.joints import Joints
from robot_node.kinematics import Kinematics
from robot_node.motion import JointMotion, SpaceMotion
from robot_node.robots import connect, disconnect

log = logging.getLogger(__name__)

HOME_TOLERANCE: Final = 4.0
"""In the joints' own units: how near counts as being home; gravity pulls at a servo."""


class RobotArm:
    """Any LeRobot robot, as a `dora_hil.body.environment.RealTimeEnvironment`.

    Attributes:
        spec: the columns and the accepted action spaces.
        control_dt_s: the control period.
        max_steps: steps after which an episode is truncated; 0 for no limit.
    """

    def __init__(
        self, config: RobotNodeConfig, robot: Robot, kinematics: Kinematics | None = None
    ) -> None:
        """Connect to a robot and its cameras; it stays where it stands.

        Without kinematics of its joints there are no end-effector spaces.

        Raises:
            ConfigError: the config does not fit the robot.
            BodyFaultError: the robot or a camera is not there.
        """
        self.control_dt_s, self.max_steps = config.control_dt_s, config.max_steps
        self._config = config
        self._robot = robot
        self._kind = str(config.arm["type"])
        self._joints = Joints(robot, self._kind, config.bus_timeout_s)
        self._cameras = Cameras.of(robot, config.robot.max_frame_age_s)
        self._crops = PictureCrops(
            config.processor.image_preprocessing,
            {name: (spec.shape[0], spec.shape[1]) for name, spec in self._cameras.specs.items()},
        )
        self._home = self._home_posture()
        self._sensors = Sensors.of(len(self._joints.names))
        self._vectors = {
            "observation.state": state_column(
                config.state_features,
                self._joints.names,
                self._joints.units,
                has_kinematics=kinematics is not None,
            ),
            **privileged_columns(has_kinematics=kinematics is not None),
        }
        self._observed = {**specs(self._vectors), **self._crops.specs}
        sizes = (len(self._joints.names), *(EE_SIZES if kinematics else ()))
        check_declared_features(config.env, self._observed, sizes, f"the {self._kind}")
        self._executed = ExecutedAction()
        self._penalty = 0.0
        self._is_resting = False
        self._is_on_its_way = self._has_come_home = False
        connect(robot, self._kind)
        try:
            self._cameras.connect()
            self._joints.start()
            self._motion = self._make_motion(kinematics)
            self._motion.target.reset(self._joints.positions)
            self.spec = self._make_spec()
            self._columns: Columns = self._observe()
        except BaseException:
            self.close()
            raise

    @property
    def joint_pos_rad(self) -> Float64Array:
        """Return the joints that are angles as they were measured, float64[n]."""
        is_angle = np.array([unit == "deg" for unit in self._joints.units])
        angles: Float64Array = np.deg2rad(self._joints.positions[is_angle])
        return angles

    @property
    def is_home(self) -> bool:
        """Say whether the arm has come home since the last episode, or need not.

        From then on it stays where a person moves it.
        """
        return self._home is None or self._has_come_home

    def begin(self, seed: int) -> Columns:
        """Start an episode where the arm stands; the seed places nothing."""
        self._motion.restart()
        self._is_on_its_way = self._has_come_home = False
        self._columns = self._observe()
        return self._columns

    def observe(self) -> Columns:
        """Return the last observation."""
        return self._columns

    def command(self, space: ActionSpace, value: Float32Array) -> None:
        """Send the arm one step further."""
        if self._is_resting:
            return
        before = self._opening
        self._executed = self._motion.apply(space, value)
        gripper = self._executed.ee_delta
        self._penalty = (
            gripper_penalty(self._config.gripper.gripper_penalty, before, float(gripper[3]))
            if gripper is not None
            else 0.0
        )
        self._joints.send(self._motion.target.positions)

    def home(self) -> None:
        """Send the arm one step further towards where episodes begin, or hold."""
        if self._is_resting:
            return
        if self._home is None or self._has_come_home:
            self.command(ActionSpace.EE_DELTA, hold_ee_delta())
            return
        self._is_on_its_way = True
        self._motion.towards(self._home, self._config.robot.home_speed * self.control_dt_s)
        self._joints.send(self._motion.target.positions)

    def measure(self) -> Outcome:
        """Return where the last command has brought the arm."""
        if self._is_resting:
            return Outcome(columns=self._columns, executed=self._executed)
        self._columns = self._observe()
        # An episode begins at home, too: that is no coming home.
        if self._is_on_its_way and self._stands_at_home:
            self._has_come_home = True
        executed = self._executed
        if not self._joints.is_fresh:
            executed = dataclasses.replace(executed, safety=(*executed.safety, BUS))
        return Outcome(
            columns=self._columns,
            executed=executed,
            discrete_penalty=self._penalty,
            frame_age_ms=self._cameras.frame_age_ms,
        )

    def rest(self, *, is_fault: bool) -> None:
        """Hold or let go, as configured; from now on nothing is sent."""
        self._is_resting = True
        if self._joints.is_velocity.any():
            self._motion.stop_wheels()
            with contextlib.suppress(BodyFaultError):
                self._joints.send(self._motion.target.positions)
        safety = self._config.safety
        wish = safety.on_fault if is_fault else safety.on_stop
        if wish == "torque_off":
            self._joints.torque_off()
        log.info("the arm %s", "is let go" if wish == "torque_off" else "holds")

    def close(self) -> None:
        """Close the line and the cameras; the torque is as `rest` left it."""
        self._cameras.disconnect()
        # LeRobot's drivers would switch the torque off, and an arm in the air would fall.
        if hasattr(self._robot.config, "disable_torque_on_disconnect"):
            self._robot.config.disable_torque_on_disconnect = False
        disconnect(self._robot)

    @property
    def _stands_at_home(self) -> bool:
        if self._home is None:
            return False
        off = np.abs(self._joints.positions - self._home)
        is_sent_there = np.allclose(self._motion.target.positions, self._home, atol=0.1)
        return is_sent_there and bool((off[~self._joints.is_velocity] < HOME_TOLERANCE).all())

    @property
    def _opening(self) -> float:
        """Return how far open the gripper is to be, 0 to 1."""
        motion = self._motion
        return motion.opening(motion.target.positions) if isinstance(motion, SpaceMotion) else 1.0

    def _observe(self) -> Columns:
        before, was_fresh = self._joints.positions, self._joints.is_fresh
        self._joints.read()
        positions, sensors = self._joints.positions, self._sensors
        sensors.joint_pos = positions
        if self._joints.is_fresh and was_fresh:
            sensors.joint_vel = (positions - before) / self.control_dt_s
        sensors.joint_target = self._motion.target.positions
        if "motor_current" in self._config.state_features:
            sensors.motor_current_ma = self._joints.currents_ma()
        if isinstance(self._motion, SpaceMotion):
            sensors.tcp_xyz_m = self._motion.tcp_xyz_m(positions)
            sensors.target_xyz_m = self._motion.xyz_m
            sensors.gripper_opening = self._motion.opening(positions)
        vectors = {key: column.read(sensors) for key, column in self._vectors.items()}
        return {**vectors, **self._crops.apply(self._cameras.read())}

    def _make_motion(self, kinematics: Kinematics | None) -> JointMotion:
        config = self._config
        limits = self._joints.limits(config.safety)
        self._check_home(limits)
        if kinematics is None:
            return JointMotion(limits, config.safety, self.control_dt_s)
        self._check_angles(kinematics)
        return SpaceMotion(
            limits,
            config.safety,
            self.control_dt_s,
            kinematics,
            config.workspace,
            use_gripper=config.gripper.use_gripper,
            max_gripper_pos=config.max_gripper_pos,
        )

    def _check_home(self, limits: JointLimits) -> None:
        """Refuse a place that the arm would be sent to for ever."""
        if self._home is None:
            return
        for name, goal, low, high in zip(
            limits.names, self._home, limits.low, limits.high, strict=True
        ):
            if not low <= goal <= high:
                raise ConfigError(
                    f"env.processor.reset.fixed_reset_joint_positions: {name} reaches {low:g} to "
                    f"{high:g}, got {goal:g}"
                )

    def _check_angles(self, kinematics: Kinematics) -> None:
        """Refuse joints whose numbers a URDF does not know; a robot without a bus has no units."""
        units = dict(zip(self._joints.names, self._joints.units, strict=True))
        for joint in kinematics.joints:
            unit = units[f"{joint}.pos"]
            if unit not in ("deg", ""):
                raise ConfigError(
                    f"env.processor.inverse_kinematics.urdf_path: needs joints in degrees, but "
                    f"{joint} is {unit}; set env.robot.use_degrees"
                )

    def _make_spec(self) -> StreamSpec:
        names, units = self._joints.names, self._joints.units
        columns = {**self._observed, "action.joint": ColumnSpec((len(names),), names, units)}
        if ActionSpace.EE_DELTA in self._motion.accepted:
            columns |= ee_action_columns(use_gripper=self._config.gripper.use_gripper)
        return StreamSpec(
            task=self._config.robot.task,
            body=self._kind,
            action_spaces=tuple(self._motion.accepted),
            columns=columns,
        )

    def _home_posture(self) -> Float64Array | None:
        given = self._config.reset.fixed_reset_joint_positions
        names = self._joints.names
        if given is None:
            return None
        if len(given) != len(names) or not np.isfinite(given).all():
            raise ConfigError(
                f"env.processor.reset.fixed_reset_joint_positions: must be {len(names)} numbers "
                f"({', '.join(names)}), got {len(given)}"
            )
        return np.array(given, dtype=np.float64)
