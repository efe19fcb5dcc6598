"""What may be said to a virtual arm, and how it ends."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen, run
from typing import IO

import pytest

from robot_node.virtual_so101.arm import JOINTS, servos
from robot_node.virtual_so101.bus import ServoBus
from robot_node.virtual_so101.command import Cable, CommandError, listen, obey
from robot_node.virtual_so101.servo import TORQUE_ENABLE

PROGRAM = [sys.executable, "-m", "robot_node.virtual_so101.command"]


@contextmanager
def child(link: Path, *options: str) -> Iterator[tuple[Popen[str], IO[str], IO[str]]]:
    """Start one; yields the process, its input and its output."""
    words = [*PROGRAM, "--link", str(link), *options]
    with Popen(words, stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process, process.stdin, process.stdout


def test_a_joint_that_is_pushed_gives_way_and_comes_back_when_let_go_of() -> None:
    """With its torque on."""
    bus = ServoBus(servos())
    servo = bus.servos[JOINTS.index("elbow_flex")]
    servo.write(TORQUE_ENABLE, b"\x01")
    before = servo.position
    obey(bus, None, "push elbow_flex -300")
    bus.advance(1.0)
    assert servo.position == before - 300
    obey(bus, None, "let_go elbow_flex")
    bus.advance(1.0)
    assert servo.position == before


@pytest.mark.parametrize(
    "line", ["push elbow 5", "push elbow_flex far", "let_go", "dance", "freeze on"]
)
def test_what_means_nothing_is_refused_in_one_line(line: str) -> None:
    """It says which line that was."""
    with pytest.raises(CommandError, match=line):
        obey(ServoBus(servos()), None, line)


def test_the_end_of_its_input_ends_it_only_if_asked_to() -> None:
    """Started in the background, it has no input and goes on."""
    bus, cable = ServoBus(servos()), Cable()
    listen(bus, None, [], cable)
    assert not cable.is_pulled()
    listen(bus, None, [], cable, ends_with_input=True)
    assert cable.is_pulled()
    assert not cable.is_back()


def test_a_cable_is_pulled_for_a_while_or_for_good() -> None:
    """A line says for how long."""
    bus, cable = ServoBus(servos()), Cable()
    listen(bus, None, ["unplug 0.01"], cable)
    assert cable.is_pulled()
    assert cable.is_back()
    assert not cable.is_pulled()
    listen(bus, None, ["unplug"], cable)
    assert not cable.is_back()


def test_a_child_ends_with_its_parent(tmp_path: Path) -> None:
    """A parent that is killed closes the pipe; the port's link goes too."""
    link = tmp_path / "port"
    with child(link, "--ends-with-input") as (process, stdin, stdout):
        assert stdout.readline().strip() == str(link)
        stdin.close()
        assert process.wait(timeout=30) == 0
    assert not link.is_symlink()


def test_plugged_in_again_it_has_the_same_port(tmp_path: Path) -> None:
    """What opened it opens it again."""
    link = tmp_path / "port"
    with child(link) as (process, stdin, stdout):
        assert stdout.readline().strip() == str(link)
        stdin.write("unplug 0.1\n")
        stdin.flush()
        assert stdout.readline().strip() == str(link)
        assert link.resolve().exists()
        process.terminate()
        assert process.wait(timeout=30) == 0


def test_what_goes_wrong_on_the_line_can_be_typed() -> None:
    """As shares."""
    bus = ServoBus(servos())
    obey(bus, None, "corrupt 0.05\n")
    obey(bus, None, "lose 0.1")
    assert (bus.faults.corrupted, bus.faults.lost) == (0.05, 0.1)


def test_a_joint_can_be_turned_by_name() -> None:
    """While its torque is off."""
    bus = ServoBus(servos())
    obey(bus, None, "turn elbow_flex 2500")
    assert bus.servos[2].position == 2500


def test_a_camera_port_that_is_taken_is_said_in_one_line() -> None:
    """Instead of pictures that nobody gets."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run([*PROGRAM, "--camera-port", port], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"--camera-port {port}: Address already in use" in done.stderr.splitlines()[-1]
