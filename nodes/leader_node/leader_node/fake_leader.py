"""A teleoperator of LeRobot's kind that is not there, and has no motors to move it."""

from typing import Any

from lerobot.teleoperators import Teleoperator

from leader_node.config_fake_leader import JOINTS, FakeLeaderConfig


class FakeLeader(Teleoperator):  # type: ignore[misc] # LeRobot has no types
    """Says where its config holds it."""

    config_class = FakeLeaderConfig
    name = "fake_leader"

    def __init__(self, config: FakeLeaderConfig) -> None:
        """Take the hand."""
        super().__init__(config)
        self.hand = config
        self._is_connected = False

    @property
    def action_features(self) -> dict[str, type]:
        """Return its joints."""
        return dict.fromkeys(JOINTS, float)

    @property
    def feedback_features(self) -> dict[str, type]:
        """Return nothing: it cannot be moved."""
        return {}

    @property
    def is_connected(self) -> bool:
        """Say whether it is."""
        return self._is_connected

    @property
    def is_calibrated(self) -> bool:
        """Say whether it is."""
        return self.hand.is_calibrated

    def connect(self, calibrate: bool = True) -> None:
        """Connect, if it does not fail."""
        self._check()
        self.hand.connections += 1
        self._is_connected = True

    def calibrate(self) -> None:
        """Fail: nobody is there to be asked."""
        raise AssertionError("a node has nobody to ask")

    def configure(self) -> None:
        """Do nothing."""

    def get_action(self) -> dict[str, float]:
        """Return where it is held."""
        self._check()
        return dict(self.hand.pose)

    def send_feedback(self, feedback: dict[str, Any]) -> None:
        """Refuse, as LeRobot's Koch leader does."""
        raise NotImplementedError

    def disconnect(self) -> None:
        """Disconnect, if it does not fail."""
        self._check()
        self._is_connected = False

    def _check(self) -> None:
        if self.hand.failure is not None:
            raise self.hand.failure
