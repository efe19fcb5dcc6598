"""Where both ends meet."""

import os
from pathlib import Path

import pytest

from dora_hil_bridge.address import socket_path


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BRIDGE_SOCKET", raising=False)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)


def test_what_is_named_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the variable."""
    monkeypatch.setenv("BRIDGE_SOCKET", "/there/b.sock")
    assert socket_path("/here/a.sock") == Path("/here/a.sock")
    assert socket_path() == Path("/there/b.sock")


def test_the_default_lies_in_the_users_runtime_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which nobody else can enter."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1000")
    assert socket_path() == Path("/run/user/1000/dora-hil.sock")


def test_without_one_every_user_has_a_path_of_their_own() -> None:
    """The temporary folder belongs to all."""
    assert socket_path().name == f"dora-hil-{os.getuid()}.sock"
