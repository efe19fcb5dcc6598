"""LeRobot's teleoperators: which there are, and the one that a config describes."""

import contextlib
import importlib
import io
import pkgutil
from collections.abc import Mapping
from typing import Any, Final

import draccus
import lerobot.teleoperators
from lerobot.teleoperators import Teleoperator, TeleoperatorConfig, make_teleoperator_from_config
from lerobot.utils.import_utils import register_third_party_plugins

from dora_hil.config import ConfigError, refuse
from dora_hil.config_keys import unknown_keys, wrong_values
from dora_hil.errors import one_line
from dora_hil.hardware.motor_bus import calibrations_checked, no_calibration_folder

_PACKAGE: Final = lerobot.teleoperators.__name__
_NO_ARMS: Final = frozenset({"gamepad", "keyboard", "phone"})
"""There are nodes for two of them, which look for a display when they are imported; the third says
neither joints nor deltas."""


def decode(raw: Mapping[str, Any], source: str) -> TeleoperatorConfig:
    """Read a block `teleop`, called `source` in errors, as LeRobot's own commands do.

    Raises:
        ConfigError: the type is not known, or a key is not, is missing or unusable.
    """
    _register_all()
    # Somebody else in this process may have imported what is no arm.
    known = {
        name
        for name, choice in TeleoperatorConfig.get_known_choices().items()
        if not any(choice.__module__.startswith(f"{_PACKAGE}.{no_arm}.") for no_arm in _NO_ARMS)
    }
    if not isinstance(raw.get("type"), str) or raw["type"] not in known:
        raise ConfigError(
            f"{source}: type: {raw.get('type')!r} is no leader; "
            f"accepted: {', '.join(sorted(known))}"
        )
    with contextlib.redirect_stderr(io.StringIO()):
        wrong = wrong_values(raw, TeleoperatorConfig, draccus.decode)
    refuse([*unknown_keys(raw, TeleoperatorConfig), *wrong], source)
    try:
        return draccus.decode(TeleoperatorConfig, dict(raw))
    except draccus.ParsingError as error:
        raise ConfigError(f"{source}: {one_line(error)}") from None


def make(config: TeleoperatorConfig, source: str) -> Teleoperator:
    """Make a teleoperator; nothing is connected yet.

    Raises:
        ConfigError: LeRobot cannot make it, for instance because a package is missing.
        CalibrationError: its calibration file is none.
    """
    try:
        with calibrations_checked(Teleoperator):
            return make_teleoperator_from_config(config)
    except OSError as error:
        raise ConfigError(f"{source}.calibration_dir: {no_calibration_folder(error)}") from None
    except (ImportError, ValueError, TypeError) as error:
        raise ConfigError(f"{source}: {one_line(error)}") from None


def names_of(teleoperator: Teleoperator) -> tuple[str, ...]:
    """Return what it says, by name: `elbow_flex.pos` of an arm, `delta_x` of a SpaceMouse.

    LeRobot has two layouts of features: by name, or the names as a part.
    """
    features = teleoperator.action_features
    return tuple(features.get("names", features))


def joints_of(teleoperator: Teleoperator, source: str) -> tuple[str, ...]:
    """Return the names of its joints, as LeRobot has them (`elbow_flex.pos`).

    Raises:
        ConfigError: it has none.
    """
    names = names_of(teleoperator)
    joints = tuple(name for name in names if name.endswith(".pos"))
    if not joints:
        raise ConfigError(
            f"{source}: {teleoperator.name!r} has no joints to lead with, but {', '.join(names)}; "
            "accepted: leader arms, and what says delta_x, delta_y and delta_z"
        )
    return joints


def _register_all() -> None:
    """Import LeRobot's own arms, and the plugins `lerobot_teleoperator_*`."""
    for module in pkgutil.iter_modules(lerobot.teleoperators.__path__):
        if module.ispkg and module.name not in _NO_ARMS:
            importlib.import_module(f"{_PACKAGE}.{module.name}")
    register_third_party_plugins()
