"""What LeRobot's serial motor drivers have to be helped with; known by what they have, not by type.

This library imports no LeRobot; the nodes that do share this.
"""

import contextlib
import errno
import json
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from dora_hil.errors import UserError, one_line

_AGAIN: Final = (
    "expected for each motor id, drive_mode, homing_offset, range_min and range_max; "
    "lerobot-calibrate writes it anew"
)
_PLACED: Final = ("homing_offset", "range_min", "range_max")
_COOL_BY_C: Final = 10
"""A motor is left in peace so far below the temperature at which it lets go by itself."""

_READINGS: Final = 6


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


def _arms_of(device: Any) -> list[Any]:
    """Return the parts of a LeRobot device that have motors: itself, or its two arms."""
    parts = (device, getattr(device, "left_arm", None), getattr(device, "right_arm", None))
    return [part for part in parts if getattr(part, "bus", None) is not None]


def every_bus_of(device: Any) -> list[Any]:
    """Return a LeRobot device's motor buses of any kind, of both arms where it has two."""
    return [arm.bus for arm in _arms_of(device)]


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
    """Make where the motors stand their goal: torque that comes on turns them to the last one."""
    present = bus.sync_read("Present_Position", normalize=False, num_retry=5)
    bus.sync_write("Goal_Position", present, normalize=False)


def no_calibration_folder(error: OSError) -> str:
    """Say why a LeRobot device was not made: it makes the folder of its calibration first."""
    return (
        f"{error.filename} cannot be made or read: {error.strerror}; name a folder that can be "
        "written, here or as HF_LEROBOT_HOME"
    )


def calibrate_command(option: str, block: Mapping[str, Any]) -> str:
    """Return what to type to calibrate the device of a config block.

    Args:
        option: LeRobot's name of the block, ``--robot`` or ``--teleop``.
        block: plain data; blocks in it become words with dots.
    """
    return " ".join(["lerobot-calibrate", *_words(option, block)])


def _words(option: str, block: Mapping[str, Any]) -> Iterator[str]:
    for key, value in block.items():
        if isinstance(value, Mapping):
            yield from _words(f"{option}.{key}", value)
        elif value is not None:
            yield f"{option}.{key}={shlex.quote(str(value))}"


def uncalibrated(device: Any, command: str) -> str:
    """Say of a connected device that is not calibrated why not, and what to do about it.

    LeRobot calls both so: an arm that nobody has calibrated, and one whose calibration is on the
    disk but not in its motors, for they were changed, or belong to another arm. It would ask; a
    node has nobody to ask, and what a joint's zero is must not change by itself. See
    `calibrate_command` for `command`.
    """
    for arm in _arms_of(device) or [device]:
        path: Path = arm.calibration_fpath
        if not path.is_file():
            return f"is not calibrated: there is no {path}. Run `{command}`"
        try:
            held = arm.bus.read_calibration()
        except Exception:  # Each driver has its own; what is wrong with the line is said elsewhere.
            continue
        other = _calibration_of_another(path, held)
        if other:
            return (
                f"is another arm: its motors hold the calibration {other}, not {path}. Are two "
                "ports exchanged, as a leader's and a follower's, or is the id another?"
            )
        difference = _difference(arm, held)
        if difference:
            return (
                f"has a calibration, {path}, that its motors do not hold ({difference}). If that "
                f"file is this arm's, `{command}` and Enter write it to them"
            )
    return f"is not calibrated as its file says. Run `{command}`"


def _calibration_of_another(own: Path, held: Mapping[str, Any]) -> Path | None:
    """Return the file that says what the motors hold, where it is not the device's own.

    LeRobot keeps them by kind: those of all kinds are looked through.
    """
    is_lerobots = own.parent.parent.name in ("robots", "teleoperators")
    paths = own.parents[2].glob("*/*/*.json") if is_lerobots else own.parent.glob("*.json")
    wanted = {motor: _placed(vars(one)) for motor, one in held.items()}
    for path in sorted(paths):
        with contextlib.suppress(OSError, ValueError, AttributeError, KeyError, TypeError):
            found = json.loads(path.read_text(encoding="utf-8"))
            if path != own and {motor: _placed(one) for motor, one in found.items()} == wanted:
                return path
    return None


def _placed(calibration: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(calibration[name] for name in _PLACED)


def _difference(arm: Any, held: Mapping[str, Any]) -> str:
    """Return the first motor that holds something else than its file; empty for none."""
    for motor, wanted in arm.calibration.items():
        found = held.get(motor)
        if found is None:
            return f"there is no {motor}"
        for name in _PLACED:
            on_motor, in_file = getattr(found, name), getattr(wanted, name)
            if on_motor != in_file:
                return f"{motor}: {name} is {on_motor}, in the file {in_file}"
    missing = [motor for motor in held if motor not in arm.calibration]
    return f"the file lacks {', '.join(missing)}" if missing else ""


def why_not_opened(error: BaseException) -> str:
    """Say why a port was not opened, in one line; LeRobot hides that a user may not open it."""
    cause: BaseException | None = error
    while cause is not None:
        if getattr(cause, "errno", None) == errno.EACCES:
            return (
                "this user may not open it; type `sudo usermod -aG dialout $USER` once and log in "
                "again (Debian, Ubuntu)"
            )
        cause = cause.__cause__ or cause.__context__
    return f"{one_line(error)}; check power, cable and port (lerobot-find-port finds it)"


def overheated(device: Any) -> str:
    """Return which motors of a connected device are too hot to be moved; empty for none."""
    found = _registers(device, "Present_Temperature", "Max_Temperature_Limit")
    return ", ".join(
        f"{motor} has {now_c} degrees C and lets go at {limit_c}"
        for motor, (now_c, limit_c) in found.items()
        if now_c >= limit_c - _COOL_BY_C and limit_c
    )


def weakened(device: Any) -> str:
    """Return which motors of a connected device were told to give less than they may.

    A leader's are, while it holds against a hand, and they forget it with their power.
    """
    found = _registers(device, "Torque_Limit", "Max_Torque_Limit")
    return ", ".join(
        f"{motor} gives {now / 10:.0f} % of its torque"
        for motor, (now, limit) in found.items()
        if now < limit
    )


def _registers(device: Any, *names: str) -> dict[str, tuple[int, ...]]:
    """Return registers by motor; none of a kind that lacks one, or that does not answer.

    An answer does not say which register it is of, and one that comes late passes for the next
    one's: believed is what two readings in a row agree on.
    """
    found: dict[str, tuple[int, ...]] = {}
    for bus in buses_of(device):
        with contextlib.suppress(Exception):  # Each driver has its own.
            read: list[Mapping[str, int]] = []
            for _ in range(_READINGS):
                before, read = read, []
                for name in names:
                    drop_late_answers(device)
                    read.append(bus.sync_read(name, normalize=False, num_retry=5))
                if read == before:
                    found |= {motor: tuple(one[motor] for one in read) for motor in read[0]}
                    break
    return found
