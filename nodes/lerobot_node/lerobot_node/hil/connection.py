"""A connection to the learner, and what comes over it."""

from collections import deque
from typing import Any

import grpc
from lerobot.transport import services_pb2_grpc
from lerobot.transport.utils import bytes_to_state_dict, grpc_channel_options

MAX_BACKOFF_MS = 2000
CONNECT_TIME_LIMIT_MS = 1000


class Newest:
    """Holds the newest weights until they are taken, by another thread."""

    def __init__(self) -> None:
        """Start empty."""
        self._weights: deque[dict[str, Any]] = deque(maxlen=1)

    def put(self, data: bytes) -> None:
        """Decode what has arrived; in the receiving thread, where nobody waits for it."""
        self._weights.append(bytes_to_state_dict(data))

    def take(self) -> dict[str, Any] | None:
        """Return the newest weights, once."""
        return self._weights.pop() if self._weights else None


class Connection:
    """A channel of one thread.

    Attributes:
        stub: what calls are made on.
    """

    def __init__(self, address: str) -> None:
        """Begin a channel; it connects when it is used."""
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
            # A proxy of the web leads to no learner, and gRPC would not name it.
            ("grpc.enable_http_proxy", 0),
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
