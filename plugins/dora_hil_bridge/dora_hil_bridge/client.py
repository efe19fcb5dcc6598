"""A LeRobot process's end of the connection to a running dataflow."""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from dora_hil_bridge.features import BodyFeatures
from dora_hil_bridge.framing import VERSION, Channel, FramingError, Message, encode

_MARGIN_S = 2.0
"""The bridge itself says what did not come in time; this is for a bridge that hangs."""


class BridgeError(ConnectionError):
    """The dataflow cannot be reached or refuses; the text names the socket and what to do."""


@dataclass(frozen=True)
class Wish:
    """What the people at the dataflow ask for.

    Attributes:
        value: `ee_delta`, float[4].
        is_engaged: somebody drives; else the value changes nothing.
    """

    value: tuple[float, ...]
    is_engaged: bool


def ask_features(path: Path, timeout_s: float) -> BodyFeatures:
    """Return what the body of a running dataflow shows and takes, without staying connected.

    Raises:
        BridgeError: none runs.
    """
    client = BridgeClient(path, timeout_s)
    try:
        return client.open(drives=False)
    finally:
        client.close()


class BridgeClient:
    """Asks a bridge, one question after the other; for one thread at a time."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        """Know where, and how long to wait for any answer; nothing is opened."""
        self.path = path
        self._timeout_s = timeout_s
        self._channel: Channel | None = None
        self._newest = -1

    @property
    def is_open(self) -> bool:
        """Say whether there is a connection, as far as is known."""
        return self._channel is not None

    def open(self, *, drives: bool) -> BodyFeatures:
        """Connect; returns what the body shows and takes.

        Args:
            drives: to send actions. The answer then comes when an episode has begun.

        Raises:
            BridgeError: nobody listens, somebody else drives, or it speaks another version.
        """
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        stream.settimeout(self._timeout_s)
        try:
            stream.connect(str(self.path))
        except OSError as error:
            stream.close()
            raise BridgeError(
                f"{self.path}: no dataflow listens here ({error.strerror or error}); start one "
                "first: uv run dora run dataflow-bridge.yaml (its log says where it listens)"
            ) from None
        self._channel = Channel(stream)
        try:
            said = self._ask("hello", version=VERSION, drives=drives).fields
            return BodyFeatures.of(said["body"], said["action_spaces"], said["columns"])
        except Exception:
            self.close()
            raise

    def observe(self, *, wait: bool) -> Mapping[str, NDArray[Any]]:
        """Return the columns of the newest step.

        Args:
            wait: for one that has not been returned before.

        Raises:
            BridgeError: there is none in time, or the dataflow has gone.
        """
        step = self._ask("observation", after=self._newest if wait else -1)
        self._newest = step.fields["seq"]
        return step.arrays

    def act(self, space: str, value: Sequence[float]) -> None:
        """Answer the step that was observed last.

        Raises:
            BridgeError: the action is refused, or the dataflow has gone.
        """
        self._ask("action", space=space, value=list(value))

    def wish(self) -> Wish:
        """Return what people ask for now.

        Raises:
            BridgeError: the dataflow has gone.
        """
        said = self._ask("wish").fields
        return Wish(tuple(said["value"]), said["engaged"])

    def commands(self) -> tuple[str, ...]:
        """Return what people have commanded since the last time, in order.

        Raises:
            BridgeError: the dataflow has gone.
        """
        return tuple(self._ask("commands").fields["commands"])

    def close(self) -> None:
        """Hang up; the arm holds."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def _ask(self, question: str, **fields: Any) -> Message:
        if self._channel is None:
            raise BridgeError(f"{self.path}: not connected to a dataflow")
        frame = encode({"ask": question, "timeout_s": self._timeout_s, **fields})
        try:
            self._channel.send(frame, self._timeout_s)
            answer = self._channel.receive(self._timeout_s + _MARGIN_S)
        except BaseException as error:
            # Also after Ctrl-C: the answer would be taken for that to the next question.
            self.close()
            if isinstance(error, OSError | FramingError):
                raise BridgeError(f"{self.path}: {self._reason(error)}") from None
            raise
        if (refusal := answer.fields.get("error")) is not None:
            raise BridgeError(f"{self.path}: {refusal}")
        return answer

    def _reason(self, error: Exception) -> str:
        if isinstance(error, TimeoutError):
            return f"no answer within {self._timeout_s:g} s; the dataflow hangs or is stopped"
        if isinstance(error, FramingError):
            return f"what listens here is no bridge of this version: {error}"
        return "the dataflow has ended; start it again: uv run dora run dataflow-bridge.yaml"
