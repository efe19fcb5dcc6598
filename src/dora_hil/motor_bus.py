"""What LeRobot's serial motor drivers have to be helped with; known by what they have, not by type.

This library imports no LeRobot; the nodes that do share this.
"""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from dora_hil.errors import UserError, one_line

_AGAIN: Final = (
    "expected for each motor id, drive_mode, homing_offset, range_min and range_max; "
    "lerobot-calibrate writes it anew"
)


class CalibrationError(UserError):
    """A calibration file that nothing can be measured with; the text names it."""


@contextlib.contextmanager
def calibrations_checked(kind: type[Any]) -> Iterator[None]:
    """Check the calibration file of a device that is built meanwhile.

    LeRobot reads it then, and does not say which one it was, nor notices a range without length,
    which a position is later divided by.

    Args:
        kind: LeRobot's `Robot` or `Teleoperator`.

    Raises:
        CalibrationError: the file is there, and LeRobot cannot read it or cannot use it.
    """
    load = kind._load_calibration

    def load_or_say(device: Any, fpath: Path | None = None) -> None:
        path = Path(fpath or device.calibration_fpath)
        try:
            load(device, fpath)
        except Exception as error:  # As many as there are ways not to be what is expected.
            reason = "an old layout" if _is_old(path) else one_line(error)
            raise CalibrationError(f"{path}: not a calibration: {reason}; {_AGAIN}") from None
        for motor, one in device.calibration.items():
            if one.range_min >= one.range_max:
                raise CalibrationError(
                    f"{path}: {motor}: range_min {one.range_min} must lie below range_max "
                    f"{one.range_max}; {_AGAIN}"
                )

    kind._load_calibration = load_or_say
    try:
        yield
    finally:
        kind._load_calibration = load


def _is_old(path: Path) -> bool:
    """Say whether LeRobot wrote it in 2024: lists, one number for each of `motor_names`."""
    try:
        return "motor_names" in json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError):
        return False


def every_bus_of(device: Any) -> list[Any]:
    """Return a LeRobot device's motor buses of any kind, of both arms where it has two."""
    arms = (device, getattr(device, "left_arm", None), getattr(device, "right_arm", None))
    buses = [getattr(arm, "bus", None) for arm in arms]
    return [bus for bus in buses if bus is not None]


def buses_of(device: Any) -> list[Any]:
    """Return those on serial ports; another kind of bus needs no help."""
    buses = every_bus_of(device)
    return [bus for bus in buses if hasattr(getattr(bus, "port_handler", None), "clearPort")]


def drop_late_answers(device: Any) -> None:
    """Empty the ports before an exchange.

    Feetech's driver takes what a motor said late, after 50 ms, for the answer to its next
    question. The answer to a write has no position in it, which is read as position 0.

    Raises:
        OSError: the port is gone; or termios.error, which is none.
    """
    for bus in buses_of(device):
        bus.port_handler.ser.reset_input_buffer()


def stay(bus: Any) -> None:
    """Make where the motors stand their goal: torque that comes on turns them to the last one.

    Args:
        bus: LeRobot's, connected.
    """
    present = bus.sync_read("Present_Position", normalize=False, num_retry=5)
    bus.sync_write("Goal_Position", present, normalize=False)
