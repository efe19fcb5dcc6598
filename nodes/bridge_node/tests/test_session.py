"""One client's questions, without a socket."""

import json
import struct
import threading
from collections.abc import Callable
from threading import Lock
from typing import Any

import numpy as np
import pytest

from bridge_node.newest_step import NewestStep
from bridge_node.people import People
from bridge_node.session import Session
from dora_hil.node.node import Event, EventKind
from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.messages import Action, Command, Control, Message
from dora_hil.stream.timestep import Kind, Phase, TimeStep
from dora_hil_bridge.framing import VERSION

MakeStep = Callable[..., TimeStep]
NOW = {"timeout_s": 0.0}
SOON = {"timeout_s": 5.0}


class Rig:
    """Sessions that share a dataflow.

    Attributes:
        newest, people, wheel: as in `Session`.
        sent: every message sent, as (output, message).
    """

    def __init__(self) -> None:
        """Share nothing yet."""
        self.newest = NewestStep()
        self.people = People(["intervention_web"])
        self.wheel = Lock()
        self.sent: list[tuple[str, Message]] = []

    def session(self) -> Session:
        """Return a new client's."""
        return Session(self.newest, self.people, self.wheel, self._send)

    def press(self, output: str, message: Message) -> None:
        """Let a person's device say something."""
        value, metadata = message.to_arrow()
        self.people.hear(Event(EventKind.INPUT, output, value, metadata))

    def _send(self, output: str, message: Message) -> None:
        self.sent.append((output, message))


@pytest.fixture
def rig() -> Rig:
    """Return a dataflow that has said nothing yet."""
    return Rig()


@pytest.fixture
def driving(rig: Rig, make_step: MakeStep) -> Session:
    """Drive episode 1, at its step 4."""
    session = rig.session()
    resetting = make_step(-1, episode=0, kind=Kind.PHASE, phase=Phase.RESETTING)
    rig.newest.show(resetting)
    greeting = threading.Thread(target=lambda: ask(session, "hello", drives=True, **SOON))
    greeting.start()
    while not rig.wheel.locked():
        pass
    rig.newest.show(make_step(4, episode=1))
    greeting.join()
    return session


def ask(session: Session, question: str, **fields: Any) -> dict[str, Any]:
    """Return the fields of an answer."""
    if question == "hello":
        fields = {"version": VERSION, "drives": False, **NOW, **fields}
    frame = session.answer({"ask": question, **fields})
    _, length, _ = struct.unpack("!4sIQ", frame[:16])
    answer: dict[str, Any] = json.loads(frame[16 : 16 + length])
    return answer


def test_a_greeting_is_answered_with_what_the_body_is(rig: Rig, make_step: MakeStep) -> None:
    """LeRobot asks for it before it connects."""
    rig.newest.show(make_step())
    answer = ask(rig.session(), "hello")
    assert answer["body"] == "fake"
    assert answer["columns"]["action.ee_delta"]["names"][0] == "delta_x"
    assert not rig.wheel.locked()


def test_a_client_of_another_version_is_refused_with_both(rig: Rig, make_step: MakeStep) -> None:
    """They would misunderstand one another later."""
    rig.newest.show(make_step())
    error = ask(rig.session(), "hello", version=VERSION + 1)["error"]
    assert f"version {VERSION} of the bridge, this process {VERSION + 1}" in error


def test_a_body_that_says_nothing_is_said(rig: Rig) -> None:
    """After the time that the client gives."""
    assert "the body says nothing yet" in ask(rig.session(), "hello")["error"]


def test_who_drives_begins_with_an_episode_of_its_own(rig: Rig, driving: Session) -> None:
    """Nothing had to be discarded: none was running."""
    assert rig.wheel.locked()
    assert rig.sent == []
    ask(driving, "action", space="ee_delta", value=[0.0, 0.0, 0.0, 1.0])
    [(_, action)] = rig.sent
    assert isinstance(action, Action)
    assert (action.episode, action.step) == (1, 4)


def test_what_is_left_of_another_ones_episode_is_discarded(rig: Rig, make_step: MakeStep) -> None:
    """Where the process before was killed in the middle."""
    rig.newest.show(make_step(30, episode=7))
    error = ask(rig.session(), "hello", drives=True)["error"]
    [(output, control)] = rig.sent
    assert isinstance(control, Control)
    assert (output, control.command, control.episode) == ("control", Command.RERECORD, 7)
    assert "no episode began" in error


def test_a_second_process_that_wants_to_drive_is_refused(rig: Rig, driving: Session) -> None:
    """Two policies on one arm are none; one that only listens is welcome."""
    other = rig.session()
    assert "another LeRobot process drives" in ask(other, "hello", drives=True)["error"]
    assert "error" not in ask(other, "hello")
    other.end()
    assert rig.wheel.locked()


def test_the_wheel_is_free_again_when_the_driver_has_gone(rig: Rig, driving: Session) -> None:
    """However it went; to end twice does no harm."""
    driving.end()
    driving.end()
    assert not rig.wheel.locked()


def test_an_action_answers_the_step_that_was_observed(
    rig: Rig, driving: Session, make_step: MakeStep
) -> None:
    """Not one that the client has not seen."""
    rig.newest.show(make_step(5, episode=1))
    ask(driving, "observation", after=-1, **NOW)
    rig.newest.show(make_step(6, episode=1))
    ask(driving, "action", space="ee_absolute", value=[0.4, 0.0, 0.2, 1])
    [(output, action)] = rig.sent
    assert isinstance(action, Action)
    assert output == "action"
    assert (action.step, action.space, action.t_obs_ns) == (5, ActionSpace.EE_ABSOLUTE, 7_005)
    np.testing.assert_array_equal(action.value, np.array([0.4, 0.0, 0.2, 1.0], np.float32))


def test_outside_an_episode_an_action_goes_nowhere(
    rig: Rig, driving: Session, make_step: MakeStep
) -> None:
    """It is no error: LeRobot does not know of the body's episodes."""
    rig.newest.show(make_step(-1, episode=1, kind=Kind.PHASE, phase=Phase.RESETTING))
    ask(driving, "observation", after=-1, **NOW)
    assert ask(driving, "action", space="ee_delta", value=[0, 0, 0, 1]) == {"arrays": []}
    assert rig.sent == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"space": "joint", "value": [0.0]}, "'joint': the body accepts ee_delta, ee_absolute"),
        ({"space": "ee_delta", "value": [0.0]}, "4 finite numbers, got [0.0]"),
        ({"space": "ee_delta", "value": [0, 0, 0, float("nan")]}, "4 finite numbers"),
        ({"space": "ee_delta", "value": [0, 0, 0, "up"]}, "4 finite numbers"),
        ({"space": "ee_delta"}, "'value': expected list, got None"),
        ({"space": 3, "value": []}, "'space': expected str, got 3"),
    ],
)
def test_an_unusable_action_is_refused_here(
    rig: Rig, driving: Session, fields: dict[str, Any], expected: str
) -> None:
    """A body that got it would end the run."""
    assert expected in ask(driving, "action", **fields)["error"]
    assert rig.sent == []


def test_only_who_drives_may_act(rig: Rig, make_step: MakeStep) -> None:
    """A teleoperator listens."""
    rig.newest.show(make_step())
    session = rig.session()
    ask(session, "hello")
    action = {"space": "ee_delta", "value": [0, 0, 0, 1]}
    assert "does not drive" in ask(session, "action", **action)["error"]


def test_a_step_that_does_not_come_is_said(rig: Rig, driving: Session) -> None:
    """With how long was waited."""
    error = ask(driving, "observation", after=10, timeout_s=0.01)["error"]
    assert error == "the body made no step; is it stopped? (waited 0.01 s)"


def test_a_wish_is_what_the_engaged_device_says(rig: Rig, driving: Session) -> None:
    """And to hold where nobody is."""
    assert ask(driving, "wish") == {"value": [0, 0, 0, 1], "engaged": False, "arrays": []}
    rig.press("intervention_web", Action(np.array([0.5, 0, 0, 2], dtype=np.float32)))
    assert ask(driving, "wish") == {"value": [0.5, 0, 0, 2], "engaged": True, "arrays": []}


def test_a_device_that_says_joints_is_refused(rig: Rig, driving: Session) -> None:
    """Its numbers would be taken for deltas."""
    leader = Action(np.zeros(6, dtype=np.float32), ActionSpace.JOINT)
    rig.press("intervention_web", leader)
    assert "intervention_web says joint" in ask(driving, "wish")["error"]


def test_a_command_is_reported_once_to_each_client(rig: Rig, driving: Session) -> None:
    """What was commanded before a client came is not for it."""
    rig.press("control_web", Control(Command.SUCCESS))
    later = rig.session()
    ask(later, "hello")
    rig.press("control_web", Control(Command.NEXT))
    assert ask(driving, "commands")["commands"] == ["success", "next"]
    assert ask(driving, "commands")["commands"] == []
    assert ask(later, "commands")["commands"] == ["next"]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({}, "'ask': expected str, got None"),
        ({"ask": ["hello"]}, "'ask': expected str"),
        ({"ask": "reboot"}, "'reboot' is not one of hello, observation"),
        ({"ask": "observation", "after": 0}, "'observation' was asked before 'hello'"),
        ({"ask": "hello", "version": "1"}, "'version': expected int, got '1'"),
        ({"ask": "hello", "version": True}, "'version': expected int, got True"),
        ({"ask": "hello", "version": VERSION}, "'timeout_s': expected float, got None"),
    ],
)
def test_a_question_that_makes_no_sense_gets_a_line(
    rig: Rig, question: dict[str, Any], expected: str
) -> None:
    """And nothing breaks."""
    name = question.get("ask")
    rest = {key: value for key, value in question.items() if key != "ask"}
    frame = rig.session().answer({"ask": name, **rest} if name else rest)
    assert expected in json.loads(frame[16:])["error"]
