"""The node's options, and the view that comes of them."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rerun as rr
from ports import free_port

from dora_hil.display.rerun_program import RerunProgram
from dora_hil.stream.timestep import TimeStep
from rerun_node.options import build
from rerun_node.recording_folder import FolderError

MakeStep = Callable[..., TimeStep]
Read = Callable[[Path, str], list[dict[str, Any]]]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Note the command lines of Rerun's program instead of running it."""
    lines: list[list[str]] = []

    def start(program: RerunProgram, host: str, port: int) -> None:
        lines.append([*map(str, program._arguments)])

    monkeypatch.setattr(RerunProgram, "start", start)
    return lines


def _open(*arguments: str) -> None:
    view = build(arguments, {})
    assert view is not None
    view.open()


def test_off_is_no_view() -> None:
    """Nothing is started."""
    assert build(["--mode", "off"], {}) is None


@pytest.mark.parametrize(
    ("options", "entry"), [((), "EncodedImage:blob"), (("--jpeg-quality", "0"), "Image:buffer")]
)
def test_files_hold_jpegs_unless_told_otherwise(
    tmp_path: Path, make_step: MakeStep, read: Read, options: tuple[str, ...], entry: str
) -> None:
    """A tenth of the size; one file per episode, in the folder."""
    view = build(["--mode", "save", "--path", str(tmp_path / "run"), *options], {})
    assert view is not None
    view.show(make_step(0), None)
    view.close()
    (row,) = read(tmp_path / "run" / "episode_000000.rrd", "observation.images.front")
    assert entry in row


def test_a_viewer_gets_pictures_that_it_need_not_decode(
    make_step: MakeStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would show them late, if at all."""
    compressed: list[rr.Image] = []
    monkeypatch.setattr(rr.Image, "compress", lambda image, **_: compressed.append(image))
    ports = ["--port", str(free_port()), "--web-port", str(free_port())]
    view = build(["--mode", "serve", *ports], {})
    assert view is not None
    view.open()
    view.show(make_step(0), None)
    view.close()
    assert compressed == []


def test_save_needs_a_folder() -> None:
    """There is no good place to guess."""
    with pytest.raises(FolderError, match=r"name a new folder with --path or \$RERUN_PATH"):
        build(["--mode", "save"], {})


def test_a_record_config_may_switch_the_view_off(tmp_path: Path) -> None:
    """As `display_data` does for LeRobot."""
    config = tmp_path / "record.json"
    config.write_text('{"display_data": false}')
    assert build(["--config_path", str(config)], {}) is None


def test_the_environment_has_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dataflow sets variables where a person types options."""
    monkeypatch.setenv("RERUN_MODE", "off")
    assert build([], os.environ) is None


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            "serve --web-port 2 --memory-limit 2GB",
            "--bind 127.0.0.1 --port 1 --serve-web --web-viewer-port 2 --server-memory-limit 2GB",
        ),
        # Rerun's default is pages of localhost alone.
        (
            "serve --web-port 2 --memory-limit 1GB --bind 0.0.0.0",
            "--bind 0.0.0.0 --port 1 --serve-web --web-viewer-port 2 "
            "--cors-allow-origin http://*:2 --server-memory-limit 1GB",
        ),
        # A window's own server is for clients that come later: hardly ever any.
        (
            "spawn --memory-limit 10%",
            "--bind 127.0.0.1 --port 1 --memory-limit 10% --server-memory-limit 100MB "
            "--hide-welcome-screen --expect-data-soon",
        ),
    ],
)
def test_what_is_started_keeps_as_much_as_it_is_allowed_and_listens_where_it_is_told_to(
    started: list[list[str]], options: str, expected: str
) -> None:
    """A server for the network gives its data to its own page, too."""
    _open("--port", "1", "--mode", *options.split())
    (line,) = started
    assert " ".join(line) == expected


@pytest.mark.parametrize(
    ("bind", "greeting"),
    [
        (
            "127.0.0.1",
            "the view: http://localhost:2/?url=rerun%2Bhttp%3A%2F%2Flocalhost%3A1%2Fproxy "
            "(from another machine after: ssh -L 2:127.0.0.1:2 -L 1:127.0.0.1:1 HOST)",
        ),
        ("0.0.0.0", "the view: http://lab-3:2/?url=rerun%2Bhttp%3A%2F%2Flab-3%3A1%2Fproxy"),
    ],
)
@pytest.mark.usefixtures("started")
def test_a_server_says_how_to_get_at_it(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, bind: str, greeting: str
) -> None:
    """By ssh, both ports forwarded, or by its own name: localhost is another machine elsewhere."""
    caplog.set_level("INFO")
    monkeypatch.setattr("socket.gethostname", lambda: "lab-3")
    _open("--mode", "serve", "--port", "1", "--web-port", "2", "--bind", bind)
    assert caplog.messages == [greeting]


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("MODE", "window", "'window' is not one of auto, spawn, serve, save, off"),
        ("JPEG_QUALITY", "101", "101 is not from 0 to 100"),
        ("MEMORY_LIMIT", "lots", "'lots' is not an amount like 2GB, 500MiB or 10%"),
        ("BIND", "localhost", "'localhost' is not an IPv4 address"),
        ("PORT", "0", "0 is not from 1 to 65535"),
        ("WEB_PORT", "http", "'http' is not a whole number"),
    ],
)
def test_an_unusable_variable_is_refused_with_what_is_accepted(
    variable: str,
    value: str,
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In one line, before the node joins the dataflow."""
    monkeypatch.setenv(f"RERUN_{variable}", value)
    with pytest.raises(SystemExit, match="2"):
        build([], {})
    said = capsys.readouterr().err
    assert expected in said
    assert said.count("\n") == 1
