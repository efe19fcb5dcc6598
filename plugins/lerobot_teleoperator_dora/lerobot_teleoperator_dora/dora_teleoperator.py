"""The hands at a running dataflow in the shape of a teleoperator."""

from functools import cached_property
from typing import Any, Final

from lerobot.teleoperators import Teleoperator
from lerobot.teleoperators.utils import TeleopEvents
from lerobot.utils.decorators import check_if_already_connected, check_if_not_connected

from dora_hil_bridge.address import socket_path
from dora_hil_bridge.client import BridgeClient, ask_features
from dora_hil_bridge.features import BodyFeatures
from lerobot_teleoperator_dora.config_dora import DoraTeleoperatorConfig

ACTION_SPACE: Final = "ee_delta"
"""What people's devices say."""


class DoraTeleoperator(Teleoperator):  # type: ignore[misc]
    """Says what the dataflow's people ask for: whichever hand engaged first, else to hold."""

    config_class = DoraTeleoperatorConfig
    name = "dora"

    def __init__(self, config: DoraTeleoperatorConfig) -> None:
        """Know where the dataflow is; nothing is opened."""
        super().__init__(config)
        self.config = config
        self._client = BridgeClient(socket_path(config.socket), config.timeout_s)

    @cached_property
    def _features(self) -> BodyFeatures:
        return ask_features(self._client.path, self.config.timeout_s)

    @property
    def action_features(self) -> dict[str, type]:
        """Return `float` for each of delta_x.pos, delta_y.pos, delta_z.pos and gripper.pos."""
        return self._features.action(ACTION_SPACE)

    @property
    def feedback_features(self) -> dict[str, type]:
        """Return nothing: no device takes any."""
        return {}

    @property
    def is_connected(self) -> bool:
        """Say whether the dataflow is listened to."""
        return self._client.is_open

    @check_if_already_connected  # type: ignore[untyped-decorator]
    def connect(self, calibrate: bool = True) -> None:
        """Listen to the dataflow.

        Raises:
            BridgeError: none runs.
        """
        self._features = self._client.open(drives=False)

    @property
    def is_calibrated(self) -> bool:
        """Return true: there is nothing to calibrate."""
        return True

    def calibrate(self) -> None:
        """Do nothing."""

    def configure(self) -> None:
        """Do nothing."""

    @check_if_not_connected  # type: ignore[untyped-decorator]
    def get_action(self) -> dict[str, float]:
        """Return what is asked for now: deltas in steps, gripper 0 close, 1 stay, 2 open.

        Raises:
            BridgeError: the dataflow has ended.
        """
        return dict(zip(self.action_features, self._client.wish().value, strict=True))

    @check_if_not_connected  # type: ignore[untyped-decorator]
    def get_teleop_events(self) -> dict[TeleopEvents, bool]:
        """Return whether somebody drives, and what was commanded since the last time.

        Raises:
            BridgeError: the dataflow has ended.
        """
        commands = self._client.commands()
        return {
            TeleopEvents.IS_INTERVENTION: self._client.wish().is_engaged,
            TeleopEvents.SUCCESS: "success" in commands,
            TeleopEvents.FAILURE: "failure" in commands,
            TeleopEvents.RERECORD_EPISODE: "rerecord" in commands,
            TeleopEvents.TERMINATE_EPISODE: bool(commands),
        }

    def send_feedback(self, feedback: dict[str, Any]) -> None:
        """Do nothing: no device takes any."""

    def disconnect(self) -> None:
        """Listen no more."""
        self._client.close()
