"""Key names: the same at press and release, on every platform."""

from types import SimpleNamespace

import pytest

from keyboard_node.keys import US_LETTERS, KeyNamer, key_name, label


def special(name: str) -> SimpleNamespace:
    """Return a key like pynput's `Key` members."""
    return SimpleNamespace(name=name)


def character(char: str | None, vk: int | None = None) -> SimpleNamespace:
    """Return a key like pynput's `KeyCode`."""
    return SimpleNamespace(char=char, vk=vk)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (character("s"), "s"),
        # Shift and Caps Lock make it arrive as a capital.
        (character("S"), "s"),
        # pynput reports the left key so where both names have one code.
        (special("shift"), "shift_l"),
        (special("cmd"), "cmd_l"),
        (special("shift_r"), "shift_r"),
        # X calls it ISO_Left_Tab while Shift is held, which pynput does not know.
        (character(None, 0xFE20), "tab"),
        # A media key, and what pynput cannot decode: no binding can name them.
        (character(None, 1234), "<1234>"),
        (None, "<None>"),
    ],
)
def test_every_key_has_one_name(key: SimpleNamespace | None, name: str) -> None:
    """Left and right apart."""
    assert key_name(key) == name


@pytest.mark.parametrize(
    ("name", "text"), [("shift_l", "left Shift"), ("page_up", "Page Up"), ("g", "g")]
)
def test_people_read_a_label(name: str, text: str) -> None:
    """Not the name that the file has."""
    assert label(name) == text


def test_a_letter_keeps_its_name_when_a_modifier_changes_it_before_the_release() -> None:
    """Option makes `s` an `ß` on macOS; the key code stays."""
    namer = KeyNamer(modifiers_toggle=False)
    namer.press(character("s", 1))
    assert namer.release(character("ß", 1)) == "s"


def test_key_code_zero_is_a_key_like_any_other() -> None:
    """It is `a` on macOS, and no special key's code."""
    namer = KeyNamer(modifiers_toggle=False)
    namer.press(character("a", 0))
    assert namer.release(special("up")) == "up"
    assert namer.release(character("å", 0)) == "a"


@pytest.mark.parametrize(("platform", "vk"), [("darwin", 1), ("win32", ord("S"))])
def test_a_letter_that_the_layout_lacks_is_where_a_us_keyboard_has_it(
    platform: str, vk: int
) -> None:
    """A Cyrillic layout; a Latin one of another order (Dvorak) says itself what a key is."""
    letters = US_LETTERS[platform]
    assert len({*letters.values()}) == 26
    assert key_name(character("ы", vk), letters) == "s"
    assert key_name(character("Ы", vk), letters) == "s"
    assert key_name(character("o", vk), letters) == "o"
    assert key_name(character("9", 1234), letters) == "9"
    namer = KeyNamer(modifiers_toggle=False, us_letters=letters)
    assert namer.press(character("ы", vk)) == ("s", True)
    assert namer.release(character("s", vk)) == "s"


def test_on_macos_the_first_of_two_shifts_is_released_although_it_looks_like_a_press() -> None:
    """The flag is still set by the other Shift, so pynput reports a press."""
    namer = KeyNamer(modifiers_toggle=True)
    assert namer.press(special("shift")) == ("shift_l", True)
    assert namer.press(special("shift_r")) == ("shift_r", True)
    assert namer.press(special("shift")) == ("shift_l", False)
    assert namer.release(special("shift_r")) == "shift_r"
    assert namer.press(special("shift")) == ("shift_l", True)


def test_elsewhere_a_modifier_that_repeats_stays_down() -> None:
    """Windows repeats modifiers like letters."""
    namer = KeyNamer(modifiers_toggle=False)
    namer.press(special("shift"))
    assert namer.press(special("shift")) == ("shift_l", True)
