"""The X server's own account of the keyboard."""

from collections.abc import Iterator
from string import ascii_lowercase

import pytest
from Xlib.display import Display

from keyboard_node.virtual_display import VirtualDisplay
from keyboard_node.x11 import X11Keymap


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> Iterator[VirtualDisplay]:
    """Return a desktop of its own per test."""
    with VirtualDisplay() as virtual:
        monkeypatch.setenv("DISPLAY", virtual.name)
        yield virtual


@pytest.fixture
def keymap(display: VirtualDisplay) -> Iterator[X11Keymap]:
    """Return a connection that knows three special keys by name."""
    keymap = X11Keymap({0xFF51: "left", 0xFFE1: "shift_l", 0xFF09: "tab"})
    yield keymap
    keymap.close()


def test_it_names_the_keys_that_are_down(display: VirtualDisplay, keymap: X11Keymap) -> None:
    """And no longer those that are up again."""
    display.press("left", "g")
    assert keymap.down() == {"left", "g"}
    display.release("left")
    assert keymap.down() == {"g"}


def test_a_letter_is_down_whatever_shift_says(display: VirtualDisplay, keymap: X11Keymap) -> None:
    """The key is asked for, not the character."""
    display.press("shift_l", "s", "tab")
    assert {"shift_l", "s", "tab"} <= keymap.down()


@pytest.mark.parametrize("layouts", ["ru", "il", "us,ru", "fr"])
def test_every_letter_has_a_key_whatever_the_layout(display: VirtualDisplay, layouts: str) -> None:
    """Written on it, or where a US keyboard has it; a letter is never on two of the latter."""
    display.use_layout(layouts)
    keymap = X11Keymap({})
    assert {*keymap.letters.values()} == {*ascii_lowercase}
    assert bool(keymap.foreign) == (layouts == "ru")
    keymap.close()


def test_a_server_that_numbers_its_keys_otherwise_is_not_guessed_at(
    display: VirtualDisplay,
) -> None:
    """A Mac's: where Esc is not where it is here, no letter is either."""
    display.use_layout("ru")
    other = Display(display.name)
    other.change_keyboard_mapping(9, [[0x6D9]])
    other.sync()
    keymap = X11Keymap({})
    assert (keymap.letters, keymap.foreign) == ({}, {})
    keymap.close()
    other.close()
