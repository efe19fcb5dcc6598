"""The newest step of the body, for clients that wait for the next one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Condition
from typing import Any

from dora_hil.stream.spec import StreamSpec
from dora_hil.stream.timestep import Kind, Phase, TimeStep
from dora_hil_bridge.framing import encode


@dataclass(frozen=True, eq=False)
class Step:
    """What clients get of a `TimeStep`.

    Attributes:
        seq: counts the steps that were shown, from 0.
        episode, step, phase: as in `TimeStep`.
        is_asked: the body waits for an action.
        t_capture_ns: as in `TimeStep`.
        spec: as in `TimeStep`.
        frame: the answer to a client, with all columns of the observation.
    """

    seq: int
    episode: int
    step: int
    phase: Phase
    is_asked: bool
    t_capture_ns: int
    spec: StreamSpec
    frame: bytes


class NewestStep:
    """Holds a step until the next one comes; may be called from several threads."""

    def __init__(self) -> None:
        """Begin before the first step."""
        self._changed = Condition()
        self._step: Step | None = None

    def show(self, timestep: TimeStep) -> None:
        """Take what the body says; its arrays are copied."""
        seq = 0 if self._step is None else self._step.seq + 1
        step = Step(
            seq=seq,
            episode=timestep.episode,
            step=timestep.step,
            phase=timestep.phase,
            is_asked=timestep.kind in (Kind.FIRST, Kind.MID),
            t_capture_ns=timestep.t_capture_ns,
            spec=timestep.spec,
            frame=encode({"seq": seq}, _shown(timestep.columns)),
        )
        with self._changed:
            self._step = step
            self._changed.notify_all()

    def wait_for(self, is_wanted: Callable[[Step], bool], timeout_s: float) -> Step | None:
        """Return the newest step as soon as it is a wanted one; None after the time limit."""
        with self._changed:
            has_come = self._changed.wait_for(
                lambda: self._step is not None and is_wanted(self._step), timeout_s
            )
            return self._step if has_come else None


def describe(spec: StreamSpec) -> dict[str, Any]:
    """Return what a client needs to know of a body."""
    return {
        "body": spec.body,
        "action_spaces": spec.action_spaces,
        "columns": {
            name: {"shape": column.shape, "names": column.names}
            for name, column in spec.columns.items()
            if name.startswith(("observation.", "action."))
        },
    }


def _shown(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is `privileged`."""
    return {name: array for name, array in columns.items() if name.startswith("observation.")}
