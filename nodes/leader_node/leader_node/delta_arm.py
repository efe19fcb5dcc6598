"""A teleoperator that says which way to move, behind LeRobot's driver."""

import contextlib
import inspect
from collections.abc import Callable, Mapping

from lerobot.teleoperators import Teleoperator
from lerobot.teleoperators.utils import TeleopEvents

from leader_node.arm_link import ArmError, Pose, arm_errors


class DeltaArm:
    """Reads a SpaceMouse, a phone or the like; the `Arm` of an `ArmLink`, which nothing moves."""

    def __init__(self, make: Callable[[], Teleoperator]) -> None:
        """Take what makes the driver; a new one is made for every connection."""
        self._make = make
        self._driver: Teleoperator | None = None

    def connect(self) -> None:
        """Open the device; see `Arm`."""
        with arm_errors():
            self._driver = self._make()
            # LeRobot's own gamepad takes no such word; others would ask at the terminal.
            takes = inspect.signature(self._driver.connect).parameters
            self._driver.connect(**({"calibrate": False} if "calibrate" in takes else {}))

    def exchange(self, goal: Pose | None) -> Pose:
        """Return what it asks for, by LeRobot's names, and its events as 0 and 1."""
        driver = self._driver
        assert driver is not None
        with arm_errors():
            asked = {name: float(value) for name, value in driver.get_action().items()}
            events = driver.get_teleop_events() if hasattr(driver, "get_teleop_events") else {}
            return asked | _by_name(events)

    def disconnect(self) -> None:
        """Close the device, as far as that is still possible."""
        with contextlib.suppress(ArmError), arm_errors():
            if self._driver is not None:
                self._driver.disconnect()


def _by_name(events: Mapping[TeleopEvents | str, object]) -> dict[str, float]:
    """Return events by their names, however a driver writes them."""
    return {
        name.value if isinstance(name, TeleopEvents) else name: float(bool(value))
        for name, value in events.items()
    }
