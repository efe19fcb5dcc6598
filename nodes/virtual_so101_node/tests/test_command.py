"""What may be said to a virtual arm, and how it ends."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dora_hil.stream.world import World
from virtual_so101_node.arm import SimulatedArm
from virtual_so101_node.bus import ServoBus
from virtual_so101_node.command import Cable, CommandError, listen, obey
from virtual_so101_node.servo import GOAL_POSITION, TORQUE_ENABLE


@pytest.fixture(scope="module")
def arm() -> SimulatedArm:
    """Return one arm for all of them."""
    return SimulatedArm()


@pytest.fixture
def bus(arm: SimulatedArm) -> ServoBus:
    """Return its line, without faults."""
    return ServoBus(arm.servos)


def test_a_hand_does_what_is_typed(arm: SimulatedArm, bus: ServoBus) -> None:
    """It turns a joint, pushes it, lets it go."""
    elbow = arm.servos[2]
    for line, ticks in (("turn elbow_flex 2500", 2500), ("turn elbow_flex 2400", 2400)):
        obey(arm, bus, None, line)
        for _ in range(30):
            arm.advance(0.1)
        assert elbow.position == pytest.approx(ticks, abs=8)
    elbow.write(GOAL_POSITION, (2400).to_bytes(2, "little"))
    elbow.write(TORQUE_ENABLE, b"\x01")
    for line, ticks in (("push elbow_flex -300", 2100), ("let_go elbow_flex", 2400)):
        obey(arm, bus, None, line)
        for _ in range(20):
            arm.advance(0.1)
        assert elbow.position == pytest.approx(ticks, abs=15)


def test_a_hand_carries_the_tool_where_is_typed(bus: ServoBus) -> None:
    """All joints at once: straight ahead nothing pans; the jaws as far as for a block."""
    leader = SimulatedArm(is_weightless=True)
    obey(leader, bus, None, "lead 0.2 0 0.08 1")
    for _ in range(20):
        leader.advance(0.05)
    assert leader.servos[0].position == pytest.approx(2048, abs=12)
    jaws = leader.servos[-1].position
    assert jaws == pytest.approx(1935 + 0.4 * (3185 - 1935), abs=8)


def test_the_block_is_placed_and_looked_at_by_typing(
    arm: SimulatedArm, bus: ServoBus, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is said of it is JSON."""
    places = []
    for seed in (5, 6, 5):
        obey(arm, bus, None, f"place {seed}")
        obey(arm, bus, None, "look")
        places.append(World.from_json(capsys.readouterr().out).block_xyz_m.tolist())
    assert places[0] == places[2] != places[1]


def test_a_joint_is_jammed_and_freed_by_typing(arm: SimulatedArm, bus: ServoBus) -> None:
    """By its name."""
    dof = arm.physics.model.joint("wrist_roll").dofadr[0]
    free_nm = arm.physics.model.dof_frictionloss[dof]
    obey(arm, bus, None, "jam wrist_roll")
    assert arm.physics.model.dof_frictionloss[dof] > 10 * free_nm
    obey(arm, bus, None, "free wrist_roll")
    assert arm.physics.model.dof_frictionloss[dof] == free_nm


@pytest.mark.parametrize(
    "line", ["push elbow 5", "push elbow_flex far", "let_go", "dance", "freeze on", "place x"]
)
def test_what_means_nothing_is_refused_in_one_line(
    line: str, arm: SimulatedArm, bus: ServoBus
) -> None:
    """It says which line that was."""
    with pytest.raises(CommandError, match=line):
        obey(arm, bus, None, line)


def test_the_end_of_its_input_ends_it_only_if_asked_to(arm: SimulatedArm, bus: ServoBus) -> None:
    """Started in the background, it has no input and goes on."""
    cable = Cable()
    listen(arm, bus, None, [], cable)
    assert not cable.is_pulled()
    listen(arm, bus, None, [], cable, ends_with_input=True)
    assert cable.is_pulled()
    assert not cable.is_back(arm.advance)


def test_a_child_ends_even_where_a_line_brings_its_listener_down(
    arm: SimulatedArm, bus: ServoBus
) -> None:
    """Nobody could end it otherwise."""

    def lines() -> Iterator[str]:
        yield "look"
        raise RuntimeError("no such thing should happen")

    cable = Cable()
    with pytest.raises(RuntimeError):
        listen(arm, bus, None, lines(), cable, ends_with_input=True)
    assert cable.is_pulled()


def test_a_cable_is_pulled_for_a_while_or_for_good(arm: SimulatedArm, bus: ServoBus) -> None:
    """A line says for how long; meanwhile time does not stand still for the arm."""
    cable = Cable()
    passed_s: list[float] = []
    listen(arm, bus, None, ["unplug 0.01"], cable)
    assert cable.is_pulled()
    assert cable.is_back(passed_s.append)
    assert not cable.is_pulled()
    assert sum(passed_s) >= 0.01
    listen(arm, bus, None, ["unplug"], cable)
    assert not cable.is_back(arm.advance)


def test_a_child_ends_with_its_parent(tmp_path: Path) -> None:
    """A parent that is killed closes the pipe; the port's link goes too."""
    link = tmp_path / "port"
    program = [sys.executable, "-m", "virtual_so101_node.command"]
    child = subprocess.Popen(
        [*program, "--ends-with-input", "--link", str(link)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    with child:
        assert child.stdout.readline().strip() == str(link)
        child.stdin.close()
        assert child.wait(timeout=30) == 0
    assert not link.is_symlink()


def test_plugged_in_again_it_has_the_same_port(tmp_path: Path) -> None:
    """What opened it opens it again."""
    link = tmp_path / "port"
    child = subprocess.Popen(
        [sys.executable, "-m", "virtual_so101_node.command", "--link", str(link)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    with child:
        assert child.stdout.readline().strip() == str(link)
        child.stdin.write("unplug 0.1\n")
        child.stdin.flush()
        assert child.stdout.readline().strip() == str(link)
        assert link.resolve().exists()
        child.terminate()
        assert child.wait(timeout=30) == 0


def test_what_goes_wrong_on_the_line_can_be_typed(arm: SimulatedArm, bus: ServoBus) -> None:
    """As shares."""
    obey(arm, bus, None, "corrupt 0.05\n")
    obey(arm, bus, None, "lose 0.1")
    assert (bus.faults.corrupted, bus.faults.lost) == (0.05, 0.1)


def test_a_camera_port_that_is_taken_is_said_in_one_line() -> None:
    """Instead of pictures that nobody gets."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "virtual_so101_node.command", "--camera-port", port]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"--camera-port {port}: Address already in use" in done.stderr.splitlines()[-1]
