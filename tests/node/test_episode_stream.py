"""The messages of `episode` until the body has gone."""

import itertools
from collections.abc import Iterable
from typing import Any

import pytest
from replay_rig import body_of, perform

from dora_hil.node.episode_stream import CLOSE_GRACE_S, EpisodeStream
from dora_hil.node.node import NodePort
from dora_hil.stream.codec import MessageError
from dora_hil.testing.fake_environment import FakeEnvironment
from dora_hil.testing.fake_node import FakeNode, closed_event, input_event, stop_event, tick_event

IDLE = {"type": "ERROR", "error": "Timeout event stream error: timed out"}


def messages() -> list[dict[str, Any]]:
    """Return the events of an episode of three steps."""
    episode = perform(body_of(FakeEnvironment(), max_steps=3))
    return [input_event("episode", timestep) for timestep in episode]


def stream_of(script: Iterable[Any], **options: Any) -> EpisodeStream:
    """Return what a node hears of a script."""
    return EpisodeStream(NodePort(FakeNode(script, {"episode": "body/episode"})), **options)


def heard(script: Iterable[dict[str, Any]], tick_s: float = 0.0) -> tuple[list[int], bool]:
    """Return the steps of what comes out, and whether the run was stopped.

    Args:
        script: the events.
        tick_s: what the clock goes on by each time it is read.
    """
    reads = itertools.count()
    stream = stream_of(script, now_s=lambda: next(reads) * tick_s)
    return [timestep.step for timestep in stream], stream.is_stopped


def test_every_message_comes_out_in_order() -> None:
    """Until dora closes the stream; other inputs do not matter."""
    first, *rest = messages()
    assert heard([first, tick_event(), *rest]) == ([0, 1, 2, 3], False)


def test_what_has_arrived_together_comes_in_one_batch() -> None:
    """For a listener that acts on the newest; other inputs make no batch."""
    first, *rest = messages()
    stream = stream_of([first, [tick_event()], rest])
    batches = [[step.step for step in batch] for batch in stream.batches()]
    assert batches == [[0], [1, 2, 3]]


def test_batches_end_as_the_stream_does() -> None:
    """What was sent before the body left is heard; STOP is noted."""
    events = [[stop_event(), closed_event("episode")], messages()]
    stream = stream_of(events)
    assert [step.step for batch in stream.batches() for step in batch] == [0, 1, 2, 3]
    assert stream.is_stopped


def test_a_body_that_has_gone_is_heard_out_and_not_waited_for_long() -> None:
    """INPUT_CLOSED overtakes queued messages; the end comes even if dora keeps the stream open."""
    script = itertools.chain([closed_event("episode")], messages(), itertools.repeat(IDLE))
    steps, _ = heard(script, CLOSE_GRACE_S / 10)
    assert steps == [0, 1, 2, 3]


def test_a_stop_is_noted_and_ends_nothing() -> None:
    """The body's last word is still to come."""
    assert heard([stop_event(), *messages()]) == ([0, 1, 2, 3], True)


def test_a_stop_that_follows_the_bodys_end_is_none() -> None:
    """Dora says STOP to a node whose inputs are all closed."""
    assert heard([*messages(), closed_event("episode"), stop_event()])[1] is False


def test_a_malformed_message_is_an_error() -> None:
    """Not silence."""
    event = {**messages()[0], "metadata": {}}
    with pytest.raises(MessageError):
        heard([event])


def test_who_listens_to_other_inputs_too_hears_them_in_between() -> None:
    """Messages and closings; what comes without an input is left out."""
    first, *rest = messages()
    script = [first, tick_event(), IDLE, closed_event("action"), *rest]
    others: list[str] = []
    stream = stream_of(script, hear=lambda event: others.append(event.id))
    assert [timestep.step for timestep in stream] == [0, 1, 2, 3]
    assert others == ["tick", "action"]
