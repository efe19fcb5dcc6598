"""A bridge without a dataflow: answers LeRobot's plugins on a real socket, as a test says."""

import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from dora_hil_bridge.framing import Channel, HungUpError

SOON_S = 5.0


class ScriptedBridge:
    """Serves one client after the other.

    Attributes:
        path: its socket.
        questions: all that were asked, in order.
    """

    def __init__(self, path: Path, answer: Callable[[Mapping[str, Any]], bytes]) -> None:
        """Listen; `answer` makes a frame of each question."""
        self.path = path
        self.questions: list[Mapping[str, Any]] = []
        self._answer = answer
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listening.bind(str(path))
        self._listening.listen()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self) -> None:
        """Answer nobody any more."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()

    def asked(self, question: str) -> list[Mapping[str, Any]]:
        """Return the questions of one name."""
        return [each for each in self.questions if each["ask"] == question]

    def _run(self) -> None:
        # To shut the socket down wakes `accept` with an error.
        with suppress(OSError):
            while True:
                channel = Channel(self._listening.accept()[0])
                with suppress(HungUpError):
                    self._serve(channel)
                channel.close()

    def _serve(self, channel: Channel) -> None:
        while True:
            channel.wait()
            question = channel.receive(SOON_S).fields
            self.questions.append(question)
            channel.send(self._answer(question), SOON_S)
