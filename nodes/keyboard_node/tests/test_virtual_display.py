"""The display that the tests of the real listener run on."""

import pytest

from keyboard_node.virtual_display import VirtualDisplay


def test_a_missing_program_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Tests fail with it instead of being skipped."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RuntimeError, match="apt-get install xvfb xdotool"):
        VirtualDisplay()


def test_two_displays_do_not_collide() -> None:
    """Each takes a free number."""
    with VirtualDisplay() as one, VirtualDisplay() as other:
        assert one.name != other.name
