"""Memory of the recorder over many episodes: it must not grow with their number."""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from recording_runs import record, reported  # noqa: E402 - the helpers of the tests


def main() -> None:
    """Print the resident memory by episode."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=100)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    args = parser.parse_args()
    by_episode: dict[int, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "data"
        words = (f"--dataset.num_episodes={args.episodes}",)
        with record(Path(folder) / "run", root, *words, probe=False) as running:
            while running.process.poll() is None:
                count = reported(running.log())
                if count:
                    recorder = psutil.Process(running.pid_of("lerobot-node"))
                    by_episode[count] = recorder.memory_info().rss / 2**20
                if count >= args.episodes:
                    break
                time.sleep(0.1)
            assert running.wait(60) == 0, running.log()
    print("episodes  resident MiB")
    for count in sorted(by_episode):
        if count == 1 or count % (args.episodes // 10) == 0:
            print(f"{count:8} {by_episode[count]:13.0f}")
    if args.json:
        args.json.write_text(json.dumps(by_episode))


if __name__ == "__main__":
    main()
