"""The keys of ``--teleop.type=dora``."""

from dataclasses import dataclass

from lerobot.teleoperators import TeleoperatorConfig


@TeleoperatorConfig.register_subclass("dora")
@dataclass(kw_only=True)
class DoraTeleoperatorConfig(TeleoperatorConfig):  # type: ignore[misc]
    """Where the dataflow is.

    Attributes:
        socket: where its bridge listens; empty for the bridge's own default.
        timeout_s: for any answer of the dataflow.
    """

    socket: str = ""
    timeout_s: float = 10.0
