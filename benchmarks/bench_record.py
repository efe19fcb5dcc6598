"""Recording beside LeRobot's own loop, and the highest rate at which no tick is missed.

Both record the same simulator, driven by the same expert, in real time, one after the other:
rate and steps that came late, frames lost, the gap between two episodes, what a save costs, and
processor time. Then `dataflow-record-operator.yaml` alone, at one rate after the other.
"""

import argparse
import itertools
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from harness import Run  # noqa: E402 - the harness of the tests starts dataflows
from recording_runs import record  # noqa: E402

from dora_hil_datasets.dataset.existing import read_existing  # noqa: E402

LATE = 1.5
"""A step counts as late when it comes more than this many periods after the one before."""


def family_cpu_s(process: psutil.Process) -> float:
    """Return the processor time of a process and all those below it."""
    total = 0.0
    for one in [process, *process.children(recursive=True)]:
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def own(episodes: int, hz: int, folder: Path) -> dict[str, Any]:
    """Record with the dataflow and return when each step was done."""
    raw = json.loads((ROOT / "configs/gym_hil_env.json").read_text())
    raw["env"]["fps"] = hz
    (folder / "env.json").write_text(json.dumps(raw))
    root = folder / "data"
    words = (f"--dataset.num_episodes={episodes}", "--dataset.fps=null")
    variables = {"ENV_CONFIG": str(folder / "env.json"), "LOCKSTEP": ""}
    with record(
        folder / "run", root, *words, tick=f"dora/timer/hz/{hz}", environ=variables
    ) as running:
        messages, cpu_s, wall_s = _watch(running)
    log = running.log()
    times: dict[int, list[float]] = {}
    for message in messages:
        if message["kind"] != "phase":
            times.setdefault(message["episode"], []).append(message["t_capture_ns"] / 1e9)
    return {
        "episodes": list(times.values()),
        "frames": sum(read_existing(root).lengths),
        "missed": messages[-1]["missed_ticks"],
        "save_s": [float(s) for s in re.findall(r"on the disk after ([\d.]+) s", log)],
        "cpu_s": cpu_s,
        "wall_s": wall_s,
    }


def _watch(running: Run) -> tuple[list[dict[str, Any]], float, float]:
    """Wait for the end; return the messages, and processor time and time since the first."""
    running.wait_for(bool, timeout_s=120)
    process = psutil.Process(running.process.pid)
    began_s, began_cpu_s = time.monotonic(), family_cpu_s(process)
    cpu_s = began_cpu_s
    while running.process.poll() is None:
        # A process that has ended takes its time with it: the last full sample counts.
        cpu_s = max(cpu_s, family_cpu_s(process))
        time.sleep(0.2)
    assert running.process.returncode == 0, running.log()
    return running.messages(), cpu_s - began_cpu_s, time.monotonic() - began_s


def stock(episodes: int, hz: int, folder: Path) -> dict[str, Any]:
    """Record with LeRobot's own loop and return the same."""
    command = [sys.executable, str(ROOT / "benchmarks/stock_recording.py")]
    command += ["--root", str(folder / "stock"), f"--episodes={episodes}", f"--hz={hz}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def summary(figures: dict[str, Any], hz: int) -> dict[str, float]:
    """Return the table's numbers."""
    episodes = figures["episodes"]
    periods_s = [b - a for times in episodes for a, b in itertools.pairwise(times)]
    gaps_s = [b[0] - a[-1] for a, b in itertools.pairwise(episodes)]
    steps = len(periods_s)
    return {
        "steps": steps,
        "rate_hz": steps / sum(periods_s),
        "late": sum(period_s > LATE / hz for period_s in periods_s),
        "gap_median_s": statistics.median(gaps_s),
        "gap_max_s": max(gaps_s),
        "cpu_per_step_ms": 1e3 * figures["cpu_s"] / steps,
    }


def compare(episodes: int, hz: int) -> dict[str, Any]:
    """Record with both, and print both."""
    results = {}
    for name, measure in (("stock", stock), ("own", own)):
        with tempfile.TemporaryDirectory() as folder:
            figures = measure(episodes, hz, Path(folder))
        results[name] = {**figures, **summary(figures, hz)}
    keys = ("steps", "rate_hz", "late", "gap_median_s", "gap_max_s", "cpu_per_step_ms")
    print(f"{episodes} episodes at {hz} Hz, two 128x128 cameras, real time")
    print(f"{'':16}{'stock':>10}{'own':>10}")
    for key in keys:
        print(f"{key:16}{results['stock'][key]:10.2f}{results['own'][key]:10.2f}")
    one = results["own"]
    saves_s = one["save_s"]
    print(f"own: {one['frames']} frames for {one['steps']} steps, {one['missed']} missed ticks;")
    print(f"own: a save is on the disk after {statistics.median(saves_s):.2f} s (median), ", end="")
    print(f"{max(saves_s):.2f} s at most, while the next episode runs")
    return results


def rates(episodes: int) -> list[dict[str, Any]]:
    """Record at one rate after the other, and print what was missed."""
    rows = []
    print("\n  Hz  steps frames missed  late  achieved")
    for hz in (10, 30, 50, 60, 80, 100):
        with tempfile.TemporaryDirectory() as folder:
            figures = own(episodes, hz, Path(folder))
        row = {"hz": hz, **summary(figures, hz), "missed": figures["missed"]}
        rows.append({**row, "frames": figures["frames"]})
        print(
            f"{hz:4} {row['steps']:6} {figures['frames']:6} {row['missed']:6} {row['late']:5} "
            f"{row['rate_hz']:9.2f}",
            flush=True,
        )
    return rows


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=10)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    args = parser.parse_args()
    figures = {"compared": compare(args.episodes, 10), "rates": rates(args.episodes)}
    if args.json:
        args.json.write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
