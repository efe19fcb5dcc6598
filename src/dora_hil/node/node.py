"""What every node does around its own loop: start, logging, events, sending, leaving.

`Node()` is a start barrier: it returns when every node of the dataflow has called it. So a
node parses its arguments and builds its object first, then calls `attach`.
"""

import logging
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import FrameType
from typing import Any, Protocol, cast

import pyarrow as pa

from dora_hil import logs
from dora_hil.errors import UserError
from dora_hil.stream.messages import Message, RunState, Status

log = logging.getLogger(__name__)

POLL_S = 0.1
_TIMEOUT = "Timeout event stream error"


class DoraNode(Protocol):
    """The part of `dora.Node` that is used here; dora's own stub leaves some of it out."""

    def next(self, timeout: float | None = None) -> dict[str, Any] | None:
        """Return the next event, an ERROR event on timeout, None when the stream is closed."""

    def try_recv(self) -> dict[str, Any] | None:
        """Return an event that has already arrived; None if there is none."""

    def send_output(self, output_id: str, data: pa.Array, metadata: dict[str, Any]) -> None:
        """Send one message."""

    def node_config(self) -> dict[str, Any]:
        """Return what the YAML says of this node's inputs and outputs."""


class EventKind(Enum):
    """What a node has to react to."""

    INPUT = auto()
    CLOSED = auto()
    STOP = auto()
    IDLE = auto()


@dataclass(frozen=True)
class Event:
    """One event; `IDLE` comes after a while without any other.

    Attributes:
        kind: see `EventKind`.
        id: the input, for INPUT and CLOSED.
        value: the Arrow array, for INPUT.
        metadata: the sender's metadata, for INPUT.
    """

    kind: EventKind
    id: str = ""
    value: Any = None
    metadata: Mapping[str, Any] | None = None


class NodePort:
    """A node attached to its dataflow."""

    def __init__(self, node: DoraNode) -> None:
        """Read from the YAML which inputs and outputs there are."""
        self._node = node
        config = node.node_config()
        self.inputs: dict[str, str] = {
            name: _source(entry) for name, entry in dict(config.get("inputs") or {}).items()
        }
        self.outputs = frozenset(config.get("outputs") or ())
        self._terminated = False
        self._refused: set[str] = set()

    def inputs_named(self, prefix: str) -> list[str]:
        """Return the input ids that begin with a prefix, for instance ``intervention_``."""
        return sorted(name for name in self.inputs if name.startswith(prefix))

    def send(self, output: str, message: Message) -> None:
        """Send a message on an output that the YAML declares; else do nothing."""
        if output in self.outputs:
            self._node.send_output(output, *message.to_arrow())

    def send_array(self, output: str, value: pa.Array, metadata: dict[str, Any]) -> None:
        """Send a plain array on an output that the YAML declares; else do nothing."""
        if output in self.outputs:
            self._node.send_output(output, value, metadata)

    def refuse(self, name: str, error: Exception) -> None:
        """Say once of an input that what comes there is not understood, and is ignored."""
        if name not in self._refused:
            self._refused.add(name)
            log.warning("input %r (%s): %s; ignored", name, self.inputs.get(name), error)

    def terminate(self) -> None:
        """Make the loop see a STOP, as SIGTERM does."""
        self._terminated = True

    def events(self, wait_s: Callable[[], float] = lambda: POLL_S) -> Iterator[Event]:
        """Yield events until the stream is closed.

        STOP overtakes queued inputs, so a loop that must lose nothing goes on until this
        ends by itself.

        Args:
            wait_s: after how long without an event an IDLE is due.

        Raises:
            RuntimeError: dora reports an error.
        """
        terminated = False
        while True:
            if self._terminated and not terminated:
                terminated = True
                yield Event(EventKind.STOP)
            raw = self._node.next(timeout=wait_s())
            if raw is None:
                return
            event = _event(raw)
            if event is not None:
                yield event

    def backlog(self) -> list[Event]:
        """Return the events that have already arrived, without waiting for any.

        Raises:
            RuntimeError: dora reports an error.
        """
        events = []
        # dora's own `drain` raises where the stream is closed.
        while (raw := self._node.try_recv()) is not None:
            event = _event(raw)
            if event is not None:
                events.append(event)
        return events


def _event(raw: dict[str, Any]) -> Event | None:
    """Return what a node has to react to, or None for anything else."""
    match raw["type"]:
        case "INPUT":
            return Event(EventKind.INPUT, raw["id"], raw["value"], raw["metadata"])
        case "INPUT_CLOSED":
            return Event(EventKind.CLOSED, raw["id"])
        case "STOP":
            return Event(EventKind.STOP)
        case "ERROR" if str(raw["error"]).startswith(_TIMEOUT):
            return Event(EventKind.IDLE)
        case "ERROR":
            raise RuntimeError(raw["error"])
        case "NODE_FAILED":
            log.warning("node %s failed", raw.get("id"))
    return None


def _source(entry: Any) -> str:
    """Return ``node/output`` or ``dora/timer/...`` of an input, however dora spells it."""
    while isinstance(entry, dict) and "source" in entry:
        entry = entry["source"]
    return str(entry)


def attach() -> NodePort:
    """Join the dataflow; everything slow must be built by now.

    Raises:
        NotStartedError: started by hand instead of by dora; or another node failed, so that the
            dataflow does not start.
    """
    # dora sends STOP on Ctrl-C; a KeyboardInterrupt in the middle of a step would lose it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from dora import Node

    try:
        node = cast(DoraNode, Node())
    except RuntimeError as error:
        raise NotStartedError(_why_not_started(str(error))) from None
    port = NodePort(node)

    def terminate(_signal: int, _frame: FrameType | None) -> None:
        port.terminate()

    signal.signal(signal.SIGTERM, terminate)
    return port


class NotStartedError(UserError):
    """Raised by `attach` outside a dataflow, and where the dataflow does not come about."""


def _why_not_started(reason: str) -> str:
    """Say how a node is started, or name the culprit of the causes that dora lists by lines."""
    if "DORA_NODE_CONFIG" in reason:
        return "a node runs inside a dataflow, for instance: uv run dora run dataflow-demo.yaml"
    lines = [line.strip() for line in reason.splitlines()]
    cause = next((line for line in lines if "exited before" in line), lines[0])
    return f"the dataflow did not start: {cause.removeprefix('2: ')}"


class StatusWatch:
    """Knows when a node has to leave: `over` was said, or the run owner is gone."""

    GRACE_S = 1.0
    """INPUT_CLOSED overtakes queued messages: an `over` may still follow it."""

    def __init__(self) -> None:
        """Start with a run that goes on."""
        self.over = False
        self._closed_at_s: float | None = None

    def hear(self, status: Status) -> None:
        """Take what the run owner says."""
        self.over = self.over or status.state is RunState.OVER

    def closed(self, now_s: float) -> None:
        """Note that the input `status` was closed."""
        if self._closed_at_s is None:
            self._closed_at_s = now_s

    def exit_code(self, now_s: float) -> int | None:
        """Return 0 after `over`, 1 if the owner left without it, None to go on."""
        if self.over:
            return 0
        if self._closed_at_s is not None and now_s - self._closed_at_s >= self.GRACE_S:
            return 1
        return None


def run_main(name: str, main: Callable[[], int]) -> None:
    """Run a node's `main` and exit with its code; a known error is one line and exit code 2."""
    logs.set_up(name)
    try:
        code = main()
    except UserError as error:
        sys.stderr.write(f"{name}: {error}\n")
        code = 2
    sys.exit(code)
