"""LeRobot's own gRPC service in this process, to be started and killed by tests."""

import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from lerobot.rl.learner_service import MAX_WORKERS, LearnerService
from lerobot.transport import services_pb2_grpc
from lerobot.transport.utils import bytes_to_python_object, bytes_to_transitions, state_to_bytes
from ports import free_port

from lerobot_node.hil.service import InboxQueue


class LearnerRig:
    """A learner that learns nothing.

    Attributes:
        port: what it listens on, once it is started.
        service: the one that was started last.
    """

    def __init__(
        self, kind: type[LearnerService] = LearnerService, workers: int = MAX_WORKERS
    ) -> None:
        """Choose a port; nobody listens yet."""
        self.service: Any = None
        self._workers = workers
        self._kind = kind
        self.port = free_port()
        self._transitions: queue.Queue[bytes] = InboxQueue()
        self._interactions: queue.Queue[bytes] = InboxQueue()
        self._parameters: queue.Queue[bytes] = InboxQueue()
        self._server: Any = None
        self._stop = threading.Event()

    def start(self) -> None:
        """Listen, as LeRobot's learner does."""
        self._stop = threading.Event()
        self.service = self._kind(
            shutdown_event=self._stop,
            parameters_queue=self._parameters,
            seconds_between_pushes=0.05,
            transition_queue=self._transitions,
            interaction_message_queue=self._interactions,
            queue_get_timeout=0.05,
        )
        self._server = grpc.server(ThreadPoolExecutor(max_workers=self._workers))
        services_pb2_grpc.add_LearnerServiceServicer_to_server(self.service, self._server)
        self._server.add_insecure_port(f"127.0.0.1:{self.port}")
        self._server.start()

    def kill(self) -> None:
        """Vanish, in the middle of whatever it does."""
        if self._server is not None:
            self._server.stop(None).wait()
            self._stop.set()
            self._server = None

    def push(self, weights: dict[str, Any]) -> None:
        """Offer weights to the actor."""
        self.push_bytes(state_to_bytes(weights))

    def push_bytes(self, data: bytes) -> None:
        """Offer what may be no weights."""
        self._parameters.put(data)

    def episode(self, time_limit_s: float = 20.0) -> list[dict[str, Any]]:
        """Return the transitions of the next episode that arrives."""
        found: list[dict[str, Any]] = bytes_to_transitions(self.next_transitions(time_limit_s))
        return found

    def next_transitions(self, time_limit_s: float = 20.0) -> bytes:
        """Return the next message of transitions as it came."""
        return self._transitions.get(timeout=time_limit_s)

    def interaction(self, time_limit_s: float = 20.0) -> dict[str, Any]:
        """Return the figures of the next episode that arrives."""
        figures: dict[str, Any] = bytes_to_python_object(
            self._interactions.get(timeout=time_limit_s)
        )
        return figures

    def waiting(self) -> tuple[list[bytes], list[bytes]]:
        """Take the transitions and figures that have arrived and were not taken."""
        found: tuple[list[bytes], list[bytes]] = ([], [])
        for into, inbox in zip(found, (self._transitions, self._interactions), strict=True):
            while not inbox.empty():
                into.append(inbox.get())
        return found
