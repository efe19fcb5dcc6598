"""gamepad-node with a pad that a test works through a pipe: `press a`, `tilt lefty -1`."""

import sys
import threading
from pathlib import Path

from dora_hil.device.loop import run_device
from dora_hil.node.node import attach, run_main
from gamepad_node.bindings import Bindings
from gamepad_node.gamepad_device import GamepadDevice
from gamepad_node.sdl_pads import SdlPads
from gamepad_node.state import TRIGGERS
from gamepad_node.virtual_pad import VirtualPad


class WorkedPads(SdlPads):
    """SDL, and a thread that plugs a pad in and works it."""

    def __init__(self, pipe: Path) -> None:
        """Listen to a pipe from `open` on."""
        super().__init__()
        self._pipe = pipe

    def open(self) -> None:
        """Start SDL, then the thread."""
        super().open()
        threading.Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        pad = plugged_in()
        with self._pipe.open() as lines:
            for line in lines:
                match line.split():
                    case ["press", button]:
                        pad.press(button)
                    case ["release", button]:
                        pad.release(button)
                    case ["tilt", axis, value]:
                        pad.tilt(axis, float(value))
                    case ["unplug"]:
                        pad.unplug()
                    case ["plug"]:
                        pad = plugged_in()


def plugged_in() -> VirtualPad:
    """Return a pad whose triggers are let go of."""
    pad = VirtualPad()
    for trigger in TRIGGERS:
        pad.tilt(trigger, -1.0)
    return pad


def main() -> int:
    """Run as gamepad-node does."""
    device = GamepadDevice(Bindings(), WorkedPads(Path(sys.argv[1])))
    return run_device(attach(), device)


if __name__ == "__main__":
    run_main("gamepad-node", main)
