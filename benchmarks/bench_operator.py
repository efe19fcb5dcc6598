"""How often, and how fast, the scripted operator solves the tasks, by level of noise.

    uv run python benchmarks/bench_operator.py --json outputs/bench_operator.json

Nothing is drawn and no dora runs: the simulator steps as fast as it can, and every episode
follows from its seed. An episode that takes more than `--max-steps` counts as not solved.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from dora_hil.stream.actions import ActionSpace, Float32Array
from dora_hil.stream.timestep import Kind, Phase, TimeStep
from gym_hil_node.config_file import parse_config
from gym_hil_node.simulator import Simulator
from operator_node.engagement import Always
from operator_node.scripted_operator import ScriptedOperator

TASKS = {"pick_cube": "PandaPickCubeBase-v0", "arrange_boxes": "PandaArrangeBoxesBase-v0"}


@dataclass(frozen=True)
class Result:
    """What one task came to at one level of noise.

    Attributes:
        noise: standard deviation on each delta, in steps.
        solved, episodes: counts.
        steps_mean, steps_std, steps_max: of the solved episodes; NaN where there are none.
        failed_seeds: the others.
        answer_us: mean time of an answer, microseconds.
    """

    task: str
    noise: float
    solved: int
    episodes: int
    steps_mean: float
    steps_std: float
    steps_max: float
    failed_seeds: list[int]
    answer_us: float


def measure(task: str, noise: float, seeds: range, max_steps: int) -> Result:
    """Play one episode per seed."""
    simulator = Simulator(parse_config({"env": {"task": TASKS[task]}}), render=False)
    operator = ScriptedOperator(Always(), noise=noise)
    steps: list[int] = []
    failed: list[int] = []
    answers, answer_s = 0, 0.0
    for seed in seeds:
        columns = simulator.begin(seed)
        executed: dict[str, Float32Array] = {}
        for step in range(max_steps):
            message = TimeStep(
                kind=Kind.MID if step else Kind.FIRST,
                phase=Phase.RUNNING,
                episode=seed,
                step=step,
                columns=columns,
                spec=simulator.spec,
                actions=executed,
            )
            began_s = time.perf_counter()
            answer = operator.answer(message)
            answer_s += time.perf_counter() - began_s
            answers += 1
            assert answer is not None
            outcome = simulator.execute(ActionSpace.EE_DELTA, answer.value)
            columns = outcome.columns
            executed = {"ee_absolute": outcome.executed.by_space["ee_absolute"]}
            if outcome.success:
                steps.append(step + 1)
                break
            if outcome.out_of_bounds:
                failed.append(seed)
                break
        else:
            failed.append(seed)
    of_solved = np.array(steps, dtype=np.float64) if steps else np.full(1, np.nan)
    return Result(
        task=task,
        noise=noise,
        solved=len(steps),
        episodes=len(seeds),
        steps_mean=float(of_solved.mean()),
        steps_std=float(of_solved.std()),
        steps_max=float(of_solved.max()),
        failed_seeds=failed,
        answer_us=1e6 * answer_s / answers,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--tasks", nargs="+", choices=list(TASKS), default=list(TASKS))
    parser.add_argument("--noise", nargs="+", type=float, default=[0.0, 0.3, 0.6])
    parser.add_argument("--episodes", type=int, default=100)
    parser.add_argument("--first-seed", type=int, default=1000)
    parser.add_argument("--max-steps", type=int, default=0, help="0: 100, boxes 400")
    parser.add_argument("--json", type=Path, help="write the results here too")
    args = parser.parse_args(arguments)

    results = []
    print("| task | noise | solved | steps mean ± std (max) | answer |")
    print("| --- | --- | --- | --- | --- |")
    for task in args.tasks:
        max_steps = args.max_steps or {"pick_cube": 100, "arrange_boxes": 400}[task]
        for noise in args.noise:
            seeds = range(args.first_seed, args.first_seed + args.episodes)
            result = measure(task, noise, seeds, max_steps)
            results.append(result)
            spread = f"{result.steps_mean:.1f} ± {result.steps_std:.1f} ({result.steps_max:.0f})"
            print(
                f"| {task} | {noise:g} | {result.solved} of {result.episodes} | {spread} "
                f"| {result.answer_us:.0f} µs |",
                flush=True,
            )
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps([asdict(r) for r in results], indent=2) + "\n")


if __name__ == "__main__":
    main()
