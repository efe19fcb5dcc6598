"""A dora node without dora: plays events, records what is sent with its metadata."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from dora_hil.stream.messages import Message


@dataclass
class FakeNode:
    """Stand-in for `dora.Node` in tests of a node's loop.

    Attributes:
        script: the events to deliver, in order; then the stream is closed. A list in it is a
            burst: events that have arrived together.
        inputs: input id to source, as the YAML would have it.
        outputs: the declared outputs.
        sent: every message sent, as (output, value, metadata).
    """

    script: Iterable[dict[str, Any] | list[dict[str, Any]]] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()
    sent: list[tuple[str, pa.Array, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Take the script as a stream, so that a generator may react to what was sent."""
        self._events = iter(self.script)
        self._arrived: list[dict[str, Any]] = []

    def next(self, timeout: float | None = None) -> dict[str, Any] | None:
        """Return the next scripted event; None at the end."""
        if not self._arrived:
            following = next(self._events, None)
            if following is None:
                return None
            self._arrived = following if isinstance(following, list) else [following]
        return self._arrived.pop(0)

    def try_recv(self) -> dict[str, Any] | None:
        """Return what follows in the present burst."""
        return self._arrived.pop(0) if self._arrived else None

    def send_output(self, output_id: str, data: pa.Array, metadata: dict[str, Any]) -> None:
        """Record a message."""
        self.sent.append((output_id, data, metadata))

    def node_config(self) -> dict[str, Any]:
        """Return inputs and outputs in dora's shape."""
        return {"inputs": dict(self.inputs), "outputs": list(self.outputs)}


def input_event(name: str, message: Message) -> dict[str, Any]:
    """Return the event with which dora delivers a message."""
    value, metadata = message.to_arrow()
    return {"type": "INPUT", "id": name, "value": value, "metadata": metadata}


def tick_event(name: str = "tick", **metadata: Any) -> dict[str, Any]:
    """Return the event of a dora timer: an empty null array."""
    return {"type": "INPUT", "id": name, "value": pa.nulls(0), "metadata": metadata}


def closed_event(name: str) -> dict[str, Any]:
    """Return the event that says an input's sender has gone."""
    return {"type": "INPUT_CLOSED", "id": name}


def stop_event() -> dict[str, Any]:
    """Return dora's STOP."""
    return {"type": "STOP", "id": "MANUAL"}
