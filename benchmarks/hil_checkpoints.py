"""A checkpoint on the way: the first after so many environment steps, or the last within a time.

uv run python benchmarks/hil_checkpoints.py outputs/train/gym_hil_env 4000
uv run python benchmarks/hil_checkpoints.py outputs/train/gym_hil_env 280s   # from the first step
"""

import argparse
from pathlib import Path

from lerobot.utils.constants import CHECKPOINTS_DIR

from dora_hil_datasets.curves.metrics_lines import read_lines
from dora_hil_datasets.curves.training import ACTOR, LEARNER, UPDATE

STEPS = "replay_buffer_size"
"""What the learner has of the environment's steps; all, as long as its buffer is not full."""


def checkpoint_at(folder: Path, at: str) -> tuple[Path, int]:
    """Return a checkpoint's folder, and the steps that the learner had when it was made.

    Args:
        folder: `output_dir` of a training.
        at: steps of the environment, or with an `s` seconds since the first of them, none of which
            went to the start of the dataflow (20 s before); the newest checkpoint where there is
            none after so many steps.
    """
    rows = [row for row in read_lines(folder / LEARNER, []) if STEPS in row]
    made = sorted(path for path in (folder / CHECKPOINTS_DIR).glob("*") if path.name.isdigit())
    before = [(path, [row for row in rows if row[UPDATE] <= int(path.name)]) for path in made]
    when = [(path, several[-1]) for path, several in before if several]
    if at.endswith("s"):
        first = read_lines(folder / ACTOR, ["wall_s"])[0]
        end_s = first["time_s"] - first["wall_s"] + float(at[:-1])
        found = [(path, row) for path, row in when if row["time_s"] <= end_s][-1:]
    else:
        found = [(path, row) for path, row in when if row[STEPS] >= int(at)] or when[-1:]
    if not found:
        raise SystemExit(f"{folder}: no checkpoint within {at}")
    return found[0][0], int(found[0][1][STEPS])


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="output_dir of a training")
    parser.add_argument("at", help="steps of the environment, or seconds: 280s")
    args = parser.parse_args()
    print(*checkpoint_at(args.folder, args.at))


if __name__ == "__main__":
    main()
