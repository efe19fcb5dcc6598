"""`dataflow-demo.yaml`, driven with a pad that SDL takes for a real one."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harness import STEP_M, TEST_NODES, Run, dataflow, gaps_m, node, passed, run, steps

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds SDL in Linux's /proc")

type Work = Callable[[str], None]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[tuple[Run, Work]]:
    """Run the demo; returns what a line to the pad does."""
    pipe = tmp_path / "pad"
    os.mkfifo(pipe)
    graph = dataflow("dataflow-demo.yaml")
    node(graph, "body")["env"]["VIEWER"] = "off"
    gamepad = node(graph, "gamepad")
    gamepad |= {"path": sys.executable, "args": f"{TEST_NODES / 'virtual_gamepad.py'} {pipe}"}
    with run(graph, tmp_path) as started:
        started.wait_for(lambda _: "gamepad: virtual pad" in started.log())
        started.wait_for(bool)
        with pipe.open("w", buffering=1) as line:

            def work(what: str) -> None:
                line.write(f"{what}\n")

            yield started, work


def test_a_stick_moves_the_arm_until_the_pad_is_unplugged(demo: tuple[Run, Work]) -> None:
    """Start begins, half a tilt is half a step; the cable ends it; plugged in it goes on."""
    running, work = demo
    work("press start")
    time.sleep(0.1)
    work("release start")
    running.wait_for(passed(kind="first"))

    work("tilt leftx -0.55")
    running.wait_for(lambda ms: sum(m["action.ee_delta"][1] > 0 for m in steps(ms)) >= 6)
    work("unplug")
    stopped = running.wait_for(lambda ms: steps(ms)[-1]["action.ee_delta"][1] == 0)
    driven = [m for m in steps(stopped) if m["action.ee_delta"][1] > 0]
    assert gaps_m(driven) == pytest.approx([0.5 * STEP_M] * (len(driven) - 1), abs=1e-4)
    assert driven[-1]["driver"] == "intervention_gamepad"
    assert not driven[-1]["is_intervention"], "there is nobody to be overridden"

    work("plug")
    running.wait_for(lambda _: running.log().count("gamepad: virtual pad") == 2)
    before = len(steps(running.messages()))
    work("tilt leftx 1")
    running.wait_for(lambda ms: any(m["action.ee_delta"][1] == -1 for m in steps(ms)[before:]))
    work("tilt leftx 0")
    work("press y")
    last = running.wait_for(passed(kind="last"))
    assert next(m for m in last if m["kind"] == "last")["end_reason"] == "success"
    work("press back")
    running.end_well(20)
