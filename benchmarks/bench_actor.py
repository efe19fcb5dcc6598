"""HIL-SERL's actor beside LeRobot's own: environment steps a second, and what becomes of them.

Both act with the same policy on the CPU, beside LeRobot's learner with the same config, one after
the other. Nobody intervenes. The learner has no demonstrations, so that a fresh clone will do.

Both loops are timed as they are: LeRobot's is one process, ours three and a timer.

    uv run python benchmarks/bench_actor.py
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from benchmarks.actor_figures import PARTS, window_figures  # noqa: E402
from benchmarks.actor_runs import Contender, Trial  # noqa: E402

NO_LIMIT_FPS = 200
"""No contender steps as fast, so that LeRobot's loop never sleeps. It changes nothing else."""

START_TIME_LIMIT_S = 180.0
LEARNING_TIME_LIMIT_S = 20.0
"""From the first step to the learner's first update: slow actors are measured without a learner."""


CONTENDERS = (
    Contender("stock, own simulator, 10 Hz", "state"),
    Contender("stock, own simulator, no limit", "state", fps=NO_LIMIT_FPS),
    Contender("stock, gym-hil, no limit", "state", fps=NO_LIMIT_FPS, simulator="gym-hil-state"),
    Contender("dora-hil, 40 ms", "state", tick_ms=40),
    Contender("dora-hil, 15 ms", "state", tick_ms=15),
    # Shorter than a step takes: lockstep goes as fast as the answers come.
    Contender("dora-hil, 5 ms", "state", tick_ms=5),
    Contender("stock, gym-hil, as shipped", "pictures", simulator="gym-hil"),
    Contender("stock, own simulator, no limit", "pictures", fps=NO_LIMIT_FPS),
    Contender("dora-hil, 40 ms", "pictures", tick_ms=40),
    Contender("dora-hil, 25 ms", "pictures", tick_ms=25),
)


def measure(contender: Contender, seconds: float, folder: Path) -> dict[str, Any]:
    """Run a contender and return its figures."""
    trial = Trial(contender, folder)
    with trial.learning():
        with trial.acting():
            assert _comes_true(trial.is_running, START_TIME_LIMIT_S), trial.logs()
            _comes_true(trial.updates, LEARNING_TIME_LIMIT_S)
            begin_s = time.time()
            time.sleep(seconds)
            end_s = time.time()
        sent = trial.sent()
        received = trial.received() if sent else 0
    figures = window_figures(trial.steps(), trial.updates(), begin_s, end_s)
    load = os.getloadavg()[0]
    return {**figures, "sent": sent, "received": received, "load_average": load}


def _comes_true(condition: Callable[[], object], time_limit_s: float) -> bool:
    deadline_s = time.monotonic() + time_limit_s
    while not condition():
        if time.monotonic() > deadline_s:
            return False
        time.sleep(0.1)
    return True


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each, after warming up")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    args = parser.parse_args()
    rows = []
    print(f"{args.seconds:.0f} s each; sent and received: transitions until the end")
    print(HEADER)
    for contender in CONTENDERS:
        with tempfile.TemporaryDirectory() as folder:
            figures = measure(contender, args.seconds, Path(folder))
        rows.append({"sees": contender.sees, "name": contender.name, **figures})
        print(_line(rows[-1]), flush=True)
    print("\nLeRobot's loop: where a step goes, mean ms")
    print(f"{'':41}" + "".join(f"{part:>11}" for part in PARTS))
    for row in rows:
        if row["parts_ms"] is not None:
            print(_name(row) + "".join(f"{row['parts_ms'][part]:11.1f}" for part in PARTS))
    if args.json:
        args.json.write_text(json.dumps(rows))


HEADER = f"{'':41}{'steps/s':>8}{'policy ms':>12}{'updates/s':>10}" + (
    f"{'weights s':>12}{'reset s':>8}{'sent':>6}{'received':>9}{'load':>6}"
)


def _name(row: dict[str, Any]) -> str:
    return f"{row['sees']:9} {row['name']:31}"


def _line(row: dict[str, Any]) -> str:
    reset_s = "-" if row["reset_s"] is None else f"{row['reset_s']:.2f}"
    received = "-" if row["received"] is None else row["received"]
    return (
        f"{_name(row)}{row['steps_per_s']:8.1f}{_pair(row['policy_ms']):>12}"
        f"{row['updates_per_s']:10.2f}{_pair(row['weights_age_s']):>12}{reset_s:>8}"
        f"{row['sent']:6}{received:>9}{row['load_average']:6.1f}"
    )


def _pair(percentiles: dict[str, float] | None) -> str:
    if percentiles is None:
        return "-"
    return f"{percentiles['p50']:.1f}, {percentiles['p95']:.1f}"


if __name__ == "__main__":
    main()
