"""One run of a robot as a body: what is built and closed around the loop."""

import argparse
import logging
from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Final

from lerobot.robots import Robot

from dora_hil.body.arguments import body_config, tick_period_s
from dora_hil.body.loop import BodyLoop, build_body
from dora_hil.config import ConfigError
from dora_hil.hardware.virtual_arm import TableArm, table_arm
from dora_hil.node.dora_hub import DoraHubOutputs
from dora_hil.node.node import attach
from dora_hil.owner.run_owner import SelfOwner
from dora_hil.stream.timestep import TimeStep
from robot_node.arm import RobotArm
from robot_node.config import RobotNodeConfig, load_config
from robot_node.kinematics import Kinematics
from robot_node.motion import GRIPPER
from robot_node.robots import make_robot

log = logging.getLogger("robot-node")

FRAME: Final = "gripper_frame_link"
"""LeRobot's default: the tip of an SO-101's fixed jaw."""


def plug_in(raw: Mapping[str, Any], virtual: TableArm) -> dict[str, Any]:
    """Return `env.robot` with the virtual arm's port, and its cameras' where none is named.

    Its calibration lies beside the port.
    """
    cameras = {
        name: {**camera, "port": virtual.camera_port} if camera.get("port") == 0 else camera
        for name, camera in (raw.get("cameras") or {}).items()
    }
    folder = str(virtual.port.parent)
    return {**raw, "port": str(virtual.port), "calibration_dir": folder, "cameras": cameras}


def kinematics_of(
    config: RobotNodeConfig, robot: Robot, own_urdf: Path | None = None
) -> Kinematics | None:
    """Return the kinematics that the config names; None where it names none.

    Args:
        config: an environment JSON.
        robot: what it names.
        own_urdf: the virtual arm's, where the config names none.

    Raises:
        ConfigError: they do not fit the robot.
    """
    section = config.kinematics
    urdf = section.urdf_path or own_urdf
    if urdf is None:
        log.warning("no urdf_path: joint actions only; keys and sticks cannot move this arm")
        return None
    positions = [name for name in robot.action_features if name.endswith(".pos")]
    joints = [name.removesuffix(".pos") for name in positions if name != GRIPPER]
    return Kinematics(Path(urdf), section.target_frame_name or FRAME, joints)


def run(args: argparse.Namespace) -> int:
    """Run the robot until the run is over; returns the exit code."""
    config = load_config(args.config_path, args.words)
    with ExitStack() as opened:
        # Everything that can fail for a reason of the user's is built before the start barrier.
        try:
            virtual = table_arm() if config.is_virtual else None
            raw = config.arm if virtual is None else plug_in(config.arm, virtual)
            robot = make_robot(raw)
            kinematics = kinematics_of(config, robot, virtual.urdf if virtual else None)
            arm = RobotArm(config, robot, kinematics)
        except ConfigError as error:
            raise ConfigError(f"{args.config_path}: {error}") from None
        opened.enter_context(closing(arm))
        port = attach()
        period_s = tick_period_s(port, config, args, is_simulated=False)
        settings = body_config(
            config,
            args,
            max_steps=config.max_steps,
            tick_period_s=period_s,
            steps_after_success=config.robot.number_of_steps_after_success,
        )
        body = build_body(port, arm, settings)
        hub = DoraHubOutputs(port)

        def forward(timestep: TimeStep) -> None:
            hub.send_images(timestep)
            hub.send_joints(arm.joint_pos_rad)

        log.info("%s, %s", config.arm["type"], args.advance)
        owner = SelfOwner(seed=args.seed, episodes=args.episodes)
        code = BodyLoop(port, body, owner, [forward]).run()
        log.info("%s", body.summary)
        return code
