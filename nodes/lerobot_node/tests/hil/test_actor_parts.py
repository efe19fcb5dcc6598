"""How a learner that is a node of the dataflow ends."""

from dora_hil.node.node import Event, EventKind
from dora_hil.stream.messages import RunState, Status
from lerobot_node.hil.actor_parts import LearnerEnd

CLOSED = Event(EventKind.CLOSED, "learner")


def said(message: str, *, ok: bool = False) -> Event:
    """Return the learner's last word."""
    status = Status(RunState.OVER, role="learner", ok=ok, message=message)
    return Event(EventKind.INPUT, "learner", *status.to_arrow())


def test_its_reason_is_the_runs_reason() -> None:
    """At once."""
    end = LearnerEnd()
    assert end.look() == ""
    end.hear(said("the disk is full"))
    assert end.look() == "the learner has ended: the disk is full"


def test_a_reason_that_comes_behind_the_end_is_waited_for() -> None:
    """`INPUT_CLOSED` overtakes queued messages; `kill -9` says nothing."""
    clock = [0.0]
    end = LearnerEnd(lambda: clock[0])
    end.hear(CLOSED)
    clock[0] = 0.5
    assert end.look() == ""
    end.hear(said("out of memory"))
    assert "out of memory" in end.look()
    killed = LearnerEnd(lambda: clock[0])
    killed.hear(CLOSED)
    clock[0] = 2.0
    assert "ended without a word" in killed.look()
    assert "RESUME_TRAINING=1 goes on" in killed.look()
