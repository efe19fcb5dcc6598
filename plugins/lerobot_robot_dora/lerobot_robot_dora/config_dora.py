"""The keys of ``--robot.type=dora``."""

from dataclasses import dataclass

from lerobot.robots import RobotConfig


@RobotConfig.register_subclass("dora")
@dataclass(kw_only=True)
class DoraRobotConfig(RobotConfig):  # type: ignore[misc]
    """Where the dataflow is and how it is used.

    Attributes:
        socket: where its bridge listens; empty for the bridge's own default.
        action_space: what the actions are: ee_delta, ee_absolute or joint.
        wait_for_step: let `get_observation` wait for a step that it has not returned yet, so that
            the body keeps time. Else it returns the newest one at once.
        timeout_s: for any answer of the dataflow, and for an episode to begin.
    """

    socket: str = ""
    action_space: str = "ee_delta"
    wait_for_step: bool = True
    timeout_s: float = 10.0
