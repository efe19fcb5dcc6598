"""A pad that SDL takes for a real one, for tests of the real reader; by SDL's own C interface."""

import ctypes
from typing import Any, ClassVar, Final

import pygame

from gamepad_node.state import AXES, BUTTONS

_TYPE_GAMEPAD: Final = 1
_DESCRIPTION_VERSION: Final = 1


class _Description(ctypes.Structure):
    """SDL_VirtualJoystickDesc of SDL 2.28."""

    _fields_: ClassVar = [
        ("version", ctypes.c_uint16),
        ("type", ctypes.c_uint16),
        ("naxes", ctypes.c_uint16),
        ("nbuttons", ctypes.c_uint16),
        ("nhats", ctypes.c_uint16),
        ("vendor_id", ctypes.c_uint16),
        ("product_id", ctypes.c_uint16),
        ("padding", ctypes.c_uint16),
        ("button_mask", ctypes.c_uint32),
        ("axis_mask", ctypes.c_uint32),
        ("name", ctypes.c_char_p),
        ("callbacks", ctypes.c_void_p * 7),
    ]


class VirtualPad:
    """Plugged into the SDL of this process; may be moved from any thread."""

    def __init__(self, name: str = "virtual pad") -> None:
        """Plug it in; SDL has been started.

        Raises:
            RuntimeError: this SDL has no virtual joysticks.
        """
        self._sdl = _loaded_sdl()
        self._sdl.SDL_JoystickOpen.restype = ctypes.c_void_p
        pointer = ctypes.c_void_p
        self._sdl.SDL_JoystickSetVirtualAxis.argtypes = [pointer, ctypes.c_int, ctypes.c_int16]
        self._sdl.SDL_JoystickSetVirtualButton.argtypes = [pointer, ctypes.c_int, ctypes.c_uint8]
        description = _Description(
            version=_DESCRIPTION_VERSION,
            type=_TYPE_GAMEPAD,
            naxes=len(AXES),
            nbuttons=len(BUTTONS),
            name=name.encode(),
        )
        self._index = self._sdl.SDL_JoystickAttachVirtualEx(ctypes.byref(description))
        if self._index < 0:
            raise RuntimeError("this SDL has no virtual joysticks")
        self._pad = self._sdl.SDL_JoystickOpen(self._index)

    def press(self, button: str) -> None:
        """Press a button and keep it down."""
        self._sdl.SDL_JoystickSetVirtualButton(self._pad, BUTTONS.index(button), 1)

    def release(self, button: str) -> None:
        """Let go of a button."""
        self._sdl.SDL_JoystickSetVirtualButton(self._pad, BUTTONS.index(button), 0)

    def tilt(self, axis: str, value: float) -> None:
        """Move an axis.

        Args:
            axis: see `gamepad_node.state.AXES`.
            value: in [-1, 1], down and right positive; of a trigger -1 is let go.
        """
        self._sdl.SDL_JoystickSetVirtualAxis(self._pad, AXES.index(axis), int(32767 * value))

    def unplug(self) -> None:
        """Pull the cable."""
        self._sdl.SDL_JoystickDetachVirtual(self._index)


def _loaded_sdl() -> Any:
    """Return the SDL that pygame uses.

    By way of pygame's own module: FFmpeg, for instance, may have loaded another SDL.
    """
    return ctypes.CDLL(pygame.joystick.__file__)
