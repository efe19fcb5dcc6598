"""The events of a node that leaves when the run is over."""

import logging
import time
from collections.abc import Callable, Iterator

from dora_hil.errors import left_early
from dora_hil.node.node import Event, EventKind, NodePort, StatusWatch
from dora_hil.stream.messages import Status

log = logging.getLogger(__name__)


class RunEvents:
    """Yields what a device has to handle, and ends when it has to leave.

    That is: INPUT of every input but `status`, and CLOSED. It leaves on `over`, on STOP, and
    when the run owner has gone without a word.

    Attributes:
        status: what the run owner said last; None where it said nothing yet.
        exit_code: 0, or 1 after a run owner that vanished; valid when the iteration has ended.
    """

    def __init__(self, port: NodePort, now_s: Callable[[], float] = time.monotonic) -> None:
        """Listen on a node's port; `now_s` is any monotonic clock."""
        self._port = port
        self._now_s = now_s
        self._watch = StatusWatch()
        self.status: Status | None = None
        self.exit_code = 0

    def __iter__(self) -> Iterator[Event]:
        """Yield the events."""
        for event in self._port.events():
            if event.kind is EventKind.STOP:
                return
            if event.id == "status":
                self._hear(event)
            elif event.kind is not EventKind.IDLE:
                yield event
            if self._has_to_leave(self._now_s()):
                return
        self._has_to_leave(float("inf"))

    def _hear(self, event: Event) -> None:
        if event.kind is EventKind.CLOSED:
            self._watch.closed(self._now_s())
            return
        self.status = Status.from_arrow(event.value, event.metadata or {})
        self._watch.hear(self.status)

    def _has_to_leave(self, now_s: float) -> bool:
        code = self._watch.exit_code(now_s)
        if code:
            log.error("%s", left_early(self._port.inputs.get("status", "status")))
        self.exit_code = code or 0
        return code is not None
