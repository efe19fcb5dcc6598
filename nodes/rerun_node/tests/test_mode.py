"""Where the view is to be seen."""

from pathlib import Path

import pytest

from dora_hil.config import ConfigError
from rerun_node.mode import Mode, chosen, has_display


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return the path of a record config that is not there yet."""
    return tmp_path / "record.json"


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", {}, False),
        ("linux", {"DISPLAY": ""}, False),
        ("linux", {"DISPLAY": "localhost:10.0"}, False),
        ("darwin", {}, True),
        ("darwin", {"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, False),
        ("win32", {}, True),
    ],
)
def test_a_display_is_one_that_rerun_can_use_and_somebody_sees(
    platform: str, environ: dict[str, str], expected: bool
) -> None:
    """What `ssh -X` forwards is none."""
    assert has_display(platform, environ) is expected


@pytest.mark.parametrize(
    ("environ", "expected"), [({"DISPLAY": ":0"}, Mode.SPAWN), ({}, Mode.SERVE)]
)
def test_auto_is_a_window_where_there_is_a_display_and_else_a_server(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], expected: Mode
) -> None:
    """As on a desktop, and over SSH."""
    monkeypatch.setattr("sys.platform", "linux")
    assert chosen(Mode.AUTO, None, environ) is expected


def test_auto_is_off_where_the_record_config_says_so(config: Path) -> None:
    """LeRobot's `display_data`."""
    config.write_text('{"display_data": false, "dataset": {}}')
    assert chosen(Mode.AUTO, config, {}) is Mode.OFF


@pytest.mark.parametrize("text", ['{"display_data": true}', "{}", '{"dataset": {"fps": 10}}'])
def test_auto_shows_where_the_record_config_does_not_object(config: Path, text: str) -> None:
    """A missing key means true."""
    config.write_text(text)
    assert chosen(Mode.AUTO, config, {}) is not Mode.OFF


@pytest.mark.parametrize("mode", [Mode.SPAWN, Mode.SERVE, Mode.SAVE, Mode.OFF])
def test_a_mode_that_was_named_wins_over_the_record_config(config: Path, mode: Mode) -> None:
    """Whoever names one wants it."""
    config.write_text('{"display_data": false}')
    assert chosen(mode, config, {}) is mode


def test_a_record_config_that_is_missing_is_named(config: Path) -> None:
    """Before the node joins the dataflow."""
    with pytest.raises(ConfigError, match=r"record\.json: there is no such file"):
        chosen(Mode.AUTO, config, {})
