"""A keyboard that comes, goes and forgets to say that a key was released."""

import logging

import pytest

from dora_hil.stream.messages import Command, Control
from keyboard_node.bindings import Bindings
from keyboard_node.fake_listener import FakeListener
from keyboard_node.keyboard_device import KeyboardDevice


def started(listener: FakeListener) -> tuple[KeyboardDevice, list[Control]]:
    """Return a device that listens, and what it sends."""
    sent: list[Control] = []
    device = KeyboardDevice(Bindings(), listener, clock_ns=lambda: 7)
    device.start(sent.append)
    return device, sent


def test_a_command_is_sent_at_the_press_and_not_at_the_tick() -> None:
    """From the listener's thread, with the time of the press."""
    listener = FakeListener()
    _, sent = started(listener)
    listener.press("space")
    assert sent == [Control(Command.NEXT, seq=0, t_press_ns=7)]


def test_what_has_to_be_held_or_to_stand_alone_is_sent_at_a_tick() -> None:
    """Esc after half a second, a letter once no other has followed."""
    listener, now_ns = FakeListener(), [7]
    sent: list[Control] = []
    device = KeyboardDevice(Bindings(), listener, clock_ns=lambda: now_ns[0])
    device.start(sent.append)
    listener.press("s")
    listener.press("esc")
    device.action()
    assert sent == []
    now_ns[0] += 500_000_000
    device.action()
    assert [control.command for control in sent] == [Command.SUCCESS, Command.STOP]


def test_the_keys_and_what_differs_on_this_machine_are_said_at_start(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One line per meaning; which key is `s` on such a layout; and a mouse that is not heard."""
    with caplog.at_level(logging.INFO):
        started(FakeListener(foreign={"s": "ы", "q": "й"}, hears_mouse=False))
    assert "Up / Down" in caplog.text
    assert "take over" in caplog.text
    assert "where a US one has them: s is ы" in caplog.text
    assert "q is" not in caplog.text
    assert "the mouse cannot be heard here: Ctrl with a click or the wheel is a tap" in caplog.text


def test_a_lost_release_ends_at_the_next_tick() -> None:
    """The system is asked on every tick while a key is held."""
    listener = FakeListener()
    device, _ = started(listener)
    listener.press("up")
    device.action()
    listener.release("up", is_lost=True)
    assert list(device.action().value) == [0, 0, 0, 1]


def test_a_tap_that_was_lost_before_the_tick_still_moves_one_step() -> None:
    """Dropping a key is a release, and a short press counts."""
    listener = FakeListener()
    device, _ = started(listener)
    listener.press("up")
    listener.release("up", is_lost=True)
    assert device.action().value[0] == 1
    assert device.action().value[0] == 0


def test_where_the_system_cannot_be_asked_a_lost_key_ends_with_its_opposite() -> None:
    """As on macOS and Windows."""
    listener = FakeListener(reads_state=False)
    device, _ = started(listener)
    listener.press("up")
    listener.release("up", is_lost=True)
    device.action()
    assert device.action().value[0] == 1
    listener.press("down")
    listener.release("down")
    device.action()
    assert list(device.action().value) == [0, 0, 0, 1]


def test_without_a_keyboard_it_says_why_and_what_to_use_instead(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Two lines, and a device that stays disengaged."""
    device, _ = started(FakeListener(failure="there is no display"))
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    assert "there is no display" in caplog.text
    assert "dataflow-demo-operator.yaml" in caplog.text
    assert "ssh -Y" in caplog.text
    action = device.action()
    assert list(action.value) == [0, 0, 0, 1]
    assert not action.engaged


def test_a_keyboard_that_vanishes_is_let_go_of_and_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Held keys and the latch are gone; the node goes on."""
    listener = FakeListener()
    device, _ = started(listener)
    listener.press("tab")
    listener.press("up")
    listener.press("g")
    assert device.action().engaged
    listener.failure = "the X server is gone"
    actions = [device.action() for _ in range(3)]
    assert [action.engaged for action in actions] == [False] * 3
    assert [list(action.value) for action in actions] == [[0, 0, 0, 1]] * 3
    assert caplog.text.count("the X server is gone") == 1
    assert listener.stopped


def test_a_stopped_device_listens_no_more() -> None:
    """The listener is told."""
    listener = FakeListener()
    device, sent = started(listener)
    device.stop()
    listener.press("space")
    assert sent == []
