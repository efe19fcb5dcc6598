"""The step that everybody gets."""

import socket
import threading
from collections.abc import Callable

import numpy as np

from bridge_node.newest_step import NewestStep, Step, describe
from dora_hil.stream.timestep import Kind, Phase, TimeStep
from dora_hil_bridge.framing import Channel, Message

MakeStep = Callable[..., TimeStep]
SOON_S = 5.0


def anything(_: Step) -> bool:
    """Want whatever there is."""
    return True


def decoded(step: Step) -> Message:
    """Return what a client makes of a step."""
    ours, theirs = socket.socketpair()
    with ours:
        Channel(ours).send(step.frame, SOON_S)
        channel = Channel(theirs)
        message = channel.receive(SOON_S)
        channel.close()
    return message


def newest_of(*timesteps: TimeStep) -> Step:
    """Return the step after these have been shown."""
    newest = NewestStep()
    for timestep in timesteps:
        newest.show(timestep)
    step = newest.wait_for(anything, 0.0)
    assert step is not None
    return step


def test_a_client_sees_the_observation_alone(make_step: MakeStep) -> None:
    """What is privileged is for scripts inside the dataflow."""
    message = decoded(newest_of(make_step()))
    assert set(message.arrays) == {"observation.state", "observation.images.front"}
    np.testing.assert_array_equal(
        message.arrays["observation.images.front"], np.full((2, 4, 3), 7, np.uint8)
    )


def test_steps_are_counted_whatever_their_kind(make_step: MakeStep) -> None:
    """Between episodes a client waits for the next picture too."""
    phase = make_step(-1, kind=Kind.PHASE, phase=Phase.RESETTING)
    assert newest_of(phase, phase, make_step(0)).seq == 2


def test_only_first_and_mid_are_to_be_answered(make_step: MakeStep) -> None:
    """After LAST nobody waits for an action."""
    last = make_step(3, kind=Kind.LAST, phase=Phase.RESETTING)
    phase = make_step(-1, kind=Kind.PHASE, phase=Phase.RESETTING)
    shown = [newest_of(step).is_asked for step in (make_step(0), make_step(1), last, phase)]
    assert shown == [True, True, False, False]


def test_who_waits_gets_the_step_when_it_comes(make_step: MakeStep) -> None:
    """In another thread."""
    newest = NewestStep()
    newest.show(make_step(0))
    got: list[Step | None] = []
    waiting = threading.Thread(
        target=lambda: got.append(newest.wait_for(lambda step: step.seq > 0, SOON_S))
    )
    waiting.start()
    newest.show(make_step(1))
    waiting.join()
    assert got[0] is not None
    assert got[0].said.step == 1


def test_nothing_within_the_time_limit_is_none(make_step: MakeStep) -> None:
    """Before the first step, and where none is wanted."""
    newest = NewestStep()
    assert newest.wait_for(anything, 0.0) is None
    newest.show(make_step())
    assert newest.wait_for(lambda _: False, 0.01) is None


def test_a_description_has_what_is_shown_and_what_is_taken(make_step: MakeStep) -> None:
    """Shapes and names, of observations and actions."""
    described = describe(make_step().spec)
    assert described["body"] == "fake"
    assert set(described["columns"]) == {
        "observation.state",
        "observation.images.front",
        "action.ee_delta",
        "action.ee_absolute",
    }
