"""A destination: Rerun's program, which shows what it is sent."""

import logging
from typing import Final

import rerun as rr
import rerun.blueprint as rrb

from dora_hil.display.rerun_program import RerunProgram, ViewError, is_taken
from rerun_node.destination import BehindError

log = logging.getLogger(__name__)

FLUSH_TIME_LIMIT_S: Final = 1.0
_TIMED_OUT: Final = "Flush timed out"


class Viewer:
    """What a window and a server have in common; `Window` and `Server` say how they open."""

    is_live = True

    def __init__(self, program: RerunProgram, host: str, port: int) -> None:
        """Say what to start, and where it listens; the port is gRPC's."""
        self._program = program
        self._host, self._port = host, port
        self._blueprint: rrb.Blueprint | None = None

    def begin(self, stream: rr.RecordingStream, blueprint: rrb.Blueprint, episode: int) -> None:
        """Connect; a known blueprint is left as the person who watches has changed it."""
        stream.connect_grpc(f"rerun+http://{self._host}:{self._port}/proxy")
        if blueprint is not self._blueprint:
            stream.send_blueprint(blueprint)
            self._blueprint = blueprint

    def deliver(self, stream: rr.RecordingStream) -> None:
        """Wait for the program; Rerun would otherwise queue without end, then block."""
        try:
            stream.flush(timeout_sec=FLUSH_TIME_LIMIT_S)
        except RuntimeError as error:
            if str(error).startswith(_TIMED_OUT):
                raise BehindError(f"the viewer on port {self._port}") from None
            raise ViewError(f"the viewer on port {self._port} has gone") from None

    def end(self, stream: rr.RecordingStream) -> None:
        """Disconnect; the recording stays in the viewer. May wait for it for ever."""
        stream.disconnect()

    def close(self) -> None:
        """End the program, unless it is to stay."""
        self._program.stop()


class Window(Viewer):
    """A window; one that was left open is used again."""

    def open(self) -> None:
        """Open the window, if there is none."""
        if is_taken(self._host, self._port):
            log.info("using what listens on port %d already", self._port)
        else:
            self._program.start(self._host, self._port)


class Server(Viewer):
    """A server for browsers."""

    def __init__(
        self, program: RerunProgram, host: str, port: int, web_port: int, greeting: str
    ) -> None:
        """Say what to start; people are greeted once it is there."""
        super().__init__(program, host, port)
        self._web_port = web_port
        self._greeting = greeting

    def open(self) -> None:
        """Start the server.

        Raises:
            ViewError: a port is in use, or it does not start.
        """
        for port, variable in ((self._port, "RERUN_PORT"), (self._web_port, "RERUN_WEB_PORT")):
            if is_taken(self._host, port):
                # On a shared machine it may be anybody's, so it is not used.
                raise ViewError(f"port {port} is in use: name a free one with ${variable}")
        self._program.start(self._host, self._port)
        log.info("%s", self._greeting)
