"""What a body says: one `TimeStep` per control step, on the port `episode` (schema 1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

import numpy as np
import pyarrow as pa

from dora_hil.stream.actions import Float32Array
from dora_hil.stream.codec import SCHEMA, MessageError, Metadata, MetadataReader, Row, pack
from dora_hil.stream.spec import Columns, StreamSpec

HOLD = "hold"
"""The driver of a step in which nobody drives."""


class Kind(StrEnum):
    """Which message of an episode this is; PHASE is none of it and never recorded."""

    FIRST = "first"
    MID = "mid"
    LAST = "last"
    PHASE = "phase"


class Phase(StrEnum):
    """Where in its life an episode is, after this message."""

    RESETTING = "resetting"
    RUNNING = "running"
    DONE = "done"
    OVER = "over"


class Verdict(StrEnum):
    """Whether an episode counts; said by the body alone."""

    NONE = ""
    PENDING = "pending"
    KEEP = "keep"
    DISCARD = "discard"


class EndReason(StrEnum):
    """Why an episode ended; `operator` is a person's `next`."""

    NONE = ""
    SUCCESS = "success"
    FAILURE = "failure"
    TIME_LIMIT = "time_limit"
    OUT_OF_BOUNDS = "out_of_bounds"
    OPERATOR = "operator"
    RERECORD = "rerecord"
    STOP = "stop"
    FAULT = "fault"

    @property
    def words(self) -> str:
        """Return it as a person reads it; `operator` is the name of a node, too."""
        return "ended by a person" if self is EndReason.OPERATOR else self.value.replace("_", " ")


def end_words(reason: str) -> str:
    """Return a recorded reason as a person reads it; what another program wrote, as it is."""
    return EndReason(reason).words if reason in EndReason else reason


@dataclass(frozen=True)
class Label:
    """What the life of an episode writes on a message; see `EpisodeCycle`.

    Attributes:
        kind, phase, verdict, end_reason, run_over: as in `TimeStep`.
        reward, done, truncated, success: as in `TimeStep`.
        discard_in_s: as in `Telemetry`.
        note: a line for people, empty for none.
    """

    kind: Kind
    phase: Phase
    verdict: Verdict = Verdict.NONE
    end_reason: EndReason = EndReason.NONE
    run_over: bool = False
    reward: float = 0.0
    done: bool = False
    truncated: bool = False
    success: bool = False
    discard_in_s: float | None = None
    note: str = field(default="", compare=False)


@dataclass(frozen=True)
class Telemetry:
    """What tells people how a run goes; no policy learns from it.

    Attributes:
        driver: the input that drove, or `hold`.
        late: steps so far for which the answer was not there in time.
        missed_ticks: ticks lost so far while RUNNING, by the ticks' own timestamps; none in
            lockstep.
        safety: comma-separated names of what stepped in, empty for nothing.
        frame_age_ms: age of the oldest camera frame when the observation was taken; None where it
            has none.
        discard_in_s: while `pending`, when the episode will be discarded unless a person takes that
            back; None where nobody has asked for it.
    """

    driver: str = HOLD
    late: int = 0
    missed_ticks: int = 0
    safety: str = ""
    frame_age_ms: float | None = None
    discard_in_s: float | None = None


@dataclass(frozen=True, eq=False)
class TimeStep:
    """One step of the single ordered truth, on the port `episode`.

    FIRST carries the observation after the reset; MID and LAST the action that was executed,
    what it led to and the observation that followed. PHASE reports on everything else.

    Attributes:
        kind, phase: see `Kind` and `Phase`.
        episode: number of the attempt, from 0, never used twice; -1 before the first.
        step: 0 for FIRST, -1 for PHASE.
        columns: `observation.*` (float32 vectors, uint8 HWC rgb) and `privileged.*`.
        actions: what was executed, float32 by action space; NaN outside MID and LAST.
        reward, done, truncated, success: as in Gymnasium; `done` means terminated.
        discrete_penalty: LeRobot's gripper penalty, not part of the reward.
        is_intervention: a person's device was driving.
        spec: shapes, names and units of all columns.
        seed: what the episode was placed by; -1 for none.
        control_dt_s: the arm's own time between two steps.
        t_capture_ns: `time.monotonic_ns()` when the observation was taken.
        telemetry: how the run goes.
    """

    kind: Kind
    phase: Phase
    episode: int
    step: int
    columns: Columns
    spec: StreamSpec
    actions: Mapping[str, Float32Array] = field(default_factory=dict)
    reward: float = 0.0
    done: bool = False
    truncated: bool = False
    success: bool = False
    discrete_penalty: float = 0.0
    is_intervention: bool = False
    seed: int = -1
    verdict: Verdict = Verdict.NONE
    end_reason: EndReason = EndReason.NONE
    run_over: bool = False
    control_dt_s: float = 0.0
    t_capture_ns: int = 0
    telemetry: Telemetry = Telemetry()

    def to_arrow(self) -> tuple[pa.StructArray, Metadata]:
        """Encode; columns the spec does not list, or of another shape, are refused.

        Raises:
            MessageError: names the column, what the spec says and what was given.
        """
        cells: dict[str, Any] = {}
        for name, spec in self.spec.columns.items():
            space = name.removeprefix("action.")
            array = self.columns.get(name) if space == name else self.actions.get(space)
            if array is None and space != name:
                array = np.full(spec.shape, np.nan, dtype=np.float32)
            if array is None:
                raise MessageError(f"episode: column {name!r} of the spec was not given")
            if array.shape != spec.shape or array.dtype != spec.dtype:
                raise MessageError(
                    f"episode: column {name!r}: the spec says {spec.dtype}{list(spec.shape)}, "
                    f"got {array.dtype}{list(array.shape)}"
                )
            cells[name] = array
        unknown = {*self.columns, *(f"action.{s}" for s in self.actions)} - set(cells)
        if unknown:
            raise MessageError(f"episode: columns not in the spec: {', '.join(sorted(unknown))}")
        cells |= {
            "next.reward": float(self.reward),
            "next.done": self.done,
            "next.truncated": self.truncated,
            "next.success": self.success,
            "complementary_info.discrete_penalty": float(self.discrete_penalty),
            "complementary_info.is_intervention": self.is_intervention,
        }
        metadata: Metadata = {
            "schema": SCHEMA,
            "kind": str(self.kind),
            "phase": str(self.phase),
            "episode": int(self.episode),
            "step": int(self.step),
            "seed": int(self.seed),
            "verdict": str(self.verdict),
            "end_reason": str(self.end_reason),
            "run_over": bool(self.run_over),
            "driver": self.telemetry.driver,
            "late": int(self.telemetry.late),
            "missed_ticks": int(self.telemetry.missed_ticks),
            "safety": self.telemetry.safety,
            "control_dt_s": float(self.control_dt_s),
            "t_capture_ns": int(self.t_capture_ns),
            "spec": self.spec.json,
        }
        for name in ("frame_age_ms", "discard_in_s"):
            if (number := getattr(self.telemetry, name)) is not None:
                metadata[name] = float(number)
        return pack(cells), metadata

    @classmethod
    def from_arrow(cls, value: pa.Array, metadata: Mapping[str, Any]) -> Self:
        """Decode; arrays are read-only views of the received buffer: copy before keeping.

        Raises:
            MessageError: says which column or key was not as expected.
        """
        row, meta = Row("episode", value), MetadataReader("episode", metadata)
        spec = StreamSpec.from_json(meta.value("spec", str))
        arrays = {
            name: row.array(name, column.shape, column.dtype)
            for name, column in spec.columns.items()
        }
        return cls(
            kind=meta.choice("kind", Kind),
            phase=meta.choice("phase", Phase),
            episode=meta.value("episode", int),
            step=meta.value("step", int),
            columns={n: a for n, a in arrays.items() if not n.startswith("action.")},
            actions={
                n.removeprefix("action."): a for n, a in arrays.items() if n.startswith("action.")
            },
            spec=spec,
            reward=row.number("next.reward"),
            done=row.flag("next.done"),
            truncated=row.flag("next.truncated"),
            success=row.flag("next.success"),
            discrete_penalty=row.number("complementary_info.discrete_penalty"),
            is_intervention=row.flag("complementary_info.is_intervention"),
            seed=meta.value("seed", int),
            verdict=meta.choice("verdict", Verdict),
            end_reason=meta.choice("end_reason", EndReason),
            run_over=meta.value("run_over", bool),
            control_dt_s=meta.value("control_dt_s", float),
            t_capture_ns=meta.value("t_capture_ns", int),
            telemetry=Telemetry(
                driver=meta.value("driver", str),
                late=meta.value("late", int),
                missed_ticks=meta.value("missed_ticks", int),
                safety=meta.value("safety", str),
                frame_age_ms=meta.optional("frame_age_ms", float),
                discard_in_s=meta.optional("discard_in_s", float),
            ),
        )
