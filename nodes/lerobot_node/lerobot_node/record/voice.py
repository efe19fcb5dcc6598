"""Tells a person who looks at the arm, not at the terminal, what happens."""

import contextlib
import shutil
import subprocess
from pathlib import Path

_SPEAKERS = ("say", "spd-say")


class Voice:
    """Speaks where the machine can, else rings the terminal's bell; never waits, never fails."""

    def __init__(self, *, enabled: bool) -> None:
        """Look for a voice."""
        self._enabled = enabled
        found = (shutil.which(name) for name in _SPEAKERS)
        self._speaker = next((path for path in found if path), None)

    def say(self, words: str) -> None:
        """Say a few words."""
        if not self._enabled:
            return
        with contextlib.suppress(OSError):
            if self._speaker:
                subprocess.Popen(
                    [self._speaker, words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
            else:
                with Path("/dev/tty").open("w") as terminal:
                    terminal.write("\a")
