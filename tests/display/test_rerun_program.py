"""Rerun's own program, started and ended for real."""

import importlib.util
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ports import free_port

from dora_hil.display.rerun_program import RerunProgram, ViewError, is_taken

HOST = "127.0.0.1"


@pytest.fixture
def port() -> int:
    """Return a port that nobody listens on."""
    return free_port()


@pytest.fixture
def program(port: int) -> Iterator[RerunProgram]:
    """Return a server that is not started yet."""
    server = RerunProgram(["--serve-grpc", "--bind", HOST, "--port", str(port)], outlives_us=False)
    yield server
    server.stop()


@pytest.fixture
def other_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put another program in the place of Rerun's."""

    def put(text: str) -> None:
        (tmp_path / "__init__.py").touch()
        script = tmp_path / "rerun"
        script.write_text(text)
        script.chmod(0o755)
        spec = importlib.util.spec_from_file_location("rerun_cli", tmp_path / "__init__.py")
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)

    return put


def test_it_listens_once_it_is_started_and_no_more_once_it_is_stopped(
    program: RerunProgram, port: int
) -> None:
    """Nothing is left running."""
    program.start(HOST, port)
    assert is_taken(HOST, port)
    program.stop()
    assert not is_taken(HOST, port)


def test_a_program_that_does_not_start_is_quoted(port: int) -> None:
    """It knows what is wrong: no display, no graphics."""
    program = RerunProgram(["--no-such-option"], outlives_us=False)
    with pytest.raises(ViewError, match=r"Rerun does not start: .*--help"):
        program.start(HOST, port)


def test_a_program_that_says_nothing_is_an_error_too(
    port: int, other_program: Callable[[str], None]
) -> None:
    """There is nothing to quote."""
    other_program("#!/bin/sh\nexit 1\n")
    with pytest.raises(ViewError, match="Rerun does not start: it gave no reason"):
        RerunProgram([], outlives_us=False).start(HOST, port)


def test_a_program_that_is_missing_is_named(
    port: int, other_program: Callable[[str], None], tmp_path: Path
) -> None:
    """A wheel without a viewer."""
    other_program("")
    (tmp_path / "rerun").unlink()
    with pytest.raises(ViewError, match=r"rerun: cannot be started: No such file or directory"):
        RerunProgram([], outlives_us=False).start(HOST, port)


def test_a_package_that_is_missing_is_named(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rerun's library without its program."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ViewError, match="rerun_cli is missing"):
        RerunProgram([], outlives_us=False).start(HOST, port)


def test_a_window_outlives_the_node(
    port: int, other_program: Callable[[str], None], tmp_path: Path
) -> None:
    """People look at it when the run is over."""
    other_program(
        f"#!/usr/bin/env python3\n"
        f"import os, socket, time\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\n"
        f"listener = socket.create_server(({HOST!r}, {port}))\n"
        f"time.sleep(30)\n"
    )
    window = RerunProgram([], outlives_us=True)
    window.start(HOST, port)
    window.stop()
    assert is_taken(HOST, port)
    os.kill(int((tmp_path / "pid").read_text()), 15)


def test_a_program_that_does_not_want_to_end_is_ended(
    port: int, other_program: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that hangs must not keep its port."""
    monkeypatch.setattr("dora_hil.display.rerun_program.STOP_TIME_LIMIT_S", 0.2)
    other_program(
        f"#!/usr/bin/env python3\n"
        f"import signal, socket, time\n"
        f"signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"listener = socket.create_server(({HOST!r}, {port}))\n"
        f"time.sleep(30)\n"
    )
    program = RerunProgram([], outlives_us=False)
    program.start(HOST, port)
    program.stop()
    assert not is_taken(HOST, port)


def test_a_program_that_never_listens_is_given_up(
    port: int,
    other_program: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """And can be stopped."""
    monkeypatch.setattr("dora_hil.display.rerun_program.START_TIME_LIMIT_S", 0.5)
    pid = tmp_path / "pid"
    other_program(f"#!/bin/sh\necho $$ > {pid}\nexec sleep 30\n")
    program = RerunProgram([], outlives_us=False)
    with pytest.raises(ViewError, match=r"Rerun does not listen after 0\.5 s"):
        program.start(HOST, port)
    program.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_what_was_never_started_can_be_stopped(program: RerunProgram) -> None:
    """A view that could not be opened is closed as well."""
    program.stop()
