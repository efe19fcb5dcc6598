"""The hands at a running dataflow in the shape of a teleoperator."""

from typing import Any, Final

from lerobot.teleoperators import Teleoperator
from lerobot.teleoperators.utils import TeleopEvents
from lerobot.utils.decorators import check_if_already_connected, check_if_not_connected

from dora_hil_bridge.device import BridgeDevice
from lerobot_teleoperator_dora.config_dora import DoraTeleoperatorConfig

ACTION_SPACE: Final = "ee_delta"
"""What people's devices say."""


class DoraTeleoperator(BridgeDevice, Teleoperator):  # type: ignore[misc]
    """Says what the dataflow's people ask for: whichever hand engaged first, else to hold."""

    config_class = DoraTeleoperatorConfig

    @property
    def action_features(self) -> dict[str, type]:
        """Return `float` for each of delta_x.pos, delta_y.pos, delta_z.pos and gripper.pos."""
        return self._features.action(ACTION_SPACE)

    @property
    def feedback_features(self) -> dict[str, type]:
        """Return nothing: no device takes any."""
        return {}

    @check_if_already_connected  # type: ignore[untyped-decorator]
    def connect(self, calibrate: bool = True) -> None:
        """Listen to the dataflow.

        Raises:
            BridgeError: none runs.
        """
        self._features = self._client.open(drives=False)

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
