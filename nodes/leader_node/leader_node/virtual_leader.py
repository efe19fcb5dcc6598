"""A leader that is not there: the program `virtual-so101` as a child, calibrated."""

import contextlib
import dataclasses
import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from dora_hil.config import ConfigError
from dora_hil.errors import one_line
from dora_hil.hardware.virtual_arm import PORT, VirtualArm
from dora_hil.stream.actions import ActionError, ActionSpace
from dora_hil.stream.messages import Action

_TYPES: Final = ("so100_leader", "so101_leader")
_GRIPPER_TICKS: Final = (1935, 3185)
"""Closed and open; the other joints turn all the way, with 0 degrees in the middle."""

_ATTEMPTS: Final = 10
"""On a machine that is busy an answer may come after LeRobot's 50 ms."""


@contextlib.contextmanager
def plugged_in(
    teleop: Mapping[str, Any], source: str
) -> Iterator[tuple[dict[str, Any], VirtualArm | None]]:
    """Give a block `teleop` whose port is `virtual` an arm, for as long as it is used.

    Yields:
        The block to use, and its arm; an unchanged one and None if its port is another.

    Raises:
        ConfigError: there is no virtual leader of that type, or it does not start.
    """
    if teleop.get("port") != PORT:
        yield dict(teleop), None
        return
    if teleop.get("type") not in _TYPES:
        raise ConfigError(
            f"{source}: port {PORT!r} is there for {' and '.join(_TYPES)}, "
            f"not for {teleop.get('type')!r}"
        )
    with (
        tempfile.TemporaryDirectory(prefix="leader-node-") as folder,
        VirtualArm(Path(folder) / "port", "--weightless") as arm,
    ):
        block = {**teleop, "port": str(arm.port), "calibration_dir": folder}
        calibrate(block, source)
        yield block, arm


def lead(arm: VirtualArm | None, action: Action) -> None:
    """Let a hand carry a virtual arm by its tool; a disengaged one lets it be.

    Raises:
        ActionError: the action is not an `ee_absolute` one with a gripper, or the arm is a real
            one (None).
    """
    if not action.engaged:
        return
    if arm is None:
        raise ActionError(
            f"a hand leads an arm whose teleop.port is {PORT!r}, not a real one (OPERATOR_MODE=off)"
        )
    if action.space is not ActionSpace.EE_ABSOLUTE or action.value.shape != (4,):
        raise ActionError(
            f"a hand leads an arm by ee_absolute actions of 4 numbers, not by {action.space} ones "
            f"of {action.value.size} (OPERATOR_SPACE=ee_absolute)"
        )
    # An arm that has gone is said by whoever reads its joints.
    with contextlib.suppress(OSError):
        arm.tell("lead " + " ".join(f"{x:.5f}" for x in action.value))


def calibrate(block: Mapping[str, Any], source: str) -> None:
    """Calibrate a virtual arm, its servos and the file that LeRobot compares them with.

    The block `teleop` has the arm's port and a `calibration_dir`.

    Raises:
        ConfigError: the arm does not answer.
    """
    # LeRobot imports torch, and a block that is not virtual does not need this.
    from leader_node import teleoperators

    config = teleoperators.decode(block, source)
    for attempt in range(_ATTEMPTS):
        driver = teleoperators.make(config, source)
        try:
            calibration = _written(driver)
            break
        except Exception as error:  # Drivers raise what they like for a bad packet.
            if attempt == _ATTEMPTS - 1:
                raise ConfigError(f"{source}: {PORT} arm: {one_line(error)}") from None
    driver.calibration_fpath.write_text(json.dumps(calibration))


def _written(driver: Any) -> dict[str, dict[str, int]]:
    """Write a calibration into LeRobot's driver's servos and return it."""
    from lerobot.motors import MotorCalibration

    calibration = {
        name: MotorCalibration(
            id=motor.id,
            drive_mode=0,
            homing_offset=0,
            range_min=_GRIPPER_TICKS[0] if name == "gripper" else 0,
            range_max=_GRIPPER_TICKS[1] if name == "gripper" else 4095,
        )
        for name, motor in driver.bus.motors.items()
    }
    driver.bus.connect()
    driver.bus.disable_torque()
    driver.bus.write_calibration(calibration)
    driver.bus.disconnect()
    return {name: dataclasses.asdict(one) for name, one in calibration.items()}
