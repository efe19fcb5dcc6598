"""The real listener: pynput on an X server, keys pressed by xdotool."""

import time
from collections.abc import Callable, Iterator

import pytest

from dora_hil.stream.messages import Action, Control
from keyboard_node.bindings import Bindings
from keyboard_node.keyboard_device import KeyboardDevice
from keyboard_node.listener import ListenerError, PynputListener
from keyboard_node.virtual_display import VirtualDisplay


def eventually(condition: Callable[[], bool], what: str) -> None:
    """Wait until the listener's thread has seen something."""
    deadline_s = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline_s, f"never seen: {what}"
        time.sleep(0.005)


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> Iterator[VirtualDisplay]:
    """Return a desktop of its own per test."""
    with VirtualDisplay() as virtual:
        monkeypatch.setenv("DISPLAY", virtual.name)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        monkeypatch.delenv("XDG_SESSION_TYPE", raising=False)
        yield virtual


class Events:
    """What a listener reports, as text."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        self.seen: list[str] = []

    def press(self, key: str) -> None:
        """Note a press."""
        self.seen.append(f"+{key}")

    def release(self, key: str) -> None:
        """Note a release."""
        self.seen.append(f"-{key}")

    def point(self) -> None:
        """Note a click."""
        self.seen.append("click")

    def await_all(self, *expected: str) -> None:
        """Wait until these were reported."""
        eventually(lambda: set(expected) <= set(self.seen), f"{expected} in {self.seen}")


@pytest.fixture
def events(display: VirtualDisplay) -> Iterator[Events]:
    """Return what is reported of the display's keyboard."""
    events = Events()
    listener = PynputListener()
    listener.start(events.press, events.release, events.point)
    yield events
    listener.stop()


class Desk:
    """A whole keyboard device at the display, and what it sends."""

    def __init__(self) -> None:
        """Start to listen."""
        self.sent: list[Control] = []
        self.listener = PynputListener()
        self.device = KeyboardDevice(Bindings(), self.listener)
        self.device.start(self.sent.append)

    @property
    def commands(self) -> list[str]:
        """Return the commands sent so far."""
        return [str(control.command) for control in self.sent]

    def await_value(self, *expected: float) -> Action:
        """Tick until the action is as expected; return it."""
        last: list[Action] = []

        def arrived() -> bool:
            last.append(self.device.action())
            return bool((last[-1].value == expected).all())

        eventually(arrived, f"action {expected}")
        return last[-1]

    def await_commands(self, *expected: str) -> None:
        """Wait until exactly these were sent."""
        eventually(lambda: len(self.commands) >= len(expected), f"{expected}")
        assert self.commands == list(expected)


@pytest.fixture
def desk(display: VirtualDisplay) -> Iterator[Desk]:
    """Return a started keyboard device."""
    desk = Desk()
    yield desk
    desk.device.stop()


@pytest.mark.parametrize(
    "key",
    ["up", "shift_l", "shift_r", "cmd_l", "cmd_r", "ctrl_l", "ctrl_r", "alt_l", "tab", "esc", "g"],
)
def test_every_kind_of_key_is_reported_by_its_own_name(
    display: VirtualDisplay, events: Events, key: str
) -> None:
    """Left and right apart."""
    display.press(key)
    display.release(key)
    events.await_all(f"+{key}", f"-{key}")
    assert set(events.seen) == {f"+{key}", f"-{key}"}


def test_a_letter_and_tab_keep_their_names_while_shift_is_held(
    display: VirtualDisplay, events: Events
) -> None:
    """X reports `S` and `ISO_Left_Tab` then."""
    display.press("shift_l", "s", "tab")
    display.release("shift_l", "s", "tab")
    events.await_all("+s", "+tab", "-s", "-tab")
    assert set(events.seen) == {"+shift_l", "+s", "+tab", "-shift_l", "-s", "-tab"}


def test_keys_held_together_move_diagonally(display: VirtualDisplay, desk: Desk) -> None:
    """Three at once, then one less."""
    display.press("up", "right", "shift_r")
    assert desk.await_value(1, -1, 1, 1).engaged
    display.release("right")
    desk.await_value(1, 0, 1, 1)
    display.release("up", "shift_r")
    assert not desk.await_value(0, 0, 0, 1).engaged


def test_a_key_that_the_server_repeats_commands_once(display: VirtualDisplay, desk: Desk) -> None:
    """Xvfb repeats a key that has been down for 0.66 s; repeats arrive with the next event."""
    repeats = Events()
    watching = PynputListener()
    watching.start(repeats.press, repeats.release, repeats.point)
    display.press("space")
    time.sleep(1.0)
    display.press("up")
    display.release("space")
    repeats.await_all("-space")
    watching.stop()
    assert repeats.seen.count("+space") > 1
    desk.await_value(1, 0, 0, 1)
    assert desk.commands == ["next"]


def test_ctrl_alone_is_a_rerecord_and_ctrl_c_is_none(display: VirtualDisplay, desk: Desk) -> None:
    """It acts on release, when nothing else was pressed."""
    display.press("ctrl_l", "c")
    display.release("c", "ctrl_l")
    display.tap("ctrl_r", "space")
    desk.await_commands("rerecord", "next")


@pytest.mark.parametrize("button", [1, 4])
def test_ctrl_with_the_mouse_is_no_rerecord(
    display: VirtualDisplay, desk: Desk, button: int
) -> None:
    """A click, and a turn of the wheel, are heard between the press and the release."""
    display.press("ctrl_l")
    display.click(button)
    display.release("ctrl_l")
    display.press("space")
    desk.await_commands("next")


def test_the_mouse_is_heard_in_the_order_of_the_keys(
    display: VirtualDisplay, events: Events
) -> None:
    """On one line with them, however fast a hand is; and moving it says nothing."""
    for _ in range(20):
        display.run("xdotool", "keydown", "37", "click", "4", "mousemove", "9", "9", "keyup", "37")
    events.await_all("-ctrl_l")
    eventually(lambda: len(events.seen) >= 80, "twenty turns of the wheel")
    assert events.seen == ["+ctrl_l", "click", "click", "-ctrl_l"] * 20


def test_stop_is_held_on_a_real_keyboard(display: VirtualDisplay, desk: Desk) -> None:
    """A tap ends no run."""
    display.tap("esc", "space")
    desk.await_commands("next")
    display.press("esc")
    eventually(lambda: bool(desk.device.action()) and len(desk.commands) > 1, "stop")
    assert desk.commands == ["next", "stop"]


@pytest.mark.parametrize("layouts", ["ru", "gr", "ru,us", "us,ru", "ua,gr"])
def test_commands_are_where_the_keys_are_on_a_layout_without_latin_letters(
    display: VirtualDisplay, layouts: str
) -> None:
    """Started under it: `g` grips, `s` is a success, and what is written on the keys is said."""
    display.use_layout(layouts)
    desk = Desk()
    display.press("g")
    desk.await_value(0, 0, 0, 0)
    display.release("g")
    display.press("s")
    eventually(lambda: bool(desk.device.action()) and bool(desk.commands), "success")
    assert desk.commands == ["success"]
    assert desk.listener.down() == frozenset({"s"})
    sigma, i = "\N{GREEK SMALL LETTER SIGMA}", "\N{CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I}"
    written = {"ru": "ы", "gr": sigma, "ua,gr": i}
    assert desk.listener.foreign.get("s") == written.get(layouts)
    desk.device.stop()


def test_on_a_latin_layout_a_key_is_what_is_written_on_it(display: VirtualDisplay) -> None:
    """Dvorak has its `o` where a US keyboard has `s`."""
    display.use_layout("dvorak")
    events, listener = Events(), PynputListener()
    listener.start(events.press, events.release, events.point)
    display.press("s")
    events.await_all("+o")
    assert listener.down() == frozenset({"o"})
    assert not listener.foreign
    listener.stop()


def test_a_release_that_no_event_reports_is_read_from_the_server(
    display: VirtualDisplay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The listener is deaf to releases here; XQueryKeymap is not."""
    listener = PynputListener()
    start = listener.start
    monkeypatch.setattr(
        listener, "start", lambda press, _, point: start(press, lambda _: None, point)
    )
    device = KeyboardDevice(Bindings(), listener)
    device.start(lambda _: None)
    display.press("up")
    eventually(lambda: device.action().value[0] == 1, "the press")
    assert device.action().engaged
    display.release("up")
    eventually(lambda: not device.action().engaged, "the lost release")
    device.stop()


def test_a_server_that_dies_leaves_an_idle_device(
    display: VirtualDisplay,
    desk: Desk,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Held keys are let go of, it is said once, and without a traceback."""
    display.press("up", "tab")
    desk.await_value(1, 0, 0, 1)
    display.close()
    eventually(lambda: not desk.device.action().engaged, "let go")
    assert list(desk.device.action().value) == [0, 0, 0, 1]
    assert caplog.text.count("the keyboard is gone") == 1
    assert "Traceback" not in capfd.readouterr().err


def test_a_display_that_hides_its_keyboard_names_the_ssh_option(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`ssh -X` gives a display without the RECORD extension."""
    with VirtualDisplay("-extension", "RECORD") as display:
        monkeypatch.setenv("DISPLAY", display.name)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        monkeypatch.delenv("XDG_SESSION_TYPE", raising=False)
        listener = PynputListener()
        with pytest.raises(ListenerError, match="ssh -Y"):
            listener.start(lambda _: None, lambda _: None, lambda: None)
        listener.stop()
