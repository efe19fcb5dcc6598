"""Serves LeRobot processes, each in a thread of its own, beside dora's loop."""

import logging
import socket
import threading
from collections.abc import Callable
from typing import Final

from bridge_node.listening import Listening
from bridge_node.session import Session
from dora_hil_bridge.framing import Channel, FramingError, encode

log = logging.getLogger(__name__)

MAX_CLIENTS: Final = 8
MESSAGE_S: Final = 5.0
"""A client that needs longer to send one message, or to take one, is hung up on."""

_POLL_S = 0.2


class BridgeServer:
    """Accepts clients until it is stopped; none of them is waited for by anybody else."""

    def __init__(self, listening: Listening, new_session: Callable[[], Session]) -> None:
        """Take a socket that listens, and stays open; nothing is answered before `start`."""
        self._listening = listening
        self._new_session = new_session
        self._channels: set[Channel] = set()
        self._lock = threading.Lock()
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._accept, name="bridge", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        log.info("LeRobot connects to %s", self._listening.path)
        self._thread.start()

    def stop(self) -> None:
        """Accept nobody any more, and hang up on everybody."""
        self._is_stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        with self._lock:
            for channel in self._channels:
                channel.close()

    def _accept(self) -> None:
        listening = self._listening.socket
        listening.settimeout(_POLL_S)
        while not self._is_stopped.is_set():
            try:
                stream, _ = listening.accept()
            except TimeoutError:
                continue
            stream.setblocking(True)
            threading.Thread(target=self._serve, args=(stream,), daemon=True).start()

    def _serve(self, stream: socket.socket) -> None:
        channel = Channel(stream, max_array_bytes=0)
        session = self._new_session()
        try:
            with self._lock:
                is_full = len(self._channels) >= MAX_CLIENTS
                self._channels.add(channel)
            if is_full:
                error = f"{MAX_CLIENTS} processes are connected already"
                # A socket that is closed with a question unread takes the answer with it.
                channel.receive(MESSAGE_S)
                channel.send(encode({"error": error}), MESSAGE_S)
                return
            while True:
                channel.wait()
                question = dict(channel.receive(MESSAGE_S).fields)
                channel.send(session.answer(question), MESSAGE_S)
        except ConnectionError:
            pass  # It has gone, as every process does in the end.
        except (FramingError, OSError) as error:
            if not self._is_stopped.is_set():
                log.warning("hung up on a LeRobot process: %s", error)
        finally:
            with self._lock:
                self._channels.discard(channel)
            session.end()
            channel.close()
