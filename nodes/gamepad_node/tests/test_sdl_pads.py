"""The real reader, with a pad that SDL takes for a real one."""

import sys
from collections.abc import Iterator

import pytest

from gamepad_node.sdl_pads import SdlPads
from gamepad_node.state import AXES, BUTTONS, STICKS, TRIGGERS, PadState
from gamepad_node.virtual_pad import VirtualPad

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds SDL in Linux's /proc")


@pytest.fixture
def pads() -> Iterator[SdlPads]:
    """Return SDL, started."""
    made = SdlPads()
    made.open()
    yield made
    made.close()


@pytest.fixture
def pad(pads: SdlPads) -> Iterator[VirtualPad]:
    """Return a pad that is plugged in."""
    made = VirtualPad()
    for trigger in TRIGGERS:
        made.tilt(trigger, -1.0)
    pads.read()
    yield made
    made.unplug()


def stands(pads: SdlPads) -> PadState:
    """Return how the pad stands."""
    state = pads.read()
    assert state is not None
    return state


def test_without_a_pad_there_is_no_state(pads: SdlPads) -> None:
    """And no name."""
    assert pads.read() is None
    assert pads.name == ""


@pytest.mark.parametrize("button", BUTTONS)
def test_every_button_is_read_by_its_name(pads: SdlPads, pad: VirtualPad, button: str) -> None:
    """Down, and up again."""
    pad.press(button)
    assert stands(pads).buttons == {button}
    pad.release(button)
    assert stands(pads).buttons == frozenset()


@pytest.mark.parametrize("axis", AXES)
def test_every_axis_is_read_by_its_name(pads: SdlPads, pad: VirtualPad, axis: str) -> None:
    """Sticks in [-1, 1], triggers in [0, 1]."""
    lows = {name: -1.0 if name in STICKS else 0.0 for name in AXES}
    for value in (-1.0, 1.0):
        pad.tilt(axis, value)
        axes = stands(pads).axes
        assert axes[axis] == pytest.approx(max(value, lows[axis]), abs=0.001)
        assert all(abs(axes[name]) < 0.001 for name in AXES if name != axis)


def test_a_pad_may_come_and_go(pads: SdlPads) -> None:
    """Unplugged there is no state; another one is read from then on."""
    first = VirtualPad("first")
    stands(pads)
    assert pads.name == "first"
    first.unplug()
    assert pads.read() is None
    second = VirtualPad("second")
    stands(pads)
    assert pads.name == "second"
    second.unplug()


def test_the_second_of_two_pads_is_read_by_its_index() -> None:
    """As GAMEPAD_INDEX has it."""
    pads = SdlPads(index=1)
    pads.open()
    first = VirtualPad("first")
    assert pads.read() is None
    second = VirtualPad("second")
    second.press("a")
    assert stands(pads).buttons == {"a"}
    assert pads.name == "second"
    second.unplug()
    first.unplug()
    pads.close()
