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


class ConfirmingService(LearnerService):  # type: ignore[misc] # LeRobot has no types
    """Answers a call when what it carried lies in the queue.

    LeRobot's own answers as well while the learner leaves, and drops what it was sent.
    """

    def __init__(self, **parts: Any) -> None:
        """Take LeRobot's parts."""
        super().__init__(**parts)
        self._putting = threading.Lock()
        self._is_leaving = False

    def leave(self) -> None:
        """Confirm nothing from now on."""
        with self._putting:
            self._is_leaving = True

    def SendTransitions(self, request_iterator: Any, context: Any) -> Any:  # noqa: N802 - gRPC's
        """Take the transitions of an episode."""
        return self._take(request_iterator, context, self.transition_queue)

    def SendInteractions(self, request_iterator: Any, context: Any) -> Any:  # noqa: N802 - gRPC's
        """Take the figures of an episode."""
        return self._take(request_iterator, context, self.interaction_message_queue)

    def _take(self, chunks: Any, context: Any, into: Any) -> Any:
        whole: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        receive_bytes_in_chunks(chunks, whole, _NEVER, "[LEARNER]")
        with self._putting:
            if self._is_leaving:
                # Raises; the actor sends it again, to the next learner.
                context.abort(grpc.StatusCode.UNAVAILABLE, "the learner is leaving")
            while not whole.empty():
                into.put(whole.get())
        return services_pb2.Empty()
