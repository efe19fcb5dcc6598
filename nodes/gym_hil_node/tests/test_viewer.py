"""When there is a window, and how it is opened."""

import os
import subprocess
import sys

import pytest

from gym_hil_node.viewer import ViewerError, needs_mjpython, run_under_mjpython, wants_viewer


@pytest.mark.parametrize(
    ("mode", "platform", "environ", "expected"),
    [
        ("auto", "linux", {}, False),
        ("auto", "linux", {"DISPLAY": ":0"}, True),
        ("auto", "linux", {"DISPLAY": ""}, False),
        ("auto", "linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("auto", "darwin", {}, True),
        ("auto", "darwin", {"SSH_CONNECTION": "1 2 3 4"}, False),
        ("on", "linux", {}, True),
        ("off", "linux", {"DISPLAY": ":0"}, False),
    ],
)
def test_auto_opens_a_window_where_there_is_a_display(
    mode: str, platform: str, environ: dict[str, str], expected: bool
) -> None:
    """And `on` and `off` do what they say."""
    assert wants_viewer(mode, platform, environ) is expected


def test_mjpython_is_needed_on_macos_only_and_once() -> None:
    """It sets a variable of its own, by which the second start is known."""
    assert needs_mjpython("darwin", {})
    assert not needs_mjpython("darwin", {"MJPYTHON_BIN": "/x"})
    assert not needs_mjpython("linux", {})


def test_the_node_starts_itself_under_mjpython_with_the_same_arguments() -> None:
    """No wrapper script in the YAML."""
    calls: list[tuple[str, list[str]]] = []
    run_under_mjpython(
        ["--seed", "7"],
        which=lambda name: f"/venv/bin/{name}",
        execv=lambda path, argv: calls.append((path, argv)),
    )
    assert calls == [
        ("/venv/bin/mjpython", ["/venv/bin/mjpython", "-m", "gym_hil_node.main", "--seed", "7"])
    ]


def test_what_is_started_in_a_nodes_place_still_has_its_stdout() -> None:
    """The pipe in which dora's own lines are looked for ends with the program that reads it."""
    code = (
        "import sys\n"
        "from dora_hil import logs\n"
        "from gym_hil_node.viewer import run_under_mjpython\n"
        "logs.set_up('gym-hil-node')\n"
        "run_under_mjpython(['--help'], which=lambda _: sys.executable)\n"
    )
    environ = {**os.environ, "DORA_NODE_CONFIG": "{}"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "--viewer" in done.stdout


def test_a_missing_mjpython_says_how_to_go_without() -> None:
    """`--viewer off`."""
    with pytest.raises(ViewerError, match="--viewer off"):
        run_under_mjpython([], which=lambda _name: None)
