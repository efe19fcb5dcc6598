"""The real pads, by SDL's controller mappings."""

import os
import warnings
from typing import Any

from dora_hil.errors import UserError
from gamepad_node.state import AXES, BUTTONS, STICKS, PadState

MAX_AXIS = 32767
HINTS = {
    # Neither a window nor its focus is wanted.
    "SDL_VIDEODRIVER": "dummy",
    "SDL_JOYSTICK_ALLOW_BACKGROUND_EVENTS": "1",
    "SDL_JOYSTICK_THREAD": "1",
    "PYGAME_HIDE_SUPPORT_PROMPT": "1",
}


class PadError(UserError):
    """No pad can be read here; the text says why."""


class SdlPads:
    """Reads the n-th pad that SDL knows how to map; pads may come and go."""

    def __init__(self, index: int = 0) -> None:
        """Import pygame; slow, so done before the start barrier. The first pad has index 0."""
        os.environ.update(HINTS)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pygame
            from pygame._sdl2 import controller
        self._pygame: Any = pygame
        self._sdl: Any = controller
        self._index = index
        self._pad: Any = None

    @property
    def name(self) -> str:
        """Return what the pad calls itself."""
        return str(self._pad.name) if self._pad is not None else ""

    def open(self) -> None:
        """Start SDL; called in the thread that reads, which some systems insist on."""
        try:
            self._pygame.display.init()
            self._sdl.init()
        except self._pygame.error as error:
            raise PadError(f"no gamepad can be read here: {error}") from None

    def read(self) -> PadState | None:
        """Return how the pad stands; None while none is plugged in."""
        self._sdl.update()
        if self._pad is not None and not self._pad.attached():
            self._pad.quit()
            self._pad = None
        if self._pad is None:
            self._pad = self._plugged_in()
        if self._pad is None:
            return None
        buttons = {name for n, name in enumerate(BUTTONS) if self._pad.get_button(n)}
        axes = {name: _scaled(name, self._pad.get_axis(n)) for n, name in enumerate(AXES)}
        return PadState(frozenset(buttons), axes)

    def close(self) -> None:
        """Read no more."""
        self._pad = None
        self._sdl.quit()
        self._pygame.display.quit()

    def _plugged_in(self) -> Any:
        known = [n for n in range(self._sdl.get_count()) if self._sdl.is_controller(n)]
        return self._sdl.Controller(known[self._index]) if self._index < len(known) else None


def _scaled(name: str, value: int) -> float:
    low = -1.0 if name in STICKS else 0.0
    return max(low, min(1.0, value / MAX_AXIS))
