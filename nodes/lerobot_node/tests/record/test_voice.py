"""A voice that is a script, and a terminal of our own."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lerobot_node.record.voice import Voice

SAY = """
from lerobot_node.record.voice import Voice

Voice(enabled=True).say("episode 1")
print("went on")
"""


def install(folder: Path, name: str, script: str) -> None:
    """Put a program on a path."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def spoken(path: Path) -> str:
    """Wait for what the voice says."""
    for _ in range(1000):
        if path.exists() and path.read_text().endswith("\n"):
            return path.read_text()
        time.sleep(0.01)
    return "nothing"


@pytest.mark.parametrize("name", ["say", "spd-say"])
def test_it_speaks_where_the_machine_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """On macOS and on Linux; the words are one argument."""
    install(tmp_path / "bin", name, f'echo "$#: $1" > {tmp_path}/heard')
    monkeypatch.setenv("PATH", f"{tmp_path}/bin")
    Voice(enabled=True).say("episode 1")
    assert spoken(tmp_path / "heard") == "1: episode 1\n"


def test_it_does_not_wait_for_the_voice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This one does not come to an end until the recorder has gone on."""
    os.mkfifo(tmp_path / "breath")
    install(tmp_path / "bin", "say", f'read air < {tmp_path}/breath; echo "$1" > {tmp_path}/heard')
    monkeypatch.setenv("PATH", f"{tmp_path}/bin")
    Voice(enabled=True).say("success")
    assert not (tmp_path / "heard").exists()
    (tmp_path / "breath").write_text("air\n")
    assert spoken(tmp_path / "heard") == "success\n"


def test_it_is_silent_where_it_was_switched_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`play_sounds: false`: the voice is not even started."""
    monkeypatch.setenv("PATH", f"{tmp_path}/bin")
    install(tmp_path / "bin", "say", f'echo "$1" >> {tmp_path}/heard')
    Voice(enabled=False).say("not this")
    Voice(enabled=True).say("but this")
    assert spoken(tmp_path / "heard") == "but this\n"


def test_a_voice_that_went_away_is_not_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A voice never ends a recording."""
    install(tmp_path / "bin", "say", "exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin")
    voice = Voice(enabled=True)
    (tmp_path / "bin" / "say").unlink()
    voice.say("episode 1")


def test_without_a_voice_the_terminal_rings(tmp_path: Path) -> None:
    """A process that has one as its controlling terminal."""
    environment = os.environ | {"PATH": str(tmp_path)}
    child = [sys.executable, "-c", SAY]
    run_in_terminal = f"import os, pty; os.environ.update({environment!r}); pty.spawn({child!r})"
    done = subprocess.run(
        [sys.executable, "-c", run_in_terminal], capture_output=True, check=False, timeout=60
    )
    assert b"\a" in done.stdout
    assert b"went on" in done.stdout


def test_without_a_terminal_either_it_goes_on(tmp_path: Path) -> None:
    """A service, or a job on a cluster."""
    done = subprocess.run(
        [sys.executable, "-c", SAY],
        env=os.environ | {"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        start_new_session=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "went on\n", "")
