"""Leaving when the run is over."""

import itertools
from typing import Any

import pytest

from dora_hil.node.node import EventKind, NodePort
from dora_hil.node.run_events import RunEvents
from dora_hil.stream.messages import RunState, Status
from dora_hil.testing.fake_node import FakeNode, closed_event, input_event, stop_event, tick_event

OVER = input_event("status", Status(RunState.OVER))
BUSY = input_event("status", Status(RunState.BUSY))
GRANTED = input_event("status", Status(RunState.GRANTED, grant=0))


def events(*script: dict[str, Any]) -> tuple[list[tuple[EventKind, str]], int]:
    """Return what is yielded, and the exit code; every look at the clock takes 0.4 s."""
    looks = itertools.count()
    stream = RunEvents(NodePort(FakeNode(script)), lambda: 0.4 * next(looks))
    return [(event.kind, event.id) for event in stream], stream.exit_code


TICK = (EventKind.INPUT, "tick")


@pytest.mark.parametrize(
    ("script", "seen", "code"),
    [
        # What follows `over` is not waited for; granted and busy are not over.
        ([tick_event(), GRANTED, BUSY, tick_event(), OVER, tick_event()], [TICK] * 2, 0),
        # Ctrl-C.
        ([tick_event(), stop_event(), tick_event()], [TICK], 0),
        # INPUT_CLOSED overtakes queued messages.
        ([closed_event("status"), OVER], [], 0),
        # No owner is wired, and all inputs are closed.
        ([tick_event()], [TICK], 0),
        # The stream ends after the owner vanished: an error, whatever the clock says.
        ([closed_event("status")], [], 1),
        # A node may care about the close of another input.
        ([closed_event("episode")], [(EventKind.CLOSED, "episode")], 0),
    ],
)
def test_what_a_node_sees_until_it_leaves(
    script: list[dict[str, Any]], seen: list[tuple[EventKind, str]], code: int
) -> None:
    """And whether it leaves with an error."""
    assert events(*script) == (seen, code)


def test_what_the_owner_said_last_can_be_read() -> None:
    """A viewer shows it."""
    stream = RunEvents(NodePort(FakeNode([GRANTED, tick_event()])))
    assert stream.status is None
    for _ in stream:
        assert stream.status == Status(RunState.GRANTED, grant=0)


def test_an_owner_that_vanishes_ends_the_events_with_an_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Closed without `over`, and none follows within a second."""
    assert events(closed_event("status"), tick_event(), tick_event(), tick_event())[1] == 1
    assert "ended before the run was over; look for its last line" in caplog.text
