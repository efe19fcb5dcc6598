"""Rerun's program as a destination; it is run for real, as a server."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rerun as rr
import rerun.blueprint as rrb
import rerun_cli
from ports import free_port
from rerun.experimental import RrdReader

from dora_hil.display.rerun_program import RerunProgram, ViewError, is_taken
from rerun_node.destination import BehindError
from rerun_node.viewer import Server, Window

HOST = "127.0.0.1"
GREETING = "the view: http://localhost"


@pytest.fixture
def ports() -> tuple[int, int]:
    """Return a port for the data and one for the page."""
    return free_port(), free_port()


@pytest.fixture
def program(ports: tuple[int, int]) -> RerunProgram:
    """Return Rerun's server for browsers."""
    listen = ["--bind", HOST, "--port", str(ports[0])]
    page = ["--serve-web", "--web-viewer-port", str(ports[1])]
    return RerunProgram([*listen, *page], outlives_us=False)


@pytest.fixture
def server(program: RerunProgram, ports: tuple[int, int]) -> Iterator[Server]:
    """Return a server that is not open yet."""
    view = Server(program, HOST, *ports, GREETING)
    yield view
    view.close()


def _begin(view: Server | Window, blueprint: rrb.Blueprint | None = None) -> rr.RecordingStream:
    stream = rr.RecordingStream("test")
    view.begin(stream, blueprint or rrb.Blueprint(), 0)
    return stream


def test_a_server_says_where_it_is_to_be_seen(
    server: Server, ports: tuple[int, int], caplog: pytest.LogCaptureFixture
) -> None:
    """Once it is there, page and data."""
    caplog.set_level("INFO")
    server.open()
    assert caplog.messages == [GREETING]
    assert is_taken(HOST, ports[0])
    assert is_taken(HOST, ports[1])


@pytest.mark.parametrize(("index", "variable"), [(0, "RERUN_PORT"), (1, "RERUN_WEB_PORT")])
def test_a_port_in_use_is_refused_by_a_server(
    server: Server, ports: tuple[int, int], index: int, variable: str
) -> None:
    """On a shared machine it may be anybody's: nobody gets our pictures by accident."""
    with socket.create_server((HOST, ports[index])), pytest.raises(ViewError) as error:
        server.open()
    assert str(error.value) == f"port {ports[index]} is in use: name a free one with ${variable}"


def test_a_window_that_was_left_open_is_used_again(
    server: Server, ports: tuple[int, int], caplog: pytest.LogCaptureFixture
) -> None:
    """The program that would be started could not even start."""
    caplog.set_level("INFO")
    server.open()
    window = Window(RerunProgram(["--no-such-option"], outlives_us=True), HOST, ports[0])
    window.open()
    assert caplog.messages[-1] == f"using what listens on port {ports[0]} already"
    stream = _begin(window)
    stream.log("number", rr.Scalars(1.0))
    window.deliver(stream)
    window.end(stream)


@pytest.mark.filterwarnings("ignore:RRD file has no footer")
def test_what_was_delivered_reaches_a_late_watcher_with_its_layout(
    server: Server, ports: tuple[int, int], tmp_path: Path
) -> None:
    """A browser that opens the page in the third episode sees all of them."""
    server.open()
    blueprint = rrb.Blueprint(rrb.TextDocumentView(origin="number"))
    for _ in range(2):
        stream = _begin(server, blueprint)
        stream.log("number", rr.Scalars(1.0))
        server.deliver(stream)
        server.end(stream)
    copy = tmp_path / "late.rrd"
    program = Path(rerun_cli.__file__).with_name("rerun")
    source = f"rerun+http://{HOST}:{ports[0]}/proxy"
    with subprocess.Popen([program, "--save", copy, source], stderr=subprocess.DEVNULL) as watcher:
        deadline_s = time.monotonic() + 20.0
        while _stores(copy) != (2, 1) and time.monotonic() < deadline_s:
            time.sleep(0.1)
        watcher.terminate()
    assert _stores(copy) == (2, 1)


def _stores(path: Path) -> tuple[int, int]:
    """Count recordings and blueprints in a file that is still being written."""
    if not path.exists() or not path.stat().st_size:
        return 0, 0
    return len(RrdReader(path).recordings()), len(RrdReader(path).blueprints())


def test_a_viewer_that_hangs_is_behind_and_may_catch_up(
    server: Server, program: RerunProgram
) -> None:
    """It takes what fits into its buffers, then nothing."""
    server.open()
    stream = _begin(server)
    server.deliver(stream)
    process = program._process
    assert process is not None
    noise = np.random.default_rng(0).integers(0, 255, (1000, 1000, 3), dtype=np.uint8)
    os.kill(process.pid, signal.SIGSTOP)
    try:
        for _ in range(10):
            stream.log("picture", rr.Image(noise))
        with pytest.raises(BehindError):
            server.deliver(stream)
    finally:
        os.kill(process.pid, signal.SIGCONT)
    server.deliver(stream)
    server.end(stream)


def test_a_viewer_that_was_closed_is_an_error(server: Server) -> None:
    """Not an endless wait."""
    server.open()
    stream = _begin(server)
    server.deliver(stream)
    server.close()
    stream.log("number", rr.Scalars(1.0))
    with pytest.raises(ViewError, match="has gone"):
        server.deliver(stream)
    server.end(stream)
