"""The virtual SO-101 as a process of its own."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from dora_hil.environment import BodyFaultError
from robot_node.virtual_so101.process import VirtualArm


def own_children() -> set[int]:
    """Return the processes that this one has started."""
    return {child.pid for child in psutil.Process().children()}


def wait_until_gone(path: Path) -> None:
    """Wait for the arm to unplug itself."""
    deadline_s = time.monotonic() + 20
    while path.is_symlink():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


@pytest.fixture(scope="module")
def before() -> set[int]:
    """Return the processes that were there before the arm."""
    return own_children()


@pytest.fixture(scope="module")
def arm(before: set[int]) -> Iterator[VirtualArm]:
    """Return one that runs."""
    with VirtualArm() as made:
        yield made


def test_it_starts_with_a_port_and_a_camera(arm: VirtualArm) -> None:
    """Both are there when it has started."""
    assert arm.port.resolve().is_char_device()
    assert arm.camera_port > 0


def test_it_ends_with_its_parents_pipe_and_leaves_no_folder(
    arm: VirtualArm, before: set[int]
) -> None:
    """A killed parent closes the pipe too; the end of a run closes it first of all."""
    (pid,) = own_children() - before
    arm.__exit__(None, None, None)
    wait_until_gone(arm.port)
    assert not arm.port.parent.exists()
    assert not psutil.pid_exists(pid)


def test_one_that_does_not_start_is_one_line(
    monkeypatch: pytest.MonkeyPatch, before: set[int]
) -> None:
    """It says what to try, and leaves no process."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    there = own_children()
    with pytest.raises(BodyFaultError, match="the virtual SO-101 did not start; try: virtual-"):
        VirtualArm().__enter__()
    assert own_children() == there
