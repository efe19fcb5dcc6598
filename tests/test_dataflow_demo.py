"""`dataflow-demo.yaml`, driven by real key events on a real X server."""

import itertools
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import Run, dataflow, node, run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs an X server to type on")

STEP_M = 0.025


class Hands:
    """Type on a display."""

    def __init__(self, display: str) -> None:
        """Use xdotool."""
        self._display = display

    def __call__(self, *words: str) -> None:
        """Run one xdotool command, for instance ``keydown Up``."""
        subprocess.run(["xdotool", *words], env={"DISPLAY": self._display}, check=True)

    def stop(self) -> None:
        """Hold Esc until it counts."""
        self("keydown", "Escape", "sleep", "0.7", "keyup", "Escape")


def steps(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the MID steps."""
    return [m for m in messages if m["kind"] == "mid"]


def of_kind(kind: str) -> Any:
    """Return a condition: there is a message of that kind."""
    return lambda messages: any(m["kind"] == kind for m in messages)


@pytest.fixture
def demo(tmp_path: Path, display: str) -> Iterator[tuple[Run, Hands]]:
    """Run the demo without MuJoCo's window, ready for keys."""
    graph = dataflow("dataflow-demo.yaml")
    node(graph, "body")["env"]["VIEWER"] = "off"
    with run(graph, tmp_path, environ={"DISPLAY": display}) as started:
        # The keyboard prints its keys when it hears them.
        started.wait_for(lambda _: "stop the run" in started.log())
        started.wait_for(bool)
        yield started, Hands(display)


def test_a_person_drives_the_panda_from_the_keyboard(demo: tuple[Run, Hands]) -> None:
    """Space begins, an arrow moves, Super grips, Space ends and keeps, Esc, held, ends the run."""
    running, hands = demo

    hands("key", "space")
    running.wait_for(of_kind("first"))

    before = len(steps(running.messages()))
    hands("keydown", "Left")
    moved = running.wait_for(
        lambda ms: sum(m["action.ee_delta"][1] == 1 for m in steps(ms)[before:]) >= 8
    )
    hands("keyup", "Left")
    driven = [m for m in steps(moved) if m["action.ee_delta"][1] == 1]
    targets_m = [m["action.ee_absolute"][1] for m in driven]
    gaps_m = [b - a for a, b in itertools.pairwise(targets_m)]
    assert gaps_m == pytest.approx([STEP_M] * len(gaps_m), abs=1e-6)
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
    running.wait_for(lambda ms: any(m["verdict"] == "keep" for m in ms))

    hands.stop()
    assert running.wait(20) == 0, running.log()
    last = running.messages()[-1]
    assert (last["run_over"], last["end_reason"]) == (True, "stop")


def test_control_discards_an_episode_and_space_begins_it_again(demo: tuple[Run, Hands]) -> None:
    """With the same placement of the block."""
    running, hands = demo
    hands("key", "space")
    running.wait_for(lambda ms: len(steps(ms)) >= 3)
    hands("key", "Control_L")
    running.wait_for(lambda ms: any(m["verdict"] == "discard" for m in ms))
    hands("key", "space")
    messages = running.wait_for(lambda ms: sum(m["kind"] == "first" for m in ms) == 2)
    first, second = (m for m in messages if m["kind"] == "first")
    assert (first["episode"], second["episode"]) == (0, 1)
    assert first["privileged.block_xyz_m"] == second["privileged.block_xyz_m"]
    hands.stop()
    assert running.wait(20) == 0, running.log()


@pytest.mark.parametrize(
    ("key", "end_reason", "reward"),
    [
        ("s", "success", 1.0),
        pytest.param("f", "failure", 0.0, marks=pytest.mark.slow),
    ],
)
def test_a_persons_judgement_ends_the_episode(
    demo: tuple[Run, Hands], key: str, end_reason: str, reward: float
) -> None:
    """`s` success, `f` failure."""
    running, hands = demo
    hands("key", "space")
    running.wait_for(lambda ms: len(steps(ms)) >= 3)
    hands("key", key)
    messages = running.wait_for(of_kind("last"))
    last = next(m for m in messages if m["kind"] == "last")
    assert (last["end_reason"], last["reward"], last["done"]) == (end_reason, reward, True)
    hands.stop()
    assert running.wait(20) == 0, running.log()
