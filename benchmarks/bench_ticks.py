"""Tick jitter and missed ticks of the body over a while, at 10, 30 and 50 Hz.

The operator drives in real time. Jitter is that of `t_capture_ns`, the moment at which the
body has stepped and looked: the timer's own jitter and the body's together.
"""

import argparse
import itertools
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from harness import dataflow, node, run  # noqa: E402 - the harness of the tests starts dataflows

CONFIGS = {"state": "gym_hil_env_state.json", "pictures": "gym_hil_env.json"}


def measure(hz: int, config: str, seconds: float, folder: Path) -> dict[str, Any]:
    """Run the operator demo at a rate and return the figures."""
    raw = json.loads((ROOT / "configs" / config).read_text())
    raw["env"]["fps"] = hz
    (folder / "env.json").write_text(json.dumps(raw))
    graph = dataflow("dataflow-demo-operator.yaml")
    body = node(graph, "body")
    body["env"]["ENV_CONFIG"] = str(folder / "env.json")
    body["inputs"]["tick"]["source"] = f"dora/timer/hz/{hz}"
    with run(graph, folder, environ={"EPISODES": "0"}) as running:
        begin_s = time.monotonic()
        running.wait_for(bool)
        while time.monotonic() - begin_s < seconds:
            time.sleep(0.5)
        messages = running.messages()
    running_steps = [
        (a, b)
        for a, b in itertools.pairwise(messages)
        if a["episode"] == b["episode"] and a["kind"] != "phase" and b["kind"] in ("mid", "last")
    ]
    periods_ms = sorted((b["t_capture_ns"] - a["t_capture_ns"]) / 1e6 for a, b in running_steps)
    return {
        "hz": hz,
        "steps": len(running_steps),
        "missed": messages[-1]["missed_ticks"],
        "late": messages[-1]["late"],
        "gaps": sum(b["step"] != a["step"] + 1 for a, b in running_steps),
        "period_ms": {
            "median": statistics.median(periods_ms),
            "std": statistics.stdev(periods_ms),
            "p5": periods_ms[len(periods_ms) * 5 // 100],
            "p95": periods_ms[len(periods_ms) * 95 // 100],
            "max": periods_ms[-1],
        },
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    args = parser.parse_args()
    rows = []
    print(f"{args.seconds:.0f} s each, in real time; periods in ms")
    print("config    Hz  steps missed  late gaps  median    std     p5    p95    max")
    for (name, config), hz in itertools.product(CONFIGS.items(), (10, 30, 50)):
        with tempfile.TemporaryDirectory() as folder:
            row = measure(hz, config, args.seconds, Path(folder))
        rows.append({"config": name, **row})
        p = row["period_ms"]
        print(
            f"{name:8} {hz:3} {row['steps']:6} {row['missed']:6} {row['late']:5} {row['gaps']:4}"
            + "".join(f" {p[key]:6.1f}" for key in ("median", "std", "p5", "p95", "max")),
            flush=True,
        )
    if args.json:
        args.json.write_text(json.dumps(rows))


if __name__ == "__main__":
    main()
