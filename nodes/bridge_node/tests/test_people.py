"""What people ask for, and what they command."""

import time
from typing import Any

import numpy as np
import pytest

from bridge_node.people import People
from dora_hil.node.node import Event, EventKind
from dora_hil.stream.codec import MessageError
from dora_hil.stream.messages import Action, Command, Control, Message

LEFT = np.array([0.0, 1.0, 0.0, 1.0], dtype=np.float32)
RIGHT = np.array([0.0, -1.0, 0.0, 1.0], dtype=np.float32)
HELD = [0.0, 0.0, 0.0, 1.0]


@pytest.fixture
def people() -> People:
    """Return two devices."""
    return People(["intervention_keyboard", "intervention_web"])


def said(name: str, message: Message) -> Event:
    """Return the event of a message."""
    value, metadata = message.to_arrow()
    return Event(EventKind.INPUT, name, value, metadata)


def press(value: Any, engaged: bool = True) -> Action:
    """Return what a device says."""
    return Action(value, engaged=engaged)


def test_the_first_device_that_engages_drives(people: People) -> None:
    """Until it lets go, whatever the others do; nobody does at first."""
    choice = people.choose(0, 0)
    assert (choice.driver, choice.value.tolist()) == ("hold", HELD)
    people.hear(said("intervention_web", press(LEFT)))
    assert people.choose(0, 1).driver == "intervention_web"
    people.hear(said("intervention_keyboard", press(RIGHT)))
    choice = people.choose(0, 2)
    assert (choice.driver, choice.value.tolist()) == ("intervention_web", LEFT.tolist())


def test_a_device_that_falls_silent_drives_no_more(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was unplugged, or hangs."""
    people.hear(said("intervention_web", press(LEFT)))
    people.choose(0, 1)
    spoke_s = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: spoke_s + 0.3)
    assert people.choose(0, 2).value.tolist() == HELD
    monkeypatch.setattr(time, "monotonic", lambda: spoke_s + 0.7)
    assert people.choose(0, 3).driver == "hold"


def test_a_device_that_has_gone_drives_no_more(people: People) -> None:
    """Its node has ended."""
    people.hear(said("intervention_web", press(LEFT)))
    people.hear(Event(EventKind.CLOSED, "intervention_web"))
    assert people.choose(0, 1).driver == "hold"


def test_a_new_episode_needs_a_fresh_press(people: People) -> None:
    """What is held from the last one was meant for that."""
    people.hear(said("intervention_web", press(LEFT)))
    people.begin_episode()
    people.hear(said("intervention_web", press(LEFT)))
    assert people.choose(1, 0).driver == "hold"
    people.hear(said("intervention_web", press(np.array(HELD, np.float32), engaged=False)))
    people.hear(said("intervention_web", press(LEFT)))
    assert people.choose(1, 1).driver == "intervention_web"


def test_commands_of_all_devices_are_kept_in_order(people: People) -> None:
    """Who has heard some asks for the rest."""
    people.hear(said("control_web", Control(Command.SUCCESS)))
    people.hear(said("control_keyboard", Control(Command.NEXT)))
    assert people.commands() == [Command.SUCCESS, Command.NEXT]
    assert people.commands(1) == [Command.NEXT]
    assert people.commands(2) == []


def test_a_malformed_message_is_an_error(people: People) -> None:
    """Not silence."""
    value, _ = press(LEFT).to_arrow()
    with pytest.raises(MessageError):
        people.hear(Event(EventKind.INPUT, "intervention_web", value, {}))
