"""Start the node: arguments, one object, one loop."""

from pathlib import Path

from dora_hil.arguments import NodeArguments
from dora_hil.device.loop import run_device
from dora_hil.node.node import attach, run_main
from keyboard_node.bindings import load_bindings
from keyboard_node.keyboard_device import KeyboardDevice
from keyboard_node.listener import PynputListener

NAME = "keyboard-node"


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
    return run_device(attach(), device)


if __name__ == "__main__":
    main()
