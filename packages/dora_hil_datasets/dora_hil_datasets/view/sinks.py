"""Where the recordings of episodes go: into files, to browsers, or to a viewer window."""

import contextlib
import os
import sys
from pathlib import Path
from typing import Final
from urllib.parse import quote

import rerun as rr

from dora_hil.display.rerun_program import RerunProgram, ViewError, is_taken
from dora_hil.errors import UserError

HOST: Final = "127.0.0.1"
GRPC_PORT: Final = 9876
WEB_PORT: Final = 9090
FLUSH_TIME_LIMIT_S: Final = 2.0


class SinkError(UserError):
    """A place that recordings cannot go to."""


class Sink:
    """Takes one recording per episode."""

    def connect(self, recording: rr.RecordingStream, episode: int) -> None:
        """Send what is logged from now on to the sink."""
        raise NotImplementedError

    def deliver(self, recording: rr.RecordingStream) -> None:
        """Return when what was logged is there.

        Raises:
            ViewError: it never will be.
        """
        raise NotImplementedError

    def wait(self) -> None:
        """Return when nobody needs this process any more."""

    def close(self) -> None:
        """End what was started: not a window, which stays."""


class Files(Sink):
    """One .rrd file per episode."""

    def __init__(self, path: Path, episodes: int) -> None:
        """Write to `path`, if that ends in .rrd, else into a folder of this name.

        Raises:
            SinkError: one file for several episodes, or nothing can be written there.
        """
        self._is_file = path.suffix == ".rrd"
        if self._is_file and episodes > 1:
            raise SinkError(f"{path}: one file holds one episode; give a folder for {episodes}")
        self._path = path
        try:
            (path.parent if self._is_file else path).mkdir(parents=True, exist_ok=True)
            if self._is_file:
                path.touch()
        except OSError as error:
            raise SinkError(f"{path}: cannot be written: {error.strerror}") from None

    def connect(self, recording: rr.RecordingStream, episode: int) -> None:
        """Write a recording to its file."""
        path = self._path if self._is_file else self._path / f"episode_{episode:06d}.rrd"
        recording.save(path)
        print(path)

    def deliver(self, recording: rr.RecordingStream) -> None:
        """Write what is buffered."""
        recording.flush()


class Viewer(Sink):
    """A viewer on this machine.

    Attributes:
        port: what recordings connect to.
        uri: the same, as Rerun writes it.
    """

    def __init__(self, port: int) -> None:
        """Send to what listens there."""
        self.port = port
        self.uri = f"rerun+http://{HOST}:{port}/proxy"

    def connect(self, recording: rr.RecordingStream, episode: int) -> None:
        """Show a recording beside those before it."""
        recording.connect_grpc(self.uri)

    def deliver(self, recording: rr.RecordingStream) -> None:
        """Return when the viewer has got what was logged; Rerun alone would wait for a dead one.

        Raises:
            ViewError: it has gone.
        """
        while True:
            try:
                recording.flush(timeout_sec=FLUSH_TIME_LIMIT_S)
            except RuntimeError:
                if not is_taken(HOST, self.port):
                    raise ViewError("the viewer was closed before it had everything") from None
            else:
                return


class Window(Viewer):
    """The viewer's window; one that is open already is used."""

    def __init__(self, port: int = GRPC_PORT) -> None:
        """Open the window.

        Raises:
            SinkError: there is no display.
            ViewError: the viewer does not start on it.
        """
        has_display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        if sys.platform == "linux" and not has_display:
            raise SinkError("there is no display for the viewer: use --save FILE.rrd or --serve")
        super().__init__(port)
        if not is_taken(HOST, port):
            start_viewer(port, "--expect-data-soon", outlives_us=True)


class Browser(Viewer):
    """Rerun's server, for browsers on this machine."""

    def __init__(self, port: int = GRPC_PORT, web_port: int = WEB_PORT) -> None:
        """Start the server.

        Raises:
            SinkError: a port is in use.
            ViewError: the server does not start.
        """
        super().__init__(port)
        for wanted in (port, web_port):
            if is_taken(HOST, wanted):
                raise SinkError(f"port {wanted} is in use, by another viewer perhaps: close that")
        words = ("--serve-web", "--web-viewer-port", str(web_port))
        self._server = start_viewer(port, *words, outlives_us=False)
        self._page = f"http://{HOST}:{web_port}/?url={quote(self.uri, safe='')}"

    def wait(self) -> None:
        """Serve until Ctrl-C, or until the server ends."""
        print(f"open {self._page}  (Ctrl-C ends)", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            self._server.wait()

    def close(self) -> None:
        """End the server."""
        self._server.stop()


def start_viewer(port: int, *arguments: str, outlives_us: bool) -> RerunProgram:
    """Start Rerun's program, reachable from this machine only.

    Args:
        port: what recordings connect to.
        arguments: further ones of its command line.
        outlives_us: it stays when this process ends, as a window should.

    Raises:
        ViewError: it does not start.
    """
    # Without --bind it would listen to the whole network.
    words = ["--bind", HOST, "--port", str(port), *arguments]
    program = RerunProgram(words, outlives_us=outlives_us)
    program.start(HOST, port)
    return program
