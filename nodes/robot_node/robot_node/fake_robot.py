"""A LeRobot robot without a line: it is where it was sent, at once."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from lerobot.cameras import CameraConfig
from lerobot.motors import Motor, MotorCalibration, MotorNormMode
from lerobot.robots import Robot, RobotConfig
from lerobot.utils.errors import DeviceNotConnectedError

START: Final = {
    "shoulder_pan.pos": 0.0,
    "shoulder_lift.pos": -25.0,
    "elbow_flex.pos": 25.0,
    "wrist_flex.pos": 60.0,
    "wrist_roll.pos": 0.0,
    "gripper.pos": 30.0,
}
"""Where an SO-101 stands at first."""
_LOW_TICKS: Final = (797, 908, 948, 968, 228, 1348)
_HIGH_TICKS: Final = (3298, 3187, 3147, 3127, 3867, 2747)
CALIBRATION: Final = {
    name.removesuffix(".pos"): MotorCalibration(
        id=number, drive_mode=0, homing_offset=0, range_min=low, range_max=high
    )
    for number, (name, low, high) in enumerate(
        zip(START, _LOW_TICKS, _HIGH_TICKS, strict=True), start=1
    )
}


@dataclass(kw_only=True)
class FakeRobotConfig(RobotConfig):  # type: ignore[misc]
    """As `env.robot` would describe it.

    Attributes:
        port: of a line that is not there.
        wheels: whether the arm stands on two of them.
        use_degrees: as LeRobot's followers have it.
        disable_torque_on_disconnect: the same.
        cameras: the same.
    """

    calibration_dir: Path | None = Path(tempfile.gettempdir())
    port: str = "/dev/none"
    wheels: bool = False
    use_degrees: bool = True
    disable_torque_on_disconnect: bool = True
    cameras: dict[str, CameraConfig] = field(default_factory=dict)


class FakeBus:
    """What there is to know of a robot's motors, and their torque.

    Attributes:
        is_torque_on: of all motors.
        is_broken: nothing can be read or switched.
        current: what every motor reports, in Feetech's units.
    """

    def __init__(self, *, use_degrees: bool) -> None:
        """Have the motors of an SO-101, calibrated."""
        arm = MotorNormMode.DEGREES if use_degrees else MotorNormMode.RANGE_M100_100
        self.motors = {
            name: Motor(c.id, "sts3215", MotorNormMode.RANGE_0_100 if name == "gripper" else arm)
            for name, c in CALIBRATION.items()
        }
        self.calibration = dict(CALIBRATION)
        self.model_resolution_table = {"sts3215": 4096}
        self.is_torque_on = False
        self.is_broken = False
        self.current = 0

    def sync_read(self, _name: str, *, normalize: bool, num_retry: int) -> dict[str, int]:
        """Return the motors' currents."""
        self._use()
        return dict.fromkeys(self.motors, self.current)

    def disable_torque(self, *, num_retry: int) -> None:
        """Let go."""
        self._use()
        self.is_torque_on = False

    def _use(self) -> None:
        if self.is_broken:
            raise ConnectionError("no status packet")


class FakeRobot(Robot):  # type: ignore[misc]
    """Stand-in for a driver.

    Attributes:
        readings: what it reports, by name; `send_action` changes it.
        sent: every action so far, by name.
        failures: so many calls from now on are not answered, `connect` among them.
        is_stuck: it reports what it did before, wherever it is sent.
        is_calibrated: see `Robot`.
    """

    config_class = FakeRobotConfig
    name = "fake_robot"
    is_calibrated = True

    def __init__(self, config: FakeRobotConfig | None = None) -> None:
        """Stand folded over the table, not connected."""
        config = config or FakeRobotConfig()
        super().__init__(config)
        self.config = config
        self.bus = FakeBus(use_degrees=config.use_degrees)
        wheels = {"x.vel": 0.0, "theta.vel": 0.0} if config.wheels else {}
        self.readings: dict[str, float] = {**START, **wheels}
        self.cameras: dict[str, Any] = {}
        self.sent: list[dict[str, float]] = []
        self.failures = 0
        self.is_stuck = False
        self._is_connected = False

    @property
    def observation_features(self) -> dict[str, Any]:
        """Return a number per joint and a shape per camera."""
        pictures = {name: (c.height, c.width, 3) for name, c in self.cameras.items()}
        return {**dict.fromkeys(self.readings, float), **pictures}

    @property
    def action_features(self) -> dict[str, Any]:
        """Return a number per joint."""
        return dict.fromkeys(self.readings, float)

    @property
    def is_connected(self) -> bool:
        """Say whether its line is open."""
        return self._is_connected

    def connect(self, calibrate: bool = True) -> None:
        """Open the line and switch the torque on."""
        assert not calibrate, "a dialogue at the terminal"
        self._answer()
        self._is_connected = True
        self.bus.is_torque_on = True

    def calibrate(self) -> None:
        """Do nothing."""

    def configure(self) -> None:
        """Do nothing."""

    def get_observation(self) -> dict[str, Any]:
        """Return the readings; pictures are none of it, unless it still has cameras."""
        self._demand_connection()
        self._answer()
        return {**self.readings, **{n: c.read_latest() for n, c in self.cameras.items()}}

    def send_action(self, action: dict[str, float]) -> dict[str, float]:
        """Be there at once."""
        self._demand_connection()
        self._answer()
        self.sent.append(dict(action))
        if not self.is_stuck:
            self.readings |= action
        return action

    def disconnect(self) -> None:
        """Close the line."""
        self._demand_connection()
        self._is_connected = False
        if self.config.disable_torque_on_disconnect:
            self.bus.is_torque_on = False

    def _answer(self) -> None:
        if self.failures > 0:
            self.failures -= 1
            raise ConnectionError("no status packet")

    def _demand_connection(self) -> None:
        if not self._is_connected:
            raise DeviceNotConnectedError("it is not connected")
