"""Leaving when the run is over."""

import itertools
from typing import Any

import pytest

from dora_hil.node.node import EventKind, NodePort
from dora_hil.node.run_events import RunEvents
from dora_hil.stream.messages import RunState, Status
from dora_hil.testing.fake_node import FakeNode, closed_event, input_event, stop_event, tick_event

OVER = input_event("status", Status(RunState.OVER))
GRANTED = input_event("status", Status(RunState.GRANTED, grant=0))


def events(*script: dict[str, Any]) -> tuple[list[tuple[EventKind, str]], int]:
    """Return what is yielded, and the exit code; every look at the clock takes 0.4 s."""
    looks = itertools.count()
    stream = RunEvents(NodePort(FakeNode(script)), lambda: 0.4 * next(looks))
    return [(event.kind, event.id) for event in stream], stream.exit_code


TICK = (EventKind.INPUT, "tick")


def test_over_ends_the_events_without_an_error() -> None:
    """What follows is not waited for."""
    assert events(tick_event(), GRANTED, OVER, tick_event()) == ([TICK], 0)


def test_what_the_owner_said_last_can_be_read() -> None:
    """A viewer shows it."""
    stream = RunEvents(NodePort(FakeNode([GRANTED, tick_event()])))
    assert stream.status is None
    for _ in stream:
        assert stream.status == Status(RunState.GRANTED, grant=0)


def test_stop_ends_the_events_without_an_error() -> None:
    """Ctrl-C."""
    assert events(tick_event(), stop_event(), tick_event()) == ([TICK], 0)


def test_an_owner_that_vanishes_ends_the_events_with_an_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Closed without `over`, and none follows within a second."""
    assert events(closed_event("status"), tick_event(), tick_event(), tick_event())[1] == 1
    assert "ended before the run was over; look for its last line" in caplog.text


def test_a_stream_that_ends_after_the_owner_vanished_is_an_error_too() -> None:
    """Whatever the clock says."""
    assert events(closed_event("status")) == ([], 1)


def test_an_over_that_follows_the_close_counts() -> None:
    """INPUT_CLOSED overtakes queued messages."""
    assert events(closed_event("status"), OVER) == ([], 0)


def test_a_stream_that_ends_by_itself_is_no_error() -> None:
    """No owner is wired, and all inputs are closed."""
    assert events(tick_event()) == ([TICK], 0)


def test_another_inputs_close_is_passed_on() -> None:
    """A node may care."""
    assert events(closed_event("episode")) == ([(EventKind.CLOSED, "episode")], 0)
