"""What the X server itself says of the keyboard."""

from typing import Any, Final

from Xlib import XK
from Xlib.display import Display

from keyboard_node.keys import KEYSYM_NAMES

_KEYPAD_NAMES: Final = (
    *("left", "right", "up", "down", "home", "end", "page_up", "page_down"),
    *("insert", "delete", "enter", "space", "tab"),
)


class X11Keymap:
    """Asks which keys are down, for the releases that no event reports.

    Names come from the keyboard layout at construction, like those of pynput's events.
    """

    def __init__(self, named_keysyms: dict[int, str]) -> None:
        """Connect to $DISPLAY.

        Args:
            named_keysyms: X keysym to key name, for keys that are no letter.

        Raises:
            OSError: the display cannot be reached.
            Xlib.error.DisplayError: the display refuses.
        """
        self._display: Any = Display()
        names = {**named_keysyms, **KEYSYM_NAMES}
        names |= {XK.string_to_keysym(f"KP_{name.title()}"): name for name in _KEYPAD_NAMES}
        first = self._display.display.info.min_keycode
        count = self._display.display.info.max_keycode - first + 1
        self._names = {
            keycode: frozenset(_name(keysym, names) for keysym in keysyms if keysym)
            for keycode, keysyms in enumerate(
                self._display.get_keyboard_mapping(first, count), start=first
            )
        }

    @property
    def can_record(self) -> bool:
        """Say whether this display lets its clients listen to the keyboard."""
        return bool(self._display.has_extension("RECORD"))

    def down(self) -> frozenset[str]:
        """Return the names of all keys that are down; one key may have several.

        Raises:
            OSError: the X server is gone.
            Xlib.error.ConnectionClosedError: the X server is gone.
        """
        bits = self._display.query_keymap()
        return frozenset().union(
            *(
                names
                for keycode, names in self._names.items()
                if bits[keycode >> 3] >> (keycode & 7) & 1
            )
        )

    def close(self) -> None:
        """Disconnect."""
        self._display.close()


def _name(keysym: int, names: dict[int, str]) -> str:
    if keysym in names:
        return names[keysym]
    is_latin_1 = 0x20 <= keysym <= 0xFF
    return chr(keysym).lower() if is_latin_1 else f"<{keysym}>"
