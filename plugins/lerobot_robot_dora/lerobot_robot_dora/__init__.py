"""A LeRobot robot that is a running dora-hil dataflow: ``--robot.type=dora``."""

from lerobot_robot_dora.config_dora import DoraRobotConfig
from lerobot_robot_dora.dora_robot import DoraRobot

__all__ = ["DoraRobot", "DoraRobotConfig"]
