"""An X server without a screen and the keys pressed in it, for tests of the real listener."""

import os
import shutil
import subprocess
from typing import Final, Self

XDOTOOL_KEYS: Final = {
    # By place, so that a layout without Latin letters is typed on as a person does.
    **{"c": "54", "e": "26", "f": "41", "g": "42", "o": "32", "s": "39"},
    **{"up": "Up", "left": "Left", "right": "Right", "down": "Down"},
    **{"esc": "Escape", "tab": "Tab", "space": "space"},
    # By code: by name, xdotool presses left Shift too for some modifiers on the right.
    **{"shift_l": "50", "shift_r": "62", "ctrl_l": "37", "ctrl_r": "105"},
    **{"alt_l": "64", "cmd_l": "133", "cmd_r": "134"},
}


class VirtualDisplay:
    """Xvfb on a free display, its keyboard worked by xdotool.

    Attributes:
        name: what $DISPLAY has to be.
    """

    def __init__(self, *xvfb_arguments: str) -> None:
        """Start the server; returns once it accepts connections.

        Raises:
            RuntimeError: a program is missing, or the server does not start.
        """
        missing = [program for program in ("Xvfb", "xdotool") if shutil.which(program) is None]
        if missing:
            raise RuntimeError(
                f"{' and '.join(missing)} not found; install: apt-get install xvfb xdotool"
            )
        reader, writer = os.pipe()
        self._server = subprocess.Popen(
            # Without -noreset the server forgets its state whenever the last client leaves.
            ["Xvfb", "-displayfd", str(writer), "-noreset", "-nolisten", "tcp", *xvfb_arguments],
            pass_fds=[writer],
            stderr=subprocess.DEVNULL,
        )
        os.close(writer)
        with os.fdopen(reader) as said:
            number = said.readline().strip()
        if not number:
            raise RuntimeError("Xvfb ended before it had a display")
        self.name = f":{number}"

    def __enter__(self) -> Self:
        """Return the running display."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the server."""
        self.close()

    def press(self, *keys: str) -> None:
        """Press keys, see `XDOTOOL_KEYS`, and keep them down."""
        self._xdotool("keydown", keys)

    def release(self, *keys: str) -> None:
        """Release keys."""
        self._xdotool("keyup", keys)

    def tap(self, *keys: str) -> None:
        """Press and release keys one after the other, in milliseconds on however busy a machine."""
        self._xdotool("key", keys)

    def click(self, button: int) -> None:
        """Click the mouse; buttons 4 and 5 turn its wheel."""
        self.run("xdotool", "click", str(button))

    def use_layout(self, layouts: str) -> None:
        """Change what is written on the keys: `ru`, or `ru,us` to switch between."""
        self.run("setxkbmap", layouts)

    def close(self) -> None:
        """End the server, as if it had crashed."""
        self._server.kill()
        self._server.wait()

    def _xdotool(self, verb: str, keys: tuple[str, ...]) -> None:
        self.run("xdotool", verb, *(XDOTOOL_KEYS[key] for key in keys))

    def run(self, *words: str) -> None:
        """Run a command on this display."""
        subprocess.run(words, env={**os.environ, "DISPLAY": self.name}, check=True)
