"""Where recordings go."""

import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import rerun as rr
from ports import free_port
from rerun.experimental import RrdReader

from dora_hil.display.rerun_program import ViewError, is_taken
from dora_hil_datasets.view.sinks import HOST, Browser, Files, Sink, SinkError, Window, start_viewer


@pytest.fixture
def ports() -> tuple[int, int]:
    """Return two ports that nobody listens on."""
    return free_port(), free_port()


@pytest.fixture
def server(ports: tuple[int, int]) -> Iterator[int]:
    """Run a viewer on a port, without a window."""
    viewer = start_viewer(ports[0], "--serve-grpc", outlives_us=False)
    yield ports[0]
    viewer.stop()


def _record(sink: Sink, episode: int) -> None:
    recording = rr.RecordingStream("test")
    sink.connect(recording, episode)
    recording.log("number", rr.Scalars(1.0))
    sink.deliver(recording)
    recording.disconnect()


def test_a_name_that_ends_in_rrd_is_the_file(tmp_path: Path) -> None:
    """Its folder is created."""
    _record(Files(tmp_path / "new" / "one.rrd", episodes=1), 3)
    assert len(RrdReader(tmp_path / "new" / "one.rrd").recordings()) == 1


def test_another_name_is_a_folder_with_a_file_for_each_episode(tmp_path: Path) -> None:
    """They sort by the episode's number."""
    sink = Files(tmp_path / "some", episodes=2)
    _record(sink, 3)
    _record(sink, 12)
    names = sorted(path.name for path in (tmp_path / "some").iterdir())
    assert names == ["episode_000003.rrd", "episode_000012.rrd"]


def test_several_episodes_do_not_fit_into_one_file(tmp_path: Path) -> None:
    """The second would overwrite the first."""
    with pytest.raises(SinkError, match="one file holds one episode"):
        Files(tmp_path / "one.rrd", episodes=2)


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """Before anything is decoded."""
    (tmp_path / "file").touch()
    with pytest.raises(SinkError, match="cannot be written"):
        Files(tmp_path / "file" / "one.rrd", episodes=1)


def test_without_a_display_there_is_no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text says what to do instead."""
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SinkError, match=r"--save FILE\.rrd or --serve"):
        Window()


def test_a_viewer_that_is_open_is_used_and_stays(
    server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second look at a dataset does not open a second window."""
    monkeypatch.setenv("DISPLAY", ":none")
    with closing(Window(server)) as window:
        _record(window, 0)
    assert is_taken(HOST, server)


def test_a_browser_gets_the_viewers_page_until_the_server_is_closed(
    ports: tuple[int, int],
) -> None:
    """Nothing is left running."""
    with closing(Browser(*ports)) as browser:
        _record(browser, 0)
        _record(browser, 1)
        with urllib.request.urlopen(f"http://{HOST}:{ports[1]}/", timeout=10) as answer:
            assert b"<html" in answer.read().lower()
    assert not is_taken(HOST, ports[0])
    assert not is_taken(HOST, ports[1])


def test_a_viewer_that_was_closed_is_an_error_and_not_an_endless_wait(
    ports: tuple[int, int],
) -> None:
    """Rerun by itself would wait for it for ever."""
    browser = Browser(*ports)
    recording = rr.RecordingStream("test")
    browser.connect(recording, 0)
    browser.deliver(recording)
    browser.close()
    recording.log("number", rr.Scalars(1.0))
    with pytest.raises(ViewError, match="closed before it had everything"):
        browser.deliver(recording)


def test_the_address_for_the_browser_is_printed(
    ports: tuple[int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    """It names the data's port too, escaped."""
    browser = Browser(*ports)
    browser.close()
    browser.wait()
    escaped = f"rerun%2Bhttp%3A%2F%2F{HOST}%3A{ports[0]}%2Fproxy"
    assert f"http://{HOST}:{ports[1]}/?url={escaped} " in capsys.readouterr().out


def test_a_port_in_use_is_named(server: int, ports: tuple[int, int]) -> None:
    """Rerun's server would start and serve nothing."""
    with pytest.raises(SinkError, match=f"port {server} is in use"):
        Browser(server, ports[1])
