"""Which key means what, from a JSON file."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from dora_hil.config import Findings, parse, read_json, refuse
from dora_hil.device.held_inputs import MOTIONS
from keyboard_node.keys import KEY_NAMES, MODIFIERS, label

type Keys = tuple[str, ...]


@dataclass(frozen=True)
class Bindings:
    """The keys of each action; what a file leaves out keeps its default.

    Attributes:
        x_plus, x_minus: move away from the base, and towards it.
        y_plus, y_minus: move to the robot's left, and right.
        z_plus, z_minus: move up, and down.
        close_gripper: closes while held, opens on release.
        clamp_gripper, open_gripper: close, and open, while held; stay on release.
        engage: takes control while held.
        take_over: latches control to the person; again: hands it back.
        stop, rerecord, next, success, failure: episode commands.
    """

    x_plus: Keys = ("up",)
    x_minus: Keys = ("down",)
    y_plus: Keys = ("left",)
    y_minus: Keys = ("right",)
    z_plus: Keys = ("shift_r",)
    z_minus: Keys = ("shift_l",)
    close_gripper: Keys = ("cmd_l", "cmd_r", "g")
    clamp_gripper: Keys = ()
    open_gripper: Keys = ()
    engage: Keys = ()
    take_over: Keys = ("tab",)
    stop: Keys = ("esc",)
    rerecord: Keys = ("ctrl_l", "ctrl_r")
    next: Keys = ("space",)
    success: Keys = ("s",)
    failure: Keys = ("f",)

    def items(self) -> Iterator[tuple[str, Keys]]:
        """Yield every action with its keys."""
        for field in fields(self):
            yield field.name, getattr(self, field.name)

    def table(self) -> list[str]:
        """Return the key table, one line per meaning."""
        motions = (
            (self.x_plus, self.x_minus, "x: away from the base / back"),
            (self.y_plus, self.y_minus, "y: the robot's left / right"),
            (self.z_plus, self.z_minus, "z: up / down"),
        )
        rarely_bound = (
            (self.clamp_gripper, "gripper: closes while held, stays on release"),
            (self.open_gripper, "gripper: opens while held, stays on release"),
            (self.engage, "take over while held"),
        )
        deeds = (
            (self.take_over, "take over, and hand back"),
            (self.next, "next: begin, end, keep an episode"),
            (self.success, "the episode is a success"),
            (self.failure, "the episode is a failure"),
            (self.rerecord, "rerecord: discard the episode, do it again"),
        )
        rows = [
            *((f"{_labels(plus)} / {_labels(minus)}", text) for plus, minus, text in motions),
            (_labels(self.close_gripper), "gripper: closes while held, opens on release"),
            *((_labels(keys), text) for keys, text in rarely_bound if keys),
            *((_labels(keys), text + _tapped(keys)) for keys, text in deeds),
            (_labels(self.stop), "stop the run (held for half a second)"),
        ]
        width = max(len(keys) for keys, _ in rows)
        table = [f"{keys:{width}}  {meaning}" for keys, meaning in rows]
        return [*table, "no command: what is typed among other letters, or held with the mouse"]


def load_bindings(path: Path | None) -> Bindings:
    """Read the bindings of a file, or take the defaults.

    Raises:
        ConfigError: names the file, the action or key at fault and what is accepted.
    """
    if path is None:
        return Bindings()
    bindings = parse(read_json(path), Bindings, str(path))
    found = Findings()
    _check(bindings, found)
    refuse(found.problems, str(path))
    return bindings


def _check(bindings: Bindings, found: Findings) -> None:
    """Note unknown keys, a key with two meanings and a motion without a key."""
    meaning: dict[str, str] = {}
    for action, keys in bindings.items():
        found.demand(
            action not in MOTIONS or bool(keys), f"{action}: a motion needs at least one key"
        )
        for key in keys:
            found.demand(
                key in KEY_NAMES,
                f"{action}: unknown key {key!r}; accepted: a letter a-z, "
                f"{', '.join(name for name in KEY_NAMES if len(name) > 1)}",
            )
            found.demand(
                key not in meaning,
                f"key {key!r} is bound twice: to {meaning.get(key)} and to {action}",
            )
            meaning[key] = action


def _labels(keys: Keys) -> str:
    return ", ".join(label(key) for key in keys) or "(no key)"


def _tapped(keys: Keys) -> str:
    """Say of a modifier key when it acts; see `Keyboard`."""
    return " (tapped alone, for less than a second)" if set(MODIFIERS) & set(keys) else ""
