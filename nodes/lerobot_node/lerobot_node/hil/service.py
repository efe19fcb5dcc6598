"""LeRobot's gRPC service, which confirms nothing that will not be stored."""

import queue
import threading
from typing import Any

import grpc
from lerobot.rl.learner_service import LearnerService
from lerobot.transport import services_pb2
from lerobot.transport.utils import receive_bytes_in_chunks

_NEVER = threading.Event()


class InboxQueue(queue.Queue[bytes]):
    """A queue between threads, where LeRobot has one between processes.

    What is put into that one takes a moment until it can be seen.
    """

    def close(self) -> None:
        """Do what a queue between processes needs: nothing here."""

    def cancel_join_thread(self) -> None:
        """Do what a queue between processes needs: nothing here."""


class Door:
    """Lets whole messages into queues until it is shut."""

    def __init__(self) -> None:
        """Stand open."""
        self._lock = threading.Lock()
        self._is_shut = False

    def shut(self) -> None:
        """Let nothing in from now on."""
        with self._lock:
            self._is_shut = True

    def pass_through(self, data: bytes, into: Any) -> bool:
        """Put a message into a queue; returns whether it was let in."""
        with self._lock:
            if not self._is_shut:
                into.put(data)
            return not self._is_shut


class _Entrance:
    """Stands where LeRobot's receiver expects a queue."""

    def __init__(self, door: Door, into: Any) -> None:
        self._door, self._into = door, into
        self.is_refused = False

    def put(self, data: bytes) -> None:
        self.is_refused |= not self._door.pass_through(data, self._into)


class ConfirmingService(LearnerService):  # type: ignore[misc] # LeRobot has no types
    """Answers a call when what it carried lies in the queue.

    LeRobot's own answers as well while the learner leaves, and drops what it was sent. A call may
    carry an episode, as this project's actor does, or all of them, as LeRobot's.
    """

    def __init__(self, **parts: Any) -> None:
        """Take LeRobot's parts."""
        super().__init__(**parts)
        self._door = Door()

    def leave(self) -> None:
        """Confirm nothing from now on."""
        self._door.shut()

    def SendTransitions(self, request_iterator: Any, context: Any) -> Any:  # noqa: N802 - gRPC's
        """Take the transitions of an episode."""
        return self._take(request_iterator, context, self.transition_queue)

    def SendInteractions(self, request_iterator: Any, context: Any) -> Any:  # noqa: N802 - gRPC's
        """Take the figures of an episode."""
        return self._take(request_iterator, context, self.interaction_message_queue)

    def _take(self, chunks: Any, context: Any, into: Any) -> Any:
        entrance = _Entrance(self._door, into)
        receive_bytes_in_chunks(chunks, entrance, _NEVER, "[LEARNER]")
        if entrance.is_refused:
            # Raises; the actor sends it again, to the next learner.
            context.abort(grpc.StatusCode.UNAVAILABLE, "the learner is leaving")
        return services_pb2.Empty()
