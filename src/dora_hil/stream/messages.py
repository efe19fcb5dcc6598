"""What devices, policies and run owners say: `Action`, `Control`, `Status` (schema 1).

What a body says is a `TimeStep`; `docs/design.md` has the table of all four.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, Self

import numpy as np
import pyarrow as pa

from dora_hil.stream.actions import ActionSpace, Float32Array
from dora_hil.stream.codec import SCHEMA, MessageError, Metadata, MetadataReader, Row, choice, pack
from dora_hil.stream.training_progress import TrainingProgress


class Message(Protocol):
    """What can be sent on a port."""

    def to_arrow(self) -> tuple[pa.StructArray, Metadata]:
        """Return the value and the metadata of one dora message."""


class Command(StrEnum):
    """What a person can ask of an episode."""

    STOP = "stop"
    RERECORD = "rerecord"
    NEXT = "next"
    SUCCESS = "success"
    FAILURE = "failure"
    TASK = "task"


class RunState(StrEnum):
    """What a run owner says of the run."""

    GRANTED = "granted"
    BUSY = "busy"
    OVER = "over"


@dataclass(frozen=True, eq=False)
class Action:
    """What to do next, on `action` from a policy or on `intervention_<device>` from a person.

    Attributes:
        value: float32[n] in `space`.
        space: how the numbers are meant.
        episode, step: the `TimeStep` this answers; -1 for a device that does not listen.
        engaged: the device wants to drive; true on `action`.
        t_obs_ns: `t_capture_ns` of the answered step, or when the device was read.
    """

    value: Float32Array
    space: ActionSpace = ActionSpace.EE_DELTA
    episode: int = -1
    step: int = -1
    engaged: bool = True
    t_obs_ns: int = 0

    def to_arrow(self) -> tuple[pa.StructArray, Metadata]:
        """Encode.

        Raises:
            MessageError: the value is not a float32 vector.
        """
        if self.value.dtype != np.float32 or self.value.ndim != 1:
            raise MessageError(
                f"action: expected a float32 vector, got {self.value.dtype}{self.value.shape}"
            )
        return pack({"value": self.value}), {
            "schema": SCHEMA,
            "space": str(self.space),
            "episode": int(self.episode),
            "step": int(self.step),
            "engaged": bool(self.engaged),
            "t_obs_ns": int(self.t_obs_ns),
        }

    @classmethod
    def from_arrow(cls, value: pa.Array, metadata: Mapping[str, Any]) -> Self:
        """Decode; `value` is a read-only view.

        Raises:
            MessageError: says which column or key was not as expected.
        """
        row, meta = Row("action", value), MetadataReader("action", metadata)
        return cls(
            value=row.array("value", None, "float32"),
            space=meta.choice("space", ActionSpace),
            episode=meta.value("episode", int),
            step=meta.value("step", int),
            engaged=meta.value("engaged", bool),
            t_obs_ns=meta.value("t_obs_ns", int),
        )


@dataclass(frozen=True)
class Control:
    """An episode command, on `control_<device>`.

    Attributes:
        command: see `Command`.
        seq: counts the device's commands from 0.
        episode: the episode it is meant for; -1 for the present one. A stale one is ignored.
        t_press_ns: `time.monotonic_ns()` of the key press.
        unanswered: nobody behind the sender answers this episode's steps any more, for a stage
            has ended it for them.
        task: with TASK, what is to be done from now on, in words.
    """

    command: Command
    seq: int = 0
    episode: int = -1
    t_press_ns: int = 0
    unanswered: bool = False
    task: str = ""

    def to_arrow(self) -> tuple[pa.StructArray, Metadata]:
        """Encode."""
        return pack({"command": str(self.command)}), {
            "schema": SCHEMA,
            "seq": int(self.seq),
            "episode": int(self.episode),
            "t_press_ns": int(self.t_press_ns),
            "unanswered": bool(self.unanswered),
            **({"task": self.task} if self.task else {}),
        }

    @classmethod
    def from_arrow(cls, value: pa.Array, metadata: Mapping[str, Any]) -> Self:
        """Decode.

        Raises:
            MessageError: says which column or key was not as expected.
        """
        row, meta = Row("control", value), MetadataReader("control", metadata)
        return cls(
            command=choice("control: column 'command'", row.text("command"), Command),
            seq=meta.value("seq", int),
            episode=meta.value("episode", int),
            t_press_ns=meta.value("t_press_ns", int),
            unanswered=meta.optional("unanswered", bool) or False,
            task=meta.optional("task", str) or "",
        )


@dataclass(frozen=True)
class Status:
    """What the run owner says, on `status`.

    Attributes:
        state: see `RunState`.
        role: who owns the run: recorder, replayer, evaluator, actor, bridge, or the body itself.
        grant: counts the granted episodes from 0; -1 where none is granted.
        seed: for the granted episode; -1 lets the body choose.
        saved, target: episodes kept so far, and how many there shall be; 0 for no limit.
        ok: false when something went wrong.
        message: a line for people; with OVER what went wrong, or what there is now and how to
            go on.
        training: how it goes, where the run trains a policy; else None.
        task: what is to be done in the granted episode, in words; empty leaves it as it is.
    """

    state: RunState
    role: str = ""
    grant: int = -1
    seed: int = -1
    saved: int = 0
    target: int = 0
    ok: bool = True
    message: str = ""
    training: TrainingProgress | None = None
    task: str = ""

    def to_arrow(self) -> tuple[pa.StructArray, Metadata]:
        """Encode."""
        return pack({"state": str(self.state)}), {
            "schema": SCHEMA,
            "role": self.role,
            "grant": int(self.grant),
            "seed": int(self.seed),
            "saved": int(self.saved),
            "target": int(self.target),
            "ok": bool(self.ok),
            "message": self.message,
            **({} if self.training is None else {"training": self.training.to_json()}),
            **({"task": self.task} if self.task else {}),
        }

    @classmethod
    def from_arrow(cls, value: pa.Array, metadata: Mapping[str, Any]) -> Self:
        """Decode.

        Raises:
            MessageError: says which column or key was not as expected.
        """
        row, meta = Row("status", value), MetadataReader("status", metadata)
        training = meta.optional("training", str)
        return cls(
            state=choice("status: column 'state'", row.text("state"), RunState),
            role=meta.value("role", str),
            grant=meta.value("grant", int),
            seed=meta.value("seed", int),
            saved=meta.value("saved", int),
            target=meta.value("target", int),
            ok=meta.value("ok", bool),
            message=meta.value("message", str),
            training=None if training is None else TrainingProgress.from_json(training),
            task=meta.optional("task", str) or "",
        )
