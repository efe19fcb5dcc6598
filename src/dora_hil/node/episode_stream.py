"""The messages of `episode`, for a run owner."""

import time
from collections.abc import Callable, Iterator

from dora_hil.node.node import Event, EventKind, NodePort
from dora_hil.stream.timestep import TimeStep

CLOSE_GRACE_S = 1.0
"""INPUT_CLOSED overtakes queued messages: as long as they follow it, they are heard."""


class EpisodeStream:
    """Yields what the body says until it has gone.

    STOP does not end it: the body then says a last word itself.

    Attributes:
        is_stopped: the dataflow was stopped, so that the body did not just vanish.
    """

    def __init__(
        self,
        port: NodePort,
        now_s: Callable[[], float] = time.monotonic,
        hear: Callable[[Event], None] | None = None,
    ) -> None:
        """Listen on a node's port; `hear` takes the events of every other input."""
        self.is_stopped = False
        self._port = port
        self._hear_other = hear
        self._now_s = now_s
        self._silent_since_s: float | None = None

    def __iter__(self) -> Iterator[TimeStep]:
        """Yield the messages one by one.

        Raises:
            MessageError: one of them is malformed.
        """
        for event in self._port.events():
            yield from self._hear(event)
            if self._has_gone():
                return

    def batches(self) -> Iterator[list[TimeStep]]:
        """Yield all messages that have arrived since the last time, at least one.

        For a listener that needs all of them and acts on the newest.

        Raises:
            MessageError: one of them is malformed.
        """
        for event in self._port.events():
            events = [event, *self._port.backlog()]
            batch = [timestep for event in events for timestep in self._hear(event)]
            if batch:
                yield batch
            if self._has_gone():
                return

    def _hear(self, event: Event) -> Iterator[TimeStep]:
        is_closed = self._silent_since_s is not None
        if event.kind is EventKind.STOP:
            # dora also says STOP once the body's end has closed the only input.
            self.is_stopped = self.is_stopped or not is_closed
        elif event.id == "episode":
            if event.kind is EventKind.CLOSED or is_closed:
                self._silent_since_s = self._now_s()
            if event.kind is EventKind.INPUT:
                yield TimeStep.from_arrow(event.value, event.metadata or {})
        elif event.id and self._hear_other is not None:
            self._hear_other(event)

    def _has_gone(self) -> bool:
        since_s = self._silent_since_s
        return since_s is not None and self._now_s() - since_s > CLOSE_GRACE_S
