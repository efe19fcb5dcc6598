"""LeRobot's robots: built from plain data, connected without a dialogue."""

import contextlib
import dataclasses
import importlib
import io
import logging
import pkgutil
import time
from collections.abc import Mapping
from typing import Any, Final

import draccus
import lerobot.cameras
import lerobot.robots
from draccus.utils import DecodingError, ParsingError
from lerobot.robots import Robot, RobotConfig, make_robot_from_config
from lerobot.utils.import_utils import register_third_party_plugins

from dora_hil.body.environment import BodyFaultError
from dora_hil.config import ConfigError, refuse
from dora_hil.config_keys import unknown_keys, wrong_values
from dora_hil.errors import one_line
from dora_hil.hardware.motor_bus import (
    buses_of,
    calibrate_command,
    calibrations_checked,
    no_calibration_folder,
    overheated,
    stay,
    uncalibrated,
    weakened,
    why_not_opened,
)

log = logging.getLogger(__name__)

ATTEMPTS: Final = 5
PAUSE_S: Final = 0.2


def make_robot(raw: Mapping[str, Any]) -> Robot:
    """Build the robot that `env.robot` describes; nothing is opened yet.

    Raises:
        ConfigError: no such robot, or a key that it does not take.
        CalibrationError: its calibration file is none.
    """
    _register_all()
    register_third_party_plugins()
    kind = raw["type"]
    known = RobotConfig.get_known_choices()
    if kind not in known:
        raise ConfigError(
            f"env.robot.type: unknown robot {kind!r}; LeRobot knows {', '.join(sorted(known))}"
        )
    with contextlib.redirect_stderr(io.StringIO()):
        wrong = wrong_values(raw, RobotConfig, draccus.decode)
    refuse([*unknown_keys(raw, RobotConfig), *wrong], "env.robot")
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            config = draccus.decode(RobotConfig, dict(raw))
        with calibrations_checked(Robot):
            return make_robot_from_config(config)
    except DecodingError as error:
        raise ConfigError(f"env.robot: {one_line(error)}") from None
    except OSError as error:
        raise ConfigError(f"env.robot.calibration_dir: {no_calibration_folder(error)}") from None
    except (ParsingError, ValueError, TypeError, KeyError, ImportError) as error:
        # draccus and LeRobot wrap what the robot itself has to say.
        reason = error.__cause__ or error
        is_lacking = isinstance(reason, ImportError)
        key = f"env.robot.type: {kind!r} needs more" if is_lacking else "env.robot"
        raise ConfigError(f"{key}: {one_line(reason)}") from None


def connect(robot: Robot, kind: str) -> None:
    """Open the robot's own line; its cameras are none of this.

    `kind` is what the config calls it: LeRobot has several names for one class.

    Raises:
        BodyFaultError: it is not there, not calibrated, another arm, or too hot.
    """
    port = getattr(robot.config, "port", None)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            for bus in buses_of(robot):
                # The driver switches the torque on before anything can be sent to it.
                bus.connect()
                stay(bus)
                bus.disconnect(disable_torque=False)
            robot.connect(calibrate=False)
            # It reads the motors' registers, and a late answer passes for another one's.
            is_calibrated = any(robot.is_calibrated for _ in range(2))
            break
        except Exception as error:  # Each driver, and each way of not being there, has its own.
            disconnect(robot)
            if attempt < ATTEMPTS:
                # One bad packet among the hundred of a handshake is no missing arm.
                time.sleep(PAUSE_S)
                continue
            where = f" on {port}" if port else ""
            raise BodyFaultError(f"no {kind}{where}: {why_not_opened(error)}") from None
    if not is_calibrated:
        command = calibrate_command("--robot", {"type": kind, **_identity(robot.config)})
        what_to_do = uncalibrated(robot, command)
        disconnect(robot)
        raise BodyFaultError(f"the {kind} {what_to_do}")
    if hot := overheated(robot):
        disconnect(robot)
        raise BodyFaultError(f"the {kind} is too hot: {hot}. Let it cool down")
    if weak := weakened(robot):
        log.warning("the %s is weak: %s; cut its power for a moment", kind, weak)


def disconnect(robot: Robot) -> None:
    """Close what is open; behind a pulled cable LeRobot's own drivers fail in this too."""
    try:
        if robot.is_connected:
            robot.disconnect()
        # LeRobot leaves a port open whose motors did not answer.
        for bus in buses_of(robot):
            if bus.is_connected:
                bus.disconnect(disable_torque=False)
    except Exception as error:  # termios.error among them, which is no OSError.
        log.warning("closing the robot: %s", one_line(error))


def _identity(config: Any) -> dict[str, Any]:
    """Return what `lerobot-calibrate` needs of a robot's config, of its arms' where it has two."""
    words: dict[str, Any] = {}
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if field.name in ("port", "id", "calibration_dir"):
            words[field.name] = value
        elif field.name.endswith("_arm_config"):
            words[field.name] = _identity(value)
    return words


def _register_all() -> None:
    """Import LeRobot's robots and cameras: each registers its config then."""
    for package in (lerobot.robots, lerobot.cameras):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            # What lacks its driver's library is not there to be chosen.
            with contextlib.suppress(ImportError):
                importlib.import_module(module.name)
