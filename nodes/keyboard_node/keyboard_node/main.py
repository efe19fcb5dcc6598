"""Start the node: arguments, one object, one loop."""

import logging
import math
import time
from collections.abc import Callable
from pathlib import Path

from dora_hil.arguments import NodeArguments
from dora_hil.messages import RunState, Status
from dora_hil.node import EventKind, NodePort, StatusWatch, attach, run_main
from keyboard_node.bindings import load_bindings
from keyboard_node.keyboard_device import KeyboardDevice
from keyboard_node.listener import PynputListener

log = logging.getLogger(__name__)

NAME = "keyboard-node"


def run(port: NodePort, device: KeyboardDevice, now_s: Callable[[], float] = time.monotonic) -> int:
    """Send an action per tick and commands at once, until the run is over.

    Returns:
        The exit code: 1 if the run owner left without saying that the run is over.
    """
    watch = StatusWatch()
    device.start(lambda control: port.send("control", control))
    try:
        for event in port.events():
            match event.kind, event.id:
                case EventKind.INPUT, "tick":
                    port.send("action", device.action())
                case EventKind.INPUT, "status":
                    status = Status.from_arrow(event.value, event.metadata or {})
                    watch.over = watch.over or status.state is RunState.OVER
                case EventKind.CLOSED, "status":
                    watch.closed(now_s())
                case EventKind.STOP, _:
                    return 0
            if (code := _leave(watch, port, now_s())) is not None:
                return code
        return _leave(watch, port, math.inf) or 0
    finally:
        device.stop()


def _leave(watch: StatusWatch, port: NodePort, now_s: float) -> int | None:
    code = watch.exit_code(now_s)
    if code:
        log.error("the run owner (%s) left without a word", port.inputs.get("status"))
    return code


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
