"""A TCP relay that can swallow what it is sent, as a network does when a path has gone."""

import socket
import threading
from contextlib import suppress

CHUNK_BYTES = 65_536


class Relay:
    """Passes connections on to a port of this machine.

    Attributes:
        port: what it listens on.
        swallows: connections that carry anything while this is set are dead from then on; they
            stay open, and nobody is told.
    """

    def __init__(self, target_port: int) -> None:
        """Listen."""
        self.swallows = False
        self._target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Close every connection, as if the cable had been cut; new ones are taken."""
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close everything."""
        for each in (self._listener, *self._sockets):
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._target_port))
            self._sockets += [near, far]
            is_dead = threading.Event()
            for source, sink in ((near, far), (far, near)):
                threading.Thread(
                    target=self._pass_on, args=(source, sink, is_dead), daemon=True
                ).start()

    def _pass_on(
        self, source: socket.socket, sink: socket.socket, is_dead: threading.Event
    ) -> None:
        try:
            while data := source.recv(CHUNK_BYTES):
                if self.swallows:
                    is_dead.set()
                if not is_dead.is_set():
                    sink.sendall(data)
        except OSError:
            return
        if not is_dead.is_set():
            sink.close()
