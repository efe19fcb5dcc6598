"""What a test does with a `FakeLeader`; in a file of its own, where LeRobot's factory looks."""

from dataclasses import dataclass, field
from typing import Final

from lerobot.teleoperators import TeleoperatorConfig

JOINTS: Final = ("shoulder.pos", "gripper.pos")


@TeleoperatorConfig.register_subclass("fake_leader")
@dataclass(kw_only=True)
class FakeLeaderConfig(TeleoperatorConfig):  # type: ignore[misc] # LeRobot has no types
    """The hand that holds it, and what is wrong with it; shared by every driver made from it.

    Attributes:
        pose: where the hand holds it; degrees, and percent of the gripper.
        failure: what every call raises; None for nothing.
        is_calibrated: whether its joints mean anything.
        connections: how often it was connected.
    """

    pose: dict[str, float] = field(default_factory=lambda: dict.fromkeys(JOINTS, 0.0))
    failure: Exception | None = None
    is_calibrated: bool = True
    connections: int = 0
