"""Programs of the environment."""

import sys
from pathlib import Path

import pytest

from dora_hil.program import find_program


def script(folder: Path, name: str) -> str:
    """Write a program that does nothing."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_an_environment_need_not_be_active(monkeypatch: pytest.MonkeyPatch) -> None:
    """`.venv/bin/python` and `.venv/bin/dora` are all that is needed."""
    monkeypatch.setenv("PATH", "")
    assert find_program("dora") == str(Path(sys.executable).with_name("dora"))


def test_another_environments_program_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be of another version; without one of our own the PATH's is better than none."""
    ours, other = script(tmp_path / "ours", "dora"), script(tmp_path / "other", "dora")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "ours" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "other"))
    assert find_program("dora") == ours
    Path(ours).unlink()
    assert find_program("dora") == other
    Path(other).unlink()
    assert find_program("dora") is None
