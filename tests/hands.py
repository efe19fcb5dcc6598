"""Hands on the keyboard of an X server."""

import subprocess

from harness import Run


class Hands:
    """Type on a display, with xdotool."""

    def __init__(self, display: str) -> None:
        """Type nothing yet."""
        self._display = display

    def __call__(self, *words: str) -> None:
        """Run one xdotool command, for instance ``keydown Up``."""
        subprocess.run(["xdotool", *words], env={"DISPLAY": self._display}, check=True)

    def stop(self) -> None:
        """Hold Esc until it counts: a tap ends no run."""
        self("keydown", "Escape", "sleep", "0.7", "keyup", "Escape")


def wait_for_keys(running: Run) -> None:
    """Wait until keys are heard, and the body has spoken."""
    # The keyboard prints its keys when it hears them.
    running.wait_for(lambda _: "stop the run" in running.log(), timeout_s=90)
    running.wait_for(bool, timeout_s=90)
