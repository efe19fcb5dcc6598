"""The thread that reads a pad."""

import logging
import time
from collections.abc import Callable, Iterator

import pytest

from dora_hil.stream.messages import Command, Control
from gamepad_node import gamepad_device
from gamepad_node.bindings import Bindings
from gamepad_node.fake_pads import FakePads
from gamepad_node.gamepad_device import GamepadDevice
from gamepad_node.state import PadState

FORWARD = PadState(axes={"lefty": -1.0})


class Rig:
    """A device, its pad, and what was commanded."""

    def __init__(self, pads: FakePads) -> None:
        """Take a pad; nothing is read yet."""
        self.pads = pads
        self.commands: list[Control] = []
        self.device = GamepadDevice(Bindings(), pads)

    def start(self) -> None:
        """Begin to read."""
        self.device.start(self.commands.append)

    def push_forward(self) -> None:
        """Begin to read a pad at rest, then push its stick."""
        self.start()
        time.sleep(0.05)
        self.pads.state = FORWARD
        self.until(lambda: self.device.action().engaged)

    @staticmethod
    def until(condition: Callable[[], bool]) -> None:
        """Wait for something that happens soon."""
        end_s = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < end_s, "it did not happen"
            time.sleep(0.002)


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """Return one that looks for pads often."""
    monkeypatch.setattr(gamepad_device, "LOOK_EVERY_S", 0.01)
    made = Rig(FakePads())
    yield made
    made.device.stop()


def test_what_is_held_is_the_action_and_what_is_pressed_a_command(rig: Rig) -> None:
    """Commands do not wait for a tick."""
    rig.push_forward()
    assert list(rig.device.action().value) == [1, 0, 0, 1]
    rig.pads.state = PadState(frozenset({"start"}))
    rig.until(lambda: bool(rig.commands))
    assert rig.commands[0].command is Command.NEXT


def test_unplugged_lets_go_and_replugged_goes_on(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    """Both are said."""
    caplog.set_level(logging.INFO)
    rig.push_forward()
    rig.pads.state = None
    rig.until(lambda: not rig.device.action().engaged)
    rig.pads.state = PadState()
    time.sleep(0.05)
    rig.pads.state = FORWARD
    rig.until(lambda: rig.device.action().engaged)
    said = [record.getMessage() for record in caplog.records]
    assert said.count("gamepad: fake pad") == 2
    assert said.count("no gamepad is plugged in; it may come at any time") == 1


def test_without_a_pad_it_says_so_and_idles(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """Once, and not every half second."""
    rig.pads.state = None
    rig.start()
    time.sleep(0.1)
    assert not rig.device.action().engaged
    assert len(caplog.records) == 1


def test_where_sdl_does_not_start_it_says_so_and_idles(caplog: pytest.LogCaptureFixture) -> None:
    """The others go on."""
    rig = Rig(FakePads(failure="no gamepad can be read here: no joysticks"))
    rig.start()
    rig.until(lambda: bool(caplog.records))
    assert not rig.device.action().engaged
    rig.device.stop()
    assert "going on without a gamepad" in caplog.text


def test_a_reader_that_fails_lets_go_of_everything(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing may stay held because nobody reads any more."""
    rig.push_forward()
    rig.pads.state = "broken"  # type: ignore[assignment]
    rig.until(lambda: not rig.device.action().engaged)
    # It is said a moment after everything was let go of.
    rig.until(lambda: "reading the gamepad failed" in caplog.text)


def test_stopping_closes_the_pad(rig: Rig) -> None:
    """And can be done twice."""
    rig.start()
    rig.device.stop()
    rig.device.stop()
    assert rig.pads.closed


def test_a_device_that_never_began_can_be_stopped() -> None:
    """Where the dataflow did not come about."""
    Rig(FakePads()).device.stop()
