"""A person's device that presses and lets go by itself: half a second each, again and again."""

import itertools

import numpy as np

from dora_hil.node.node import EventKind, attach, run_main
from dora_hil.node.run_events import RunEvents
from dora_hil.stream.actions import hold_ee_delta
from dora_hil.stream.messages import Action

PRESSED = (0.2, -0.1, 0.0, 1.0)
"""`ee_delta`: three deltas in steps; the gripper stays."""

_TICKS = 5


def main() -> int:
    """Run until the owner says `over`."""
    pressed = np.array(PRESSED, dtype=np.float32)
    phases = itertools.cycle([False] * _TICKS + [True] * _TICKS)
    events = RunEvents(port := attach())
    for event in events:
        if event.kind is EventKind.INPUT and event.id == "tick":
            is_pressed = next(phases)
            value = pressed if is_pressed else hold_ee_delta()
            port.send("action", Action(value, engaged=is_pressed))
    return events.exit_code


if __name__ == "__main__":
    run_main("hand", main)
