"""Start the node: arguments, one object, one loop."""

from collections.abc import Sequence
from pathlib import Path

from dora_hil.arguments import NodeArguments, number
from dora_hil.device.loop import run_device
from dora_hil.node.node import attach, run_main
from gamepad_node.bindings import load_bindings
from gamepad_node.gamepad_device import GamepadDevice
from gamepad_node.sdl_pads import SdlPads

NAME = "gamepad-node"


def build(argv: Sequence[str] | None = None) -> GamepadDevice:
    """Read the command line and the bindings.

    Raises:
        ConfigError: the bindings cannot be used.
    """
    arguments = NodeArguments(NAME, "A person with a gamepad, as a dora node.")
    arguments.option(
        "--config",
        variable="GAMEPAD_CONFIG",
        default=None,
        kind=Path,
        about="JSON file that binds sticks and buttons, like configs/gamepad.json",
    )
    arguments.option(
        "--index",
        variable="GAMEPAD_INDEX",
        default=0,
        kind=number(int, 0),
        about="which pad, where several are plugged in; 0 for the first",
    )
    parsed = arguments.parse_node(argv)
    return GamepadDevice(load_bindings(parsed.config), SdlPads(parsed.index))


def main() -> None:
    """Run as a node of a dataflow."""
    run_main(NAME, _main)


def _main() -> int:
    device = build()
    return run_device(attach(), device)


if __name__ == "__main__":
    main()
