"""One name per key, the same at its press and its release, on every platform."""

from collections.abc import Mapping
from string import ascii_lowercase
from typing import Final

_LABELS: Final = {"shift": "Shift", "ctrl": "Ctrl", "alt": "Alt", "cmd": "Super/Cmd"}

MODIFIERS: Final = tuple(f"{key}_{side}" for key in _LABELS for side in ("l", "r"))

CHORD_KEYS: Final = frozenset({"ctrl_l", "ctrl_r", "alt_l", "alt_r"})
"""A key pressed while one of these is held speaks to the terminal or the window manager."""

KEY_NAMES: Final = (
    *ascii_lowercase,
    *("left", "right", "up", "down"),
    *MODIFIERS,
    *("space", "tab", "enter", "esc", "backspace"),
    *("insert", "delete", "home", "end", "page_up", "page_down"),
    *(f"f{number}" for number in range(1, 13)),
)
"""What a binding may name. Digits and punctuation change with Shift, so they are not here."""

# pynput names the left key like the generic one where the platform gives both one code.
_ALIASES: Final = {**{key: f"{key}_l" for key in _LABELS}, "alt_gr": "alt_r"}

# X keysyms that pynput does not know: Tab while Shift is held, AltGr.
KEYSYM_NAMES: Final = {0xFE20: "tab", 0xFE03: "alt_r"}


US_LETTERS: Final[Mapping[str, Mapping[int, str]]] = {
    "darwin": dict(
        zip(
            (*range(10), 11, *range(12, 18), 31, 32, 34, 35, 37, 38, 40, 45, 46),
            "asdfhgzxcvbqweryt" + "ouipljknm",
            strict=True,
        )
    ),
    "win32": {ord(letter.upper()): letter for letter in ascii_lowercase},
}
"""Where a US keyboard has its letters, by platform and pynput's `vk`; X11 is asked itself."""


def is_text(name: str) -> bool:
    """Say whether people press a key to write."""
    return len(name) == 1 or name in ("space", "tab", "enter", "backspace")


def key_name(key: object, us_letters: Mapping[int, str] | None = None) -> str:
    """Return the name of a key as pynput reports it.

    Letters are lower-case, whatever Shift and Caps Lock say. A key that no binding can name
    gets a name too, since it tells a chord from a tap.

    Args:
        key: a `pynput.keyboard.Key`, a `KeyCode` or None.
        us_letters: what a key is called by its `vk` where the layout gives it no Latin letter.
    """
    name = getattr(key, "name", None)
    if name is not None:
        return _ALIASES.get(name, str(name))
    vk = getattr(key, "vk", None)
    if vk in KEYSYM_NAMES:
        return KEYSYM_NAMES[vk]
    char = getattr(key, "char", None)
    if (
        us_letters
        and isinstance(vk, int)
        and vk in us_letters
        and str(char).lower() not in us_letters.values()
    ):
        return us_letters[vk]
    return str(char).lower() if char else f"<{vk}>"


def label(name: str) -> str:
    """Return a key's name as people read it, for instance `left Shift`."""
    stem, _, side = name.partition("_")
    if name in MODIFIERS:
        return f"{'left' if side == 'l' else 'right'} {_LABELS[stem]}"
    return name if len(name) == 1 else name.replace("_", " ").title()


class KeyNamer:
    """Names the keys of a stream of events, and tells a press from a release.

    A letter may be reported as another one at its release, because a modifier changed in
    between; its virtual key code stays the same on macOS and Windows.
    """

    def __init__(
        self, *, modifiers_toggle: bool, us_letters: Mapping[int, str] | None = None
    ) -> None:
        """Start with no key down.

        Args:
            us_letters: see `key_name`.
            modifiers_toggle: the platform reports that a modifier changed, not how. With both
                Shift keys down, macOS makes the release of the first look like a press.
        """
        self._us_letters = us_letters
        self._modifiers_toggle = modifiers_toggle
        self._names: dict[int, str] = {}
        self._modifiers_down: set[str] = set()

    def press(self, key: object) -> tuple[str, bool]:
        """Return the key's name, and whether it really is a press."""
        name = key_name(key, self._us_letters)
        if name in MODIFIERS:
            if self._modifiers_toggle and name in self._modifiers_down:
                self._modifiers_down.remove(name)
                return name, False
            self._modifiers_down.add(name)
        elif (vk := getattr(key, "vk", None)) is not None:
            self._names[vk] = name
        return name, True

    def release(self, key: object) -> str:
        """Return the name that the key had when it was pressed."""
        name = key_name(key, self._us_letters)
        self._modifiers_down.discard(name)
        vk = getattr(key, "vk", None)
        return name if vk is None else self._names.pop(vk, name)
