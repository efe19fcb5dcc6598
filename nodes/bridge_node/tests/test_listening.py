"""The socket's file: whose it is, and what happens to one that is there already."""

import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bridge_node.listening import MAX_PATH_BYTES, Listening, SocketError

HOLD = """
import signal, sys
from pathlib import Path
from bridge_node.listening import Listening
it = Listening(Path(sys.argv[1]))
print("listening", flush=True)
signal.pause()
"""


def test_nobody_else_may_connect(listening: Listening) -> None:
    """Neither group nor others."""
    assert stat.S_IMODE(listening.path.stat().st_mode) == 0o600


def test_a_socket_in_use_is_refused_with_another_way(listening: Listening) -> None:
    """And whoever uses it is not disturbed."""
    with pytest.raises(SocketError, match=r"another dataflow listens here; name .*BRIDGE_SOCKET"):
        Listening(listening.path)
    socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).connect(str(listening.path))


def test_what_a_killed_process_left_is_replaced(tmp_path: Path) -> None:
    """`kill -9` leaves the socket's file behind."""
    path = tmp_path / "b.sock"
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "listening\n"
    with pytest.raises(SocketError, match="another dataflow"):
        Listening(path)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert path.exists()
    Listening(path).close()


def test_closing_leaves_nothing_to_connect_to(tmp_path: Path) -> None:
    """So that LeRobot says at once that nobody is there."""
    path = tmp_path / "b.sock"
    Listening(path).close()
    assert not path.exists()
    Listening(path).close()


def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    """The path may have been a slip of the hand."""
    path = tmp_path / "thesis.tex"
    path.write_text("years of work")
    with pytest.raises(SocketError, match="is there already and no socket"):
        Listening(path)
    assert path.read_text() == "years of work"


def test_a_path_that_no_system_takes_is_refused(tmp_path: Path) -> None:
    """With the limit."""
    with pytest.raises(SocketError, match=f"at most {MAX_PATH_BYTES} bytes"):
        Listening(tmp_path / ("x" * MAX_PATH_BYTES))


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    """In one line."""
    with pytest.raises(SocketError, match="cannot be made: No such file"):
        Listening(tmp_path / "none" / "b.sock")


def test_the_process_keeps_its_own_file_mode(listening: Listening) -> None:
    """Files that it makes later are as readable as before."""
    before = os.umask(0o022)
    os.umask(before)
    assert before != 0o177
