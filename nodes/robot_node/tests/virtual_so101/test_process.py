"""The virtual SO-101 as a process of its own."""

import sys

import psutil
import pytest

from dora_hil.environment import BodyFaultError
from robot_node.virtual_so101.process import VirtualArm


def own_children() -> set[int]:
    """Return the processes that this one has started."""
    return {child.pid for child in psutil.Process().children()}


def test_it_has_a_port_and_a_camera_and_leaves_neither_process_nor_folder() -> None:
    """For as long as somebody needs it."""
    before = own_children()
    with VirtualArm() as arm:
        assert arm.port.resolve().is_char_device()
        assert arm.camera_port > 0
        assert len(own_children() - before) == 1
    assert own_children() == before
    assert not arm.port.parent.exists()


def test_it_does_not_outlive_its_parents_pipe() -> None:
    """Which closes when the parent is killed; nobody has to tell it anything."""
    with VirtualArm() as arm:
        assert arm._process.stdin is not None
        arm._process.stdin.close()
        assert arm._process.wait(timeout=20) == 0
        assert not arm.port.is_symlink()


def test_one_that_does_not_start_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what to try, and leaves no process."""
    before = own_children()
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(BodyFaultError, match="the virtual SO-101 did not start; try: virtual-"):
        VirtualArm().__enter__()
    assert own_children() == before
