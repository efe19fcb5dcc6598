"""The way to the learner and back: LeRobot's gRPC service, from threads that never give up."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import grpc
from lerobot.transport import services_pb2, services_pb2_grpc
from lerobot.transport.utils import (
    bytes_to_state_dict,
    grpc_channel_options,
    receive_bytes_in_chunks,
    send_bytes_in_chunks,
)

log = logging.getLogger(__name__)

RETRY_S = 1.0
READY_TIME_LIMIT_S = 2.0
SEND_TIME_LIMIT_S = 30.0
SAY_AGAIN_S = 30.0
MAX_BACKOFF_MS = 2000
CONNECT_TIME_LIMIT_MS = 1000


class Newest:
    """Holds the newest weights until they are taken."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._weights: dict[str, Any] | None = None

    def put(self, data: bytes) -> None:
        """Decode what has arrived; in the receiving thread, where nobody waits for it."""
        weights = bytes_to_state_dict(data)
        with self._lock:
            self._weights = weights

    def take(self) -> dict[str, Any] | None:
        """Return the newest weights, once."""
        with self._lock:
            weights, self._weights = self._weights, None
        return weights


class LearnerLink:
    """Sends episodes, receives weights; nobody waits for it.

    An episode is a call of its own, which the learner answers when it has all of it: one that
    is not answered is sent again. A learner that restarts gets what it has not confirmed.

    Attributes:
        weights: the newest ones.
        unconfirmed: episodes that the learner has not confirmed.
        failures: calls that failed so far.
    """

    def __init__(self, host: str, port: int) -> None:
        """Start the threads; the learner need not be there yet."""
        self.weights = Newest()
        self.unconfirmed = 0
        self.failures = 0
        self._address = f"{host}:{port}"
        self._stop = threading.Event()
        self._episodes: queue.SimpleQueue[tuple[bytes, bytes] | None] = queue.SimpleQueue()
        self._is_reachable: bool | None = None
        self._noting = threading.Lock()
        self._said_s = 0.0
        self._stream: Any = None
        self._connections = [_Connection(self._address) for _ in range(2)]
        self._threads = [
            threading.Thread(target=work, args=(connection,), name=name, daemon=True)
            for name, work, connection in zip(
                ("weights", "episodes"), (self._receive, self._send), self._connections, strict=True
            )
        ]
        for thread in self._threads:
            thread.start()

    def send(self, transitions: bytes, interaction: bytes) -> None:
        """Send an episode, as soon as that is possible."""
        self.unconfirmed += 1
        self._episodes.put((transitions, interaction))

    def deliver(self, time_limit_s: float) -> bool:
        """Wait until the learner has confirmed everything; returns whether it has."""
        deadline_s = time.monotonic() + time_limit_s
        while self.unconfirmed and time.monotonic() < deadline_s:
            time.sleep(0.05)
        return self.unconfirmed == 0

    def close(self) -> None:
        """Leave, whatever is still on its way."""
        self._stop.set()
        self._episodes.put(None)
        # Ends what is on its way: an open stream would keep one of the learner's three workers.
        for connection in self._connections:
            connection.close()

    def _send(self, connection: "_Connection") -> None:
        while (episode := self._episodes.get()) is not None:
            transitions, interaction = episode
            self._insist(connection, "SendTransitions", transitions, services_pb2.Transition)
            self._insist(
                connection, "SendInteractions", interaction, services_pb2.InteractionMessage
            )
            if self._stop.is_set():
                return
            self.unconfirmed -= 1

    def _insist(
        self, connection: "_Connection", method: str, data: bytes, message: Callable[..., Any]
    ) -> None:
        while not self._stop.is_set():
            try:
                call = getattr(connection.stub, method)
                call(_chunks(data, message), timeout=SEND_TIME_LIMIT_S)
            except grpc.RpcError as error:
                self._note(error)
                if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
                    self._reconnect()
                self._stop.wait(RETRY_S)
            except ValueError:
                # The channel was closed.
                self._stop.wait(RETRY_S)
            else:
                self._note(None)
                return

    def _reconnect(self) -> None:
        """Let go of connections that may lead nowhere.

        Where this machine's address has changed, or the other one vanished without a word, the
        kernel goes on for a quarter of an hour, and gRPC with it.
        """
        for connection in self._connections:
            connection.reopen()

    def _receive(self, connection: "_Connection") -> None:
        while not self._stop.is_set():
            try:
                connection.stub.Ready(services_pb2.Empty(), timeout=READY_TIME_LIMIT_S)
                self._note(None)
                self._stream = connection.stub.StreamParameters(services_pb2.Empty())
                receive_bytes_in_chunks(self._stream, self.weights, self._stop, "weights")
            except grpc.RpcError as error:
                # A cancelled stream is asked for again; if nobody is there, `Ready` finds out.
                if error.code() is not grpc.StatusCode.CANCELLED:
                    self._note(error)
            except Exception:
                # A channel that was closed raises too.
                if not self._stop.is_set():
                    log.exception("weights from %s cannot be read", self._address)
            self._stop.wait(RETRY_S)

    def _note(self, error: grpc.RpcError | None) -> None:
        """Say when the learner goes and when it is back, not every time it is tried."""
        with self._noting:
            if not self._stop.is_set():
                self._note_alone(error)

    def _note_alone(self, error: grpc.RpcError | None) -> None:
        if error is None:
            if self._is_reachable is not True:
                log.info("the learner at %s answers", self._address)
            if self._is_reachable is False and self._stream is not None:
                # It may come from a machine that has vanished without a word.
                self._stream.cancel()
            self._is_reachable = True
            return
        self.failures += 1
        now_s = time.monotonic()
        if self._is_reachable is not False or now_s - self._said_s > SAY_AGAIN_S:
            log.warning(
                "the learner at %s does not answer (%s); going on, %d episode(s) are kept for it",
                self._address,
                error.code().name,
                self.unconfirmed,
            )
            self._said_s = now_s
        self._is_reachable = False


class _Connection:
    """A channel of one thread."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.open()

    def open(self) -> None:
        """Begin a channel; it connects when it is used."""
        # gRPC would wait for up to two minutes before it looks for a learner again, and for 20 s
        # until a machine that takes the connection says its first word (this is that limit's name).
        options = [
            *grpc_channel_options(),
            ("grpc.max_reconnect_backoff_ms", MAX_BACKOFF_MS),
            ("grpc.min_reconnect_backoff_ms", CONNECT_TIME_LIMIT_MS),
            # Two channels to one address would share a connection, and its end.
            ("grpc.use_local_subchannel_pool", 1),
        ]
        self._channel = grpc.insecure_channel(self._address, options)
        self.stub = services_pb2_grpc.LearnerServiceStub(self._channel)

    def close(self) -> None:
        """Cancel what is on its way."""
        self._channel.close()

    def reopen(self) -> None:
        """Cancel what is on its way, and begin again."""
        stale = self._channel
        self.open()
        stale.close()


def _chunks(data: bytes, message: Callable[..., Any]) -> Iterator[Any]:
    yield from send_bytes_in_chunks(data, message, silent=True)
