"""What a LeRobot robot and a LeRobot teleoperator on a bridge have in common."""

from functools import cached_property
from typing import Any

from dora_hil_bridge.address import socket_path
from dora_hil_bridge.client import BridgeClient, ask_features
from dora_hil_bridge.features import BodyFeatures


class BridgeDevice:
    """Stands before LeRobot's own class among the bases.

    LeRobot asks for the features before it connects: they come from the dataflow, which has to
    run by then.
    """

    name = "dora"

    def __init__(self, config: Any) -> None:
        """Know where the dataflow is, by `socket` and `timeout_s`; nothing is opened."""
        super().__init__(config)  # type: ignore[call-arg] # LeRobot's
        self.config = config
        self._client = BridgeClient(socket_path(config.socket), config.timeout_s)

    @cached_property
    def _features(self) -> BodyFeatures:
        return ask_features(self._client.path, self.config.timeout_s)

    @property
    def is_connected(self) -> bool:
        """Say whether there is a connection to the dataflow."""
        return self._client.is_open

    @property
    def is_calibrated(self) -> bool:
        """Return true: the body calibrates itself."""
        return True

    def calibrate(self) -> None:
        """Do nothing."""

    def configure(self) -> None:
        """Do nothing."""

    def disconnect(self) -> None:
        """Let go; an arm that was driven holds."""
        self._client.close()
