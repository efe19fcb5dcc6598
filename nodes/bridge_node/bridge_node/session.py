"""What one LeRobot process asks, and the answers."""

import logging
import math
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

import numpy as np

from bridge_node.newest_step import NewestStep, Step, describe
from bridge_node.people import People
from dora_hil.stream.actions import ActionSpace, Float32Array
from dora_hil.stream.messages import Action, Command, Control, Message
from dora_hil.stream.spec import StreamSpec
from dora_hil.stream.timestep import HOLD, Phase
from dora_hil_bridge.framing import VERSION, encode

log = logging.getLogger(__name__)

MAX_WAIT_S = 600.0

type Send = Callable[[str, Message], None]
"""Sends a message on an output; may be called from any thread."""


class RefusedError(ValueError):
    """A question that has no answer; the text is for the person at the LeRobot command."""


class Session:
    """Answers the questions of one client, in order.

    One client at a time drives; `wheel` is locked meanwhile.
    """

    def __init__(self, newest: NewestStep, people: People, wheel: Lock, send: Send) -> None:
        """Share the step, the people and the wheel with all other sessions."""
        self._newest, self._people, self._wheel, self._send = newest, people, wheel, send
        self._questions = {
            "hello": self._hello,
            "observation": self._observation,
            "action": self._action,
            "wish": self._wish,
            "commands": self._commands,
        }
        self._observed: Step | None = None
        self._drives = False
        self._heard_commands = 0

    def answer(self, question: Mapping[str, Any]) -> bytes:
        """Return the answer as a frame; what cannot be answered gets a line that says why."""
        try:
            name = _field(question, "ask", str)
            if name not in self._questions:
                raise RefusedError(f"{name!r} is not one of {', '.join(self._questions)}")
            if self._observed is None and name != "hello":
                raise RefusedError(f"{name!r} was asked before 'hello'")
            return self._questions[name](question)
        except RefusedError as error:
            return encode({"error": str(error)})

    def end(self) -> None:
        """Let go of the wheel."""
        if self._drives:
            self._drives = False
            self._wheel.release()
            log.info("the LeRobot process that drove has gone; the arm holds")

    def _hello(self, question: Mapping[str, Any]) -> bytes:
        version = _field(question, "version", int)
        if version != VERSION:
            raise RefusedError(
                f"the dataflow speaks version {VERSION} of the bridge, this process {version}; "
                "install the plugins of the same release"
            )
        step = self._wait_for(question, lambda _: True, "the body says nothing yet")
        if _field(question, "drives", bool) and not self._drives:
            step = self._take_wheel(question, step)
        self._observed = step
        self._heard_commands = len(self._people.commands())
        return encode({"version": VERSION, **describe(step.said.spec)})

    def _take_wheel(self, question: Mapping[str, Any], step: Step) -> Step:
        """Begin with an episode of one's own: what is left of another's is discarded."""
        if not self._wheel.acquire(blocking=False):
            raise RefusedError("another LeRobot process drives already; end it first")
        self._drives = True
        log.info("a LeRobot process drives")
        before = step.said
        if before.phase is Phase.RUNNING:
            self._send("control", Control(Command.RERECORD, episode=before.episode))
        return self._wait_for(
            question,
            lambda now: now.said.phase is Phase.RUNNING and now.said.episode > before.episode,
            "no episode began; the body is to have ADVANCE auto",
        )

    def _observation(self, question: Mapping[str, Any]) -> bytes:
        after = _field(question, "after", int)
        self._observed = self._wait_for(
            question, lambda newest: newest.seq > after, "the body made no step; is it stopped?"
        )
        return self._observed.frame

    def _action(self, question: Mapping[str, Any]) -> bytes:
        if not self._drives:
            raise RefusedError("'action' was sent by a process that does not drive")
        step = self._observed
        assert step is not None
        space, value = _action_of(question, step.said.spec)
        # Outside an episode nobody asks for an action: the body holds until the next begins.
        if step.is_asked:
            said = step.said
            answer = Action(value, space, said.episode, said.step, t_obs_ns=said.t_capture_ns)
            self._send("action", answer)
        return encode({})

    def _wish(self, _question: Mapping[str, Any]) -> bytes:
        newest = self._newest.wait_for(lambda _: True, 0.0)
        assert newest is not None
        choice = self._people.choose(newest.said.episode, newest.said.step)
        if choice.space is not ActionSpace.EE_DELTA:
            raise RefusedError(
                f"the device on {choice.driver} says {choice.space}; people's devices that say "
                f"{ActionSpace.EE_DELTA} can be used here"
            )
        return encode({"value": choice.value.tolist(), "engaged": choice.driver != HOLD})

    def _commands(self, _question: Mapping[str, Any]) -> bytes:
        commands = self._people.commands(self._heard_commands)
        self._heard_commands += len(commands)
        return encode({"commands": commands})

    def _wait_for(
        self, question: Mapping[str, Any], is_wanted: Callable[[Step], bool], otherwise: str
    ) -> Step:
        timeout_s = min(_field(question, "timeout_s", float), MAX_WAIT_S)
        step = self._newest.wait_for(is_wanted, timeout_s)
        if step is None:
            raise RefusedError(f"{otherwise} (waited {timeout_s:g} s)")
        return step


def _action_of(question: Mapping[str, Any], spec: StreamSpec) -> tuple[ActionSpace, Float32Array]:
    """Check an action here: a body that is sent a wrong one ends the run."""
    space = _field(question, "space", str)
    if space not in spec.action_spaces:
        accepted = ", ".join(spec.action_spaces)
        raise RefusedError(f"action space {space!r}: the body accepts {accepted}")
    numbers = _field(question, "value", list)
    (length,) = spec.columns[f"action.{space}"].shape
    is_usable = all(isinstance(n, int | float) and math.isfinite(n) for n in numbers)
    if len(numbers) != length or not is_usable:
        raise RefusedError(f"an {space} action is {length} finite numbers, got {numbers}")
    return ActionSpace(space), np.array(numbers, dtype=np.float32)


def _field[T](question: Mapping[str, Any], name: str, kind: type[T]) -> T:
    got = question.get(name)
    if kind is float and type(got) is int:
        got = float(got)
    if type(got) is not kind:
        raise RefusedError(f"{name!r}: expected {kind.__name__}, got {got!r}")
    return got
