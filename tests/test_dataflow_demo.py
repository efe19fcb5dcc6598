"""`dataflow-demo.yaml`, driven by real key events on a real X server."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hands import Hands, wait_for_keys
from harness import STEP_M, Run, count, dataflow, gaps_m, node, passed, run, steps

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs an X server to type on")


@pytest.fixture
def demo(tmp_path: Path, display: str) -> Iterator[tuple[Run, Hands]]:
    """Run the demo without MuJoCo's window, ready for keys."""
    graph = dataflow("dataflow-demo.yaml")
    node(graph, "body")["env"]["VIEWER"] = "off"
    with run(graph, tmp_path, environ={"DISPLAY": display}) as started:
        wait_for_keys(started)
        yield started, Hands(display)


def test_a_person_drives_the_panda_from_the_keyboard(demo: tuple[Run, Hands]) -> None:
    """Space begins, an arrow moves, Super grips, Space ends and keeps, Esc, held, ends the run."""
    running, hands = demo

    hands("key", "space")
    running.wait_for(passed(kind="first"))

    before = len(steps(running.messages()))
    hands("keydown", "Left")
    moved = running.wait_for(
        lambda ms: sum(m["action.ee_delta"][1] == 1 for m in steps(ms)[before:]) >= 8
    )
    hands("keyup", "Left")
    driven = [m for m in steps(moved) if m["action.ee_delta"][1] == 1]
    assert gaps_m(driven) == pytest.approx([STEP_M] * (len(driven) - 1), abs=1e-6)
    tcp_y_m = [m["privileged.tcp_xyz_m"][1] for m in driven]
    assert tcp_y_m[-1] - tcp_y_m[0] == pytest.approx(STEP_M * (len(driven) - 1), rel=0.3)
    forward_m = [m["privileged.tcp_xyz_m"][0] for m in driven]
    assert max(forward_m) - min(forward_m) < 0.01

    hands("keydown", "Super_L")
    running.wait_for(lambda ms: ms[-1]["action.ee_absolute"][3] == 0.0)
    closed = running.wait_for(lambda ms: ms[-1]["privileged.gripper_opening"][0] < 0.2)
    hands("keyup", "Super_L")
    running.wait_for(lambda ms: len(ms) > len(closed) and ms[-1]["action.ee_absolute"][3] == 1.0)

    hands("key", "space")
    running.wait_for(lambda ms: ms[-1]["verdict"] == "pending")
    time.sleep(0.2)
    hands("key", "space")
    running.wait_for(passed(verdict="keep"))

    hands.stop()
    running.end_well(20)
    last = running.messages()[-1]
    assert (last["run_over"], last["end_reason"]) == (True, "stop")


def test_control_discards_an_episode_and_space_begins_it_again(demo: tuple[Run, Hands]) -> None:
    """With the same placement of the block."""
    running, hands = demo
    hands("key", "space")
    running.wait_for(lambda ms: len(steps(ms)) >= 3)
    hands("key", "Control_L")
    running.wait_for(passed(verdict="discard"))
    hands("key", "space")
    messages = running.wait_for(lambda ms: count(ms, kind="first") == 2)
    first, second = (m for m in messages if m["kind"] == "first")
    assert (first["episode"], second["episode"]) == (0, 1)
    assert first["privileged.block_xyz_m"] == second["privileged.block_xyz_m"]
    hands.stop()
    running.end_well(20)


def test_a_persons_judgement_ends_the_episode(demo: tuple[Run, Hands]) -> None:
    """`s`: a success, with its reward."""
    running, hands = demo
    hands("key", "space")
    running.wait_for(lambda ms: len(steps(ms)) >= 3)
    hands("key", "s")
    messages = running.wait_for(passed(kind="last"))
    last = next(m for m in messages if m["kind"] == "last")
    assert (last["end_reason"], last["reward"], last["done"]) == ("success", 1.0, True)
    hands.stop()
    running.end_well(20)
