"""The newest step of the body, for clients that wait for the next one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Condition
from typing import Any

from dora_hil.stream.spec import StreamSpec
from dora_hil.stream.timestep import Kind, TimeStep
from dora_hil_bridge.framing import encode


@dataclass(frozen=True, eq=False)
class Step:
    """A `TimeStep` as clients get it.

    Attributes:
        seq: counts the steps that were shown, from 0.
        said: what the body said, without its arrays, which are dora's memory.
        frame: the answer to a client, with all columns of the observation.
    """

    seq: int
    said: TimeStep
    frame: bytes

    @property
    def is_asked(self) -> bool:
        """Say whether the body waits for an action."""
        return self.said.kind in (Kind.FIRST, Kind.MID)


class NewestStep:
    """Holds a step until the next one comes; may be called from several threads."""

    def __init__(self) -> None:
        """Begin before the first step."""
        self._changed = Condition()
        self._step: Step | None = None

    def show(self, timestep: TimeStep) -> None:
        """Take what the body says; its arrays are copied."""
        seq = 0 if self._step is None else self._step.seq + 1
        # What is `privileged` is left out.
        shown = {n: array for n, array in timestep.columns.items() if n.startswith("observation.")}
        said = replace(timestep, columns={}, actions={})
        step = Step(seq, said, encode({"seq": seq}, shown))
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
