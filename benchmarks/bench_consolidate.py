"""What merging a dataset's small files brings: opening it, and reading it in random order.

One dataset, before and after `dora-hil consolidate`, by LeRobot's own class.

    uv run python benchmarks/bench_consolidate.py
"""

import argparse
import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

# Before `datasets` is imported.
os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import recordings  # noqa: E402 - the small datasets of the tests
from lerobot.datasets import LeRobotDataset  # noqa: E402

from dora_hil.command import run as run_command  # noqa: E402
from dora_hil_datasets.dataset.store import prepare_lerobot  # noqa: E402

LENGTH = 20
READS = 400


def measure(root: Path) -> dict[str, float]:
    """Open a dataset, and read frames in random order."""
    start_s = time.monotonic()
    dataset = LeRobotDataset(recordings.REPO_ID, root=root)
    opened_s = time.monotonic()
    chance = random.Random(0)
    for _ in range(READS):
        dataset[chance.randrange(len(dataset))]
    read_s = time.monotonic()
    files = sum(path.is_file() for path in root.rglob("*"))
    megabytes = sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) / 1e6
    return {
        "files": files,
        "MB": megabytes,
        "open_s": opened_s - start_s,
        "read_ms": 1e3 * (read_s - opened_s) / READS,
    }


def measure_afresh(root: Path) -> dict[str, float]:
    """Measure in a process of its own: LeRobot keeps decoders by their path."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(measure, root).result()


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=100)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    args = parser.parse_args()
    prepare_lerobot()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "data"
        recordings.write(root, [LENGTH] * args.episodes)
        before = measure_afresh(root)
        start_s = time.monotonic()
        run_command(["consolidate", f"--repo_id={recordings.REPO_ID}", f"--root={root}"])
        merge_s = time.monotonic() - start_s
        after = measure_afresh(root)
    print(
        f"{args.episodes} episodes of {LENGTH} frames, one 64x64 camera; merged in {merge_s:.1f} s"
    )
    print(f"{'':8}{'before':>10}{'after':>10}")
    for name in before:
        print(f"{name:8}{before[name]:10.2f}{after[name]:10.2f}")
    if args.json:
        figures = {"before": before, "after": after, "merge_s": merge_s}
        args.json.write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
