"""A running dataflow in the shape of a robot."""

from typing import Any

from lerobot.robots import Robot
from lerobot.utils.decorators import check_if_already_connected, check_if_not_connected

from dora_hil_bridge.device import BridgeDevice
from lerobot_robot_dora.config_dora import DoraRobotConfig


class DoraRobot(BridgeDevice, Robot):  # type: ignore[misc]
    """Shows what the dataflow's body shows, and answers its steps."""

    config_class = DoraRobotConfig

    @property
    def cameras(self) -> dict[str, None]:
        """Return the cameras' names; their pictures come with the observation."""
        return dict.fromkeys(self._features.cameras)

    @property
    def observation_features(self) -> dict[str, Any]:
        """Return `float` for each number, (height, width, 3) for each camera."""
        return self._features.observation()

    @property
    def action_features(self) -> dict[str, type]:
        """Return `float` for each number of the configured action space."""
        return self._features.action(self.config.action_space)

    @check_if_already_connected  # type: ignore[untyped-decorator]
    def connect(self, calibrate: bool = True) -> None:
        """Drive the body; returns when an episode has begun.

        Raises:
            BridgeError: no dataflow runs, or another process drives.
            FeatureError: the body does not accept the action space.
        """
        self._features.action(self.config.action_space)
        self._features = self._client.open(drives=True)

    @check_if_not_connected  # type: ignore[untyped-decorator]
    def get_observation(self) -> dict[str, Any]:
        """Return a step of the body.

        Raises:
            BridgeError: there is none in time, or the dataflow has ended.
        """
        return self._features.read(self._client.observe(wait=self.config.wait_for_step))

    @check_if_not_connected  # type: ignore[untyped-decorator]
    def send_action(self, action: dict[str, Any]) -> dict[str, float]:
        """Answer the step that was observed last; returns the action as it was sent.

        Raises:
            FeatureError: it is not an action of the configured space.
            BridgeError: the dataflow has ended.
        """
        sent = self._features.write(self.config.action_space, action)
        self._client.act(self.config.action_space, list(sent.values()))
        return sent
