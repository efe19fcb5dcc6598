"""Print all figures: ``uv run python -m benchmarks [--quick]``."""

import argparse
import platform
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent

SCRIPTS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("bench_rendering.py", (), ()),
    ("bench_step.py", (), ()),
    ("bench_messages.py", (), ()),
    ("bench_startup.py", (), ("--rounds", "1")),
    ("bench_ticks.py", (), ("--seconds", "10")),
    ("bench_record.py", (), ("--episodes", "3")),
    ("bench_record_loop.py", (), ("--episodes", "4")),
    ("bench_record_memory.py", (), ("--episodes", "20")),
    ("bench_consolidate.py", (), ("--episodes", "20")),
    ("bench_view.py", (), ()),
    ("bench_actor.py", (), ("--seconds", "10")),
    ("bench_encode.py", (), ("--rounds", "2")),
    ("bench_reward.py", (), ("--rounds", "30", "--seconds", "30")),
    ("bench_web.py", (), ("--seconds", "10")),
    ("bench_robot.py", (), ("--seconds", "5")),
    ("bench_asked_and_done.py", (), ("--steps", "200")),
    # The boxes take a quarter of an hour; docs/benchmarks.md has the command.
    ("bench_operator.py", ("--tasks", "pick_cube"), ("--tasks", "pick_cube", "--episodes", "20")),
)
"""Name, options of a full run, options of a quick one."""


def main() -> int:
    """Run every benchmark in turn; returns 1 if one of them failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter, and noisier")
    args = parser.parse_args()
    print(f"{platform.platform()}, Python {platform.python_version()}")
    failed = False
    for script, full, quick in SCRIPTS:
        options = quick if args.quick else full
        command = [sys.executable, str(FOLDER / script), *options]
        print(f"\n## {script} {' '.join(options)}".rstrip(), flush=True)
        failed |= subprocess.run(command, check=False).returncode != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
