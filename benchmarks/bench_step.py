"""One state-only control step (0.1 s simulated): this simulator, gym-hil, and MuJoCo alone.

All three take turns with the same random actions; the ratio is that of the medians.
"""

import argparse
import json
import statistics
import time
from pathlib import Path

import mujoco
import numpy as np
from gym_hil.wrappers import factory

from dora_hil.stream.actions import GRIPPER_OPEN, ActionSpace
from gym_hil_node.config_file import parse_config
from gym_hil_node.simulator import Simulator

TASKS = ("PandaPickCube", "PandaArrangeBoxes")
SUBSTEPS = 50


def measure(task: str, steps: int, seed: int = 0) -> dict[str, float]:
    """Return the medians in ms of own, gym-hil's and bare physics steps."""
    own = Simulator(parse_config({"env": {"task": f"{task}-v0"}, "sim": {"cameras": {}}}))
    own.begin(seed)
    # gym-hil builds a renderer even for states alone; it draws nothing here.
    stock = factory.make_env(f"gym_hil/{task}Base-v0", reset_delay_seconds=0)
    stock.reset()
    bare = mujoco.MjData(own.model)
    rng = np.random.default_rng(seed)
    times: dict[str, list[float]] = {"own": [], "gym-hil": [], "physics": []}
    for _ in range(steps):
        action = np.array([*rng.uniform(-1, 1, 3), rng.choice([0.0, 1.0, 2.0])], np.float32)
        reverse = np.array([*action[:3], GRIPPER_OPEN - action[3]], np.float32)
        # The same contacts, with the last torques held.
        mujoco.mj_copyData(bare, own.model, own.data)
        marks = [time.perf_counter()]
        own.execute(ActionSpace.EE_DELTA, action)
        marks.append(time.perf_counter())
        stock.step(reverse)
        marks.append(time.perf_counter())
        for _ in range(SUBSTEPS):
            mujoco.mj_step(own.model, bare)
        marks.append(time.perf_counter())
        for values, begin, end in zip(times.values(), marks, marks[1:], strict=False):
            values.append(1e3 * (end - begin))
    stock.close()
    return {name: statistics.median(values) for name, values in times.items()}


def main() -> None:
    """Print the medians and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    args = parser.parse_args()
    figures = {}
    for task in TASKS:
        medians = measure(task, args.steps)
        ratio = medians["own"] / medians["gym-hil"]
        figures[task] = {**medians, "ratio": ratio}
        print(
            f"{task:18} own {medians['own']:6.2f} ms, gym-hil {medians['gym-hil']:6.2f} ms, "
            f"own / gym-hil = {ratio:.2f}; {SUBSTEPS} x mj_step {medians['physics']:6.2f} ms"
        )
    if args.json:
        args.json.write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
