"""Which stick and button means what, from a JSON file."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from dora_hil.config import ConfigError, parse, read_json
from gamepad_node.state import BUTTONS, STICKS, TRIGGERS

type Buttons = tuple[str, ...]

TILTS: Final = ("tilt_x", "tilt_y", "tilt_z")
PRESSED: Final = (*BUTTONS, *TRIGGERS)
"""A trigger counts as a button that is down from its middle on."""


@dataclass(frozen=True)
class Bindings:
    """LeRobot's layout; what a file leaves out keeps its default.

    Attributes:
        dead_zone: of the sticks, 0 to 0.9 of their way: what is nearer to the middle is nothing.
        tilt_x, tilt_y, tilt_z: the stick's axis that moves along it in the base frame, with `-`
            where it runs the other way; SDL's axes grow to the right and down. Empty for none.
        x_plus, x_minus, y_plus, y_minus, z_plus, z_minus: full speed along an axis.
        close_gripper: closes while held, opens on release.
        clamp_gripper, open_gripper: close, and open, while held; stay on release.
        engage: takes control while held.
        take_over: latches control to the person; again: hands it back.
        stop, rerecord, next, success, failure: episode commands.
    """

    dead_zone: float = 0.1
    tilt_x: str = "-lefty"
    tilt_y: str = "-leftx"
    tilt_z: str = "-righty"
    x_plus: Buttons = ("dpup",)
    x_minus: Buttons = ("dpdown",)
    y_plus: Buttons = ("dpleft",)
    y_minus: Buttons = ("dpright",)
    z_plus: Buttons = ()
    z_minus: Buttons = ()
    close_gripper: Buttons = ()
    clamp_gripper: Buttons = ("lefttrigger",)
    open_gripper: Buttons = ("righttrigger",)
    engage: Buttons = ("rightshoulder",)
    take_over: Buttons = ("leftshoulder",)
    stop: Buttons = ("back",)
    rerecord: Buttons = ("x",)
    next: Buttons = ("start",)
    success: Buttons = ("y",)
    failure: Buttons = ("a",)

    def buttons(self) -> Iterator[tuple[str, Buttons]]:
        """Yield every action that buttons are bound to."""
        for field in fields(self):
            if field.name not in ("dead_zone", *TILTS):
                yield field.name, getattr(self, field.name)

    def table(self) -> list[str]:
        """Return what is bound to what, one line per meaning."""
        tilts = {name: getattr(self, name) for name in TILTS}
        rows = [(f"stick {axis}", name) for name, axis in tilts.items() if axis]
        rows += [(", ".join(names), action) for action, names in self.buttons() if names]
        width = max(len(names) for names, _ in rows)
        held = {"stop": " (held for half a second)"}
        return [
            f"{names:{width}}  {action.replace('_', ' ')}{held.get(action, '')}"
            for names, action in rows
        ]


def load_bindings(path: Path | None) -> Bindings:
    """Read the bindings of a file, or take the defaults.

    Raises:
        ConfigError: names the file, the action and what is accepted.
    """
    if path is None:
        return Bindings()
    bindings = parse(read_json(path), Bindings, str(path))
    if not 0.0 <= bindings.dead_zone <= 0.9:
        raise ConfigError(f"{path}: dead_zone: accepted: 0 to 0.9, got {bindings.dead_zone:g}")
    for name in TILTS:
        axis = getattr(bindings, name)
        if axis and axis.removeprefix("-") not in STICKS:
            raise ConfigError(
                f"{path}: {name}: unknown stick {axis!r}; accepted: {', '.join(STICKS)}, "
                "each also with `-` before it"
            )
    meaning: dict[str, str] = {}
    for action, names in bindings.buttons():
        for name in names:
            if name not in PRESSED:
                raise ConfigError(
                    f"{path}: {action}: unknown button {name!r}; accepted: {', '.join(PRESSED)}"
                )
            if name in meaning:
                raise ConfigError(
                    f"{path}: button {name!r} is bound twice: to {meaning[name]} and to {action}"
                )
            meaning[name] = action
    return bindings
