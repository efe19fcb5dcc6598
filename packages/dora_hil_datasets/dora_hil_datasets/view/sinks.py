"""Where the recordings of episodes go: into files, to browsers, or to a viewer window."""

import contextlib
import os
import sys
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote

import rerun as rr

from dora_hil.display.rerun_program import is_taken
from dora_hil.errors import UserError
from dora_hil_datasets.view.viewer import HOST, deliver, start_viewer, uri

GRPC_PORT: Final = 9876
WEB_PORT: Final = 9090


class SinkError(UserError):
    """A place that recordings cannot go to."""


class Sink(Protocol):
    """Takes one recording per episode."""

    def connect(self, recording: rr.RecordingStream, episode: int) -> None:
        """Send what is logged from now on to the sink."""

    def deliver(self, recording: rr.RecordingStream) -> None:
        """Return when what was logged is there.

        Raises:
            ViewError: it never will be.
        """

    def wait(self) -> None:
        """Return when nobody needs this process any more."""

    def close(self) -> None:
        """End what was started."""


class Files:
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

    def wait(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing: a file is complete once its recording is disconnected."""


class Window:
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
        self._port = port
        if not is_taken(HOST, port):
            start_viewer(port, "--expect-data-soon", outlives_us=True)

    def connect(self, recording: rr.RecordingStream, episode: int) -> None:
        """Show a recording beside those before it."""
        recording.connect_grpc(uri(self._port))

    def deliver(self, recording: rr.RecordingStream) -> None:
        """Wait for the viewer."""
        deliver(recording, self._port)

    def wait(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing: the window stays."""


class Browser:
    """Rerun's server, for browsers on this machine."""

    def __init__(self, port: int = GRPC_PORT, web_port: int = WEB_PORT) -> None:
        """Start the server.

        Raises:
            SinkError: a port is in use.
            ViewError: the server does not start.
        """
        for wanted in (port, web_port):
            if is_taken(HOST, wanted):
                raise SinkError(f"port {wanted} is in use, by another viewer perhaps: close that")
        self._port = port
        words = ("--serve-web", "--web-viewer-port", str(web_port))
        self._server = start_viewer(port, *words, outlives_us=False)
        self._page = f"http://{HOST}:{web_port}/?url={quote(uri(port), safe='')}"

    def connect(self, recording: rr.RecordingStream, episode: int) -> None:
        """Serve a recording beside those before it."""
        recording.connect_grpc(uri(self._port))

    def deliver(self, recording: rr.RecordingStream) -> None:
        """Wait for the server."""
        deliver(recording, self._port)

    def wait(self) -> None:
        """Serve until Ctrl-C, or until the server ends."""
        print(f"open {self._page}  (Ctrl-C ends)", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            self._server.wait()

    def close(self) -> None:
        """End the server."""
        self._server.stop()
