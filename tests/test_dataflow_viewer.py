"""MuJoCo's window, in a run on a real X server."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from harness import dataflow, node, passed, run
from Xlib import X
from Xlib import display as xdisplay
from Xlib.protocol.event import ClientMessage

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs an X server")


def window_of(display: str) -> str:
    """Return the id of MuJoCo's window, waiting until it is there."""
    found = subprocess.run(
        ["xdotool", "search", "--sync", "--onlyvisible", "--name", "MuJoCo"],
        env={**os.environ, "DISPLAY": display},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return found.stdout.split()[0]


def ask_to_close(display: str, window: int) -> None:
    """Do what a window manager does when a person clicks on the cross."""
    server = xdisplay.Display(display)
    message = ClientMessage(
        window=server.create_resource_object("window", window),
        client_type=server.intern_atom("WM_PROTOCOLS"),
        data=(32, [server.intern_atom("WM_DELETE_WINDOW"), X.CurrentTime, 0, 0, 0]),
    )
    server.create_resource_object("window", window).send_event(message)
    # A round trip: an X server drops the unread requests of a client that has hung up.
    server.sync()
    server.close()


def with_viewer(mode: str) -> dict[str, Any]:
    """Return the operator demo with a window."""
    graph = dataflow("dataflow-demo-operator.yaml")
    node(graph, "body")["env"]["VIEWER"] = mode
    return graph


@pytest.mark.slow
def test_a_window_opens_where_there_is_a_display_and_the_run_ends_well(
    tmp_path: Path, display: str
) -> None:
    """Mode `auto`: drawing and rendering go together, and closing harms nothing."""
    with run(with_viewer("auto"), tmp_path, environ={"DISPLAY": display, "EPISODES": "2"}) as r:
        assert window_of(display)
        r.end_well()


@pytest.mark.slow
def test_closing_the_window_ends_the_run(tmp_path: Path, display: str) -> None:
    """As a person would expect; the running episode is discarded."""
    with run(with_viewer("on"), tmp_path, environ={"DISPLAY": display, "EPISODES": "0"}) as r:
        window = window_of(display)
        r.wait_for(passed(kind="mid"))
        ask_to_close(display, int(window))
        r.end_well(30)
        assert "the viewer window was closed" in r.log()


def test_a_window_without_a_display_is_one_clear_line(tmp_path: Path) -> None:
    """Mode `on` insists."""
    with run(with_viewer("on"), tmp_path, probe=False) as r:
        assert r.wait(60) == 1, r.log()
        assert "--viewer on: no window can be opened" in r.log()
        assert "Traceback" not in r.log()


@pytest.mark.slow
def test_auto_goes_on_without_a_window_where_the_display_does_not_answer(tmp_path: Path) -> None:
    """A DISPLAY that was left over; with a warning, not with an end."""
    environ = {"DISPLAY": ":4321", "EPISODES": "1"}
    with run(with_viewer("auto"), tmp_path, environ=environ) as r:
        r.end_well()
        assert "no viewer window can be opened" in r.log()
