"""`dataflow-demo-operator.yaml`: the demo without a person."""

from pathlib import Path
from typing import Any

import pytest
from harness import Message, dataflow, node, run

LIFT_M = 0.1


def operator_run(tmp_path: Path, **variables: str) -> list[Message]:
    """Run the demo to its end and return what passed on `episode`."""
    tick = variables.pop("tick", "dora/timer/millis/100")
    graph = dataflow("dataflow-demo-operator.yaml")
    node(graph, "body")["inputs"]["tick"]["source"] = tick
    with run(graph, tmp_path, environ=variables) as running:
        return running.end_well(600).messages()


@pytest.mark.slow
def test_twenty_episodes_at_ten_hertz_lift_the_cube_each_time_and_lose_nothing(
    tmp_path: Path,
) -> None:
    """In real time: no gap in `step`, and the run ends by itself.

    How many ticks are missed is a matter of the machine: `benchmarks/bench_ticks.py` says it.
    """
    messages = operator_run(tmp_path, EPISODES="20", SEED="0")
    runs: dict[int, list[Message]] = {}
    for message in messages:
        if message["kind"] != "phase":
            runs.setdefault(message["episode"], []).append(message)
    assert len(runs) == 20
    for steps in runs.values():
        assert [m["step"] for m in steps] == list(range(len(steps)))
        assert [m["kind"] for m in steps] == ["first", *["mid"] * (len(steps) - 2), "last"]
        assert steps[-1]["end_reason"] == "success"
        heights_m = [m["privileged.block_xyz_m"][2] for m in steps]
        assert heights_m[-1] - heights_m[0] > LIFT_M
    assert len({tuple(steps[0]["privileged.block_xyz_m"]) for steps in runs.values()}) == 20


def trajectory(messages: list[Message]) -> list[Any]:
    """Return every action, state and picture (by checksum) of the recorded steps."""
    names = (
        "episode",
        "step",
        "seed",
        "action.ee_delta",
        "action.ee_absolute",
        "observation.state",
        "observation.images.front",
        "observation.images.wrist",
        "reward",
    )
    return [[m[name] for name in names] for m in messages if m["kind"] != "phase"]


@pytest.mark.slow
def test_in_lockstep_one_seed_gives_one_result_at_any_speed(tmp_path: Path) -> None:
    """Twice at the speed of the clock, once at ten times that."""
    ticks = ["dora/timer/millis/100", "dora/timer/millis/100", "dora/timer/millis/10"]
    runs = [
        trajectory(
            operator_run(tmp_path / str(i), tick=tick, EPISODES="3", SEED="7", LOCKSTEP="action")
        )
        for i, tick in enumerate(ticks)
    ]
    assert len(runs[0]) > 30
    assert runs[0] == runs[1]
    assert runs[0] == runs[2]


@pytest.mark.parametrize("suffix", [".mp4", pytest.param(".gif", marks=pytest.mark.slow)])
def test_a_headless_run_can_write_a_film(tmp_path: Path, suffix: str) -> None:
    """`VIDEO=PATH`."""
    film = tmp_path / f"film{suffix}"
    operator_run(
        tmp_path / "run",
        tick="dora/timer/millis/20",
        EPISODES="1",
        LOCKSTEP="action",
        VIDEO=str(film),
    )
    assert film.stat().st_size > 5_000
