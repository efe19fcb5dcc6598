"""What the X server itself says of the keyboard."""

from collections.abc import Callable, Mapping, Sequence
from string import ascii_letters
from typing import Any, Final

from Xlib import XK, X
from Xlib.display import Display

from keyboard_node.keys import KEYSYM_NAMES

_KEYPAD_NAMES: Final = (
    *("left", "right", "up", "down", "home", "end", "page_up", "page_down"),
    *("insert", "delete", "enter", "space", "tab"),
)

_US_ROWS: Final = {24: "qwertyuiop", 38: "asdfghjkl", 52: "zxcvbnm"}
_US_KEYCODES: Final = {
    first + index: letter for first, row in _US_ROWS.items() for index, letter in enumerate(row)
}
_LANDMARKS: Final = {9: 0xFF1B, 65: 0x20}
"""Esc and Space, where a server numbers its keys as those above are."""


class X11Keymap:
    """What each key is called, and which ones are down.

    Names come from the keyboard's layout at construction. A letter is the first Latin one that its
    key has in any of the layouts between which a person switches, so that switching changes
    nothing. A letter that no key has (Cyrillic, Greek) is where a US keyboard has it.

    Attributes:
        letters: keycode to letter, a to z.
        foreign: what is written on the letters that no key has.
    """

    def __init__(self, named_keysyms: dict[int, str]) -> None:
        """Connect to $DISPLAY; the names are those of keys that are no letter, by X keysym.

        Raises:
            OSError: the display cannot be reached.
            Xlib.error.DisplayError: the display refuses.
        """
        self._display: Any = Display()
        names = {**named_keysyms, **KEYSYM_NAMES}
        names |= {XK.string_to_keysym(f"KP_{name.title()}"): name for name in _KEYPAD_NAMES}
        first = self._display.display.info.min_keycode
        count = self._display.display.info.max_keycode - first + 1
        rows = dict(enumerate(self._display.get_keyboard_mapping(first, count), start=first))
        self.letters = {code: letter for code, row in rows.items() if (letter := _latin(row))}
        lacking = _lacking(rows, self.letters)
        self.foreign = {letter: _written(rows[code]) for code, letter in lacking.items()}
        self.letters |= lacking
        self._names = {
            keycode: frozenset(_name(keysym, names) for keysym in keysyms if keysym)
            for keycode, keysyms in rows.items()
        }
        self._names |= {keycode: frozenset({name}) for keycode, name in self.letters.items()}

    def listener(self, keyboard: Any, point: Callable[[], None]) -> Any:
        """Return a class like pynput's `keyboard.Listener` that names letters as this does.

        It hears the mouse's buttons and wheel too: on the same line as the keys, so that a click
        between the press and the release of a key is heard between the two, and calls `point`.
        """
        letters = {code: keyboard.KeyCode.from_char(name) for code, name in self.letters.items()}

        class Listener(keyboard.Listener):  # type: ignore[misc]
            _EVENTS = (X.KeyPress, X.ButtonRelease)

            def _handle_message(self, display: Any, event: Any, injected: bool) -> None:
                if event.type in (X.ButtonPress, X.ButtonRelease):
                    point()
                else:
                    super()._handle_message(display, event, injected)

            def _event_to_key(self, display: Any, event: Any) -> Any:
                return letters.get(event.detail) or super()._event_to_key(display, event)

        return Listener

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
        return frozenset(
            name
            for keycode, names in self._names.items()
            if bits[keycode >> 3] >> (keycode & 7) & 1
            for name in names
        )

    def close(self) -> None:
        """Disconnect."""
        self._display.close()


def _name(keysym: int, names: dict[int, str]) -> str:
    if keysym in names:
        return names[keysym]
    is_latin_1 = 0x20 <= keysym <= 0xFF
    return chr(keysym).lower() if is_latin_1 else f"<{keysym}>"


def _latin(keysyms: Sequence[int]) -> str | None:
    """Return the first Latin letter of a key."""
    return next((chr(k).lower() for k in keysyms if 0 < k < 0x80 and chr(k) in ascii_letters), None)


def _lacking(rows: Mapping[int, Sequence[int]], letters: Mapping[int, str]) -> dict[int, str]:
    """Return where a US keyboard has the letters that no key has; nothing on a server unlike it."""
    if any(keysym not in rows.get(keycode, ()) for keycode, keysym in _LANDMARKS.items()):
        return {}
    there = {*letters.values()}
    return {
        keycode: letter
        for keycode, letter in _US_KEYCODES.items()
        if letter not in there and keycode not in letters
    }


def _written(keysyms: Sequence[int]) -> str:
    """Return what is written on a key, as well as pynput knows."""
    from pynput._util.xorg_keysyms import KEYSYMS, SYMBOLS  # type: ignore[import-not-found]

    keysym = next((keysym for keysym in keysyms if keysym), 0)
    if keysym >= 0x1000000:
        return chr(keysym - 0x1000000)
    name = KEYSYMS.get(keysym, f"<{keysym}>")
    return str(SYMBOLS[name][1]) if name in SYMBOLS else str(name)
