"""The people at a running dora-hil dataflow as a LeRobot teleoperator: ``--teleop.type=dora``."""

from lerobot_teleoperator_dora.config_dora import DoraTeleoperatorConfig
from lerobot_teleoperator_dora.dora_teleoperator import DoraTeleoperator

__all__ = ["DoraTeleoperator", "DoraTeleoperatorConfig"]
