"""The virtual SO-101 as a child process."""

import sys
from pathlib import Path

import psutil
import pytest

from dora_hil.config import ConfigError
from dora_hil.hardware.virtual_arm import VirtualArm


def own_children() -> set[int]:
    """Return the processes that this one has started."""
    return {child.pid for child in psutil.Process().children()}


def test_it_has_a_port_and_a_camera_and_leaves_no_process(tmp_path: Path) -> None:
    """For as long as somebody needs it."""
    before = own_children()
    with VirtualArm(tmp_path / "port") as arm:
        assert arm.port.resolve().is_char_device()
        assert arm.camera_port > 0
        assert len(own_children() - before) == 1
    assert own_children() == before
    assert not arm.port.is_symlink()


def test_one_that_does_not_start_is_one_line(tmp_path: Path) -> None:
    """And leaves no process."""
    before = own_children()
    with pytest.raises(ConfigError, match="virtual-so101 did not start"):
        VirtualArm(tmp_path / "port", "--no-such-option")
    assert own_children() == before


def test_without_robot_node_it_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program is robot-node's."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(ConfigError, match="there is no program virtual-so101; robot-node has it"):
        VirtualArm(tmp_path / "port")
