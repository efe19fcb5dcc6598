"""One run of a robot as a body: what is built and closed around the loop."""

import argparse
import logging
from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lerobot.robots import Robot

from dora_hil.body.arguments import body_config, tick_period_s
from dora_hil.body.loop import BodyLoop, build_body
from dora_hil.config import ConfigError
from dora_hil.hardware.virtual_arm import VirtualArm
from dora_hil.node.dora_hub import DoraHubOutputs
from dora_hil.node.node import attach
from dora_hil.owner.run_owner import SelfOwner
from dora_hil.stream.timestep import TimeStep
from robot_node.arm import RobotArm
from robot_node.config import RobotNodeConfig, load_config
from robot_node.kinematics import Kinematics
from robot_node.motion import GRIPPER
from robot_node.robots import make_robot
from robot_node.virtual_so101.description import CALIBRATION, FRAME, URDF

log = logging.getLogger("robot-node")


def plug_in(raw: Mapping[str, Any], virtual: VirtualArm) -> dict[str, Any]:
    """Return `env.robot` with the virtual arm's port, and its camera's where none is named.

    Its calibration is known; LeRobot makes a folder for one all the same.
    """
    cameras = {
        name: {**camera, "port": virtual.camera_port} if camera.get("port") == 0 else camera
        for name, camera in (raw.get("cameras") or {}).items()
    }
    folder = str(virtual.port.parent)
    return {**raw, "port": str(virtual.port), "calibration_dir": folder, "cameras": cameras}


def kinematics_of(config: RobotNodeConfig, robot: Robot) -> Kinematics | None:
    """Return the kinematics that the config names; None where it names none.

    Raises:
        ConfigError: they do not fit the robot.
    """
    section = config.kinematics
    is_own = config.is_virtual and section.urdf_path is None
    urdf = URDF if is_own else section.urdf_path
    if urdf is None:
        log.warning("no urdf_path: joint actions only; keys and sticks cannot move this arm")
        return None
    positions = [name for name in robot.action_features if name.endswith(".pos")]
    joints = [name.removesuffix(".pos") for name in positions if name != GRIPPER]
    return Kinematics(Path(urdf), section.target_frame_name or FRAME, joints)


def run(args: argparse.Namespace) -> int:
    """Run the robot until the run is over; returns the exit code."""
    config = load_config(args.config_path)
    with ExitStack() as opened:
        raw = config.arm
        if config.is_virtual:
            folder = opened.enter_context(TemporaryDirectory(prefix="robot-node-"))
            virtual = opened.enter_context(VirtualArm(Path(folder) / "port"))
            raw = plug_in(raw, virtual)
        # Everything that can fail for a reason of the user's is built before the start barrier.
        try:
            robot = make_robot(raw)
            if config.is_virtual:
                robot.bus.calibration = CALIBRATION
            arm = RobotArm(config, robot, kinematics_of(config, robot))
        except ConfigError as error:
            raise ConfigError(f"{args.config_path}: {error}") from None
        opened.enter_context(closing(arm))
        port = attach()
        period_s = tick_period_s(port, config, args, is_simulated=False)
        settings = body_config(config, args, max_steps=config.max_steps, tick_period_s=period_s)
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
