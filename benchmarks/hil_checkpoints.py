"""The checkpoint that a training made first after so many environment steps, and after how many.

uv run python benchmarks/hil_checkpoints.py outputs/train/gym_hil_env 4000
"""

import argparse
from pathlib import Path

from lerobot.utils.constants import CHECKPOINTS_DIR

from dora_hil_datasets.curves.metrics_lines import read_lines
from dora_hil_datasets.curves.training import LEARNER, UPDATE

STEPS = "replay_buffer_size"
"""What the learner has of the environment's steps; all, as long as its buffer is not full."""


def checkpoint_after(folder: Path, steps: int) -> tuple[Path, int]:
    """Return a checkpoint's folder, and the steps that the learner had when it was made.

    Args:
        folder: `output_dir` of a training.
        steps: of the environment; the newest checkpoint where none was made after them.
    """
    rows = [row for row in read_lines(folder / LEARNER, []) if STEPS in row]
    made = sorted(path for path in (folder / CHECKPOINTS_DIR).glob("*") if path.name.isdigit())
    for path in made:
        before = [int(row[STEPS]) for row in rows if row[UPDATE] <= int(path.name)]
        if before and before[-1] >= steps:
            return path, before[-1]
    return made[-1], int(rows[-1][STEPS])


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="output_dir of a training")
    parser.add_argument("steps", type=int, help="of the environment")
    args = parser.parse_args()
    print(*checkpoint_after(args.folder, args.steps))


if __name__ == "__main__":
    main()
