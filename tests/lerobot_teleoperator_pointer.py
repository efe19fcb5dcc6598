"""A LeRobot plugin, as somebody's SpaceMouse would have one: it says what a file says."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lerobot.teleoperators import Teleoperator, TeleoperatorConfig
from lerobot.teleoperators.utils import TeleopEvents


@TeleoperatorConfig.register_subclass("pointer")
@dataclass(kw_only=True)
class PointerConfig(TeleoperatorConfig):  # type: ignore[misc] # LeRobot has no types
    """`said` is a JSON file: an action, and events by their names; it is unplugged without."""

    said: str


class Pointer(Teleoperator):  # type: ignore[misc] # LeRobot has no types
    """Reads its file anew each time."""

    config_class = PointerConfig
    name = "pointer"

    def __init__(self, config: PointerConfig) -> None:
        """Know the file."""
        super().__init__(config)
        self._path = Path(config.said)
        self._is_connected = False

    @property
    def action_features(self) -> dict[str, Any]:
        """Return them as LeRobot's gamepad does."""
        names = {"delta_x": 0, "delta_y": 1, "delta_z": 2, "gripper": 3}
        return {"dtype": "float32", "shape": (4,), "names": names}

    @property
    def feedback_features(self) -> dict[str, type]:
        """Return nothing: nothing is felt."""
        return {}

    @property
    def is_connected(self) -> bool:
        """Say whether it is."""
        return self._is_connected

    @property
    def is_calibrated(self) -> bool:
        """Say yes: there is nothing to calibrate."""
        return True

    def connect(self) -> None:
        """Look for the file."""
        self._read()
        self._is_connected = True

    def calibrate(self) -> None:
        """Do nothing."""

    def configure(self) -> None:
        """Do nothing."""

    def get_action(self) -> dict[str, float]:
        """Return what the file says of an action."""
        return {name: value for name, value in self._read().items() if name in self._names()}

    def get_teleop_events(self) -> dict[TeleopEvents, bool]:
        """Return what it says of events."""
        said = self._read().items()
        return {TeleopEvents(name): value for name, value in said if name not in self._names()}

    def send_feedback(self, feedback: dict[str, Any]) -> None:
        """Do nothing."""

    def disconnect(self) -> None:
        """Look for nothing any more."""
        self._is_connected = False

    def _names(self) -> dict[str, int]:
        names: dict[str, int] = self.action_features["names"]
        return names

    def _read(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self._path.read_text())
        return said
