"""Start the node: arguments, one object, one loop."""

import time
from collections.abc import Callable
from pathlib import Path

from dora_hil.arguments import NodeArguments
from dora_hil.node import EventKind, NodePort, attach, run_main
from dora_hil.run_events import RunEvents
from keyboard_node.bindings import load_bindings
from keyboard_node.keyboard_device import KeyboardDevice
from keyboard_node.listener import PynputListener

NAME = "keyboard-node"


def run(port: NodePort, device: KeyboardDevice, now_s: Callable[[], float] = time.monotonic) -> int:
    """Send an action per tick and commands at once, until the run is over.

    Returns:
        The exit code: 1 if the run owner left without saying that the run is over.
    """
    events = RunEvents(port, now_s)
    device.start(lambda control: port.send("control", control))
    try:
        for event in events:
            if event.kind is EventKind.INPUT and event.id == "tick":
                port.send("action", device.action())
    finally:
        device.stop()
    return events.exit_code


def parse_config(argv: list[str] | None = None) -> Path | None:
    """Return the path of the bindings, or None for the defaults."""
    arguments = NodeArguments(NAME, "A person at the keyboard, as a dora node.")
    arguments.option(
        "--config",
        variable="KEYBOARD_CONFIG",
        default=None,
        kind=Path,
        about="JSON file that binds keys, like configs/keyboard.json",
    )
    config: Path | None = arguments.parse_node(argv).config
    return config


def main() -> None:
    """Run as a node of a dataflow."""
    run_main(NAME, _main)


def _main() -> int:
    device = KeyboardDevice(load_bindings(parse_config()), PynputListener())
    return run(attach(), device)


if __name__ == "__main__":
    main()
