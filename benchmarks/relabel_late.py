"""A button that is pressed 0.3 to 1.0 s late, and what relabelling makes of its labels.

    uv run python benchmarks/relabel_late.py --repo_id example/unseen \
        --root outputs/reproduce_classifier/unseen \
        --classifier outputs/reproduce_classifier/classifier --output outputs/relabelled

Takes a dataset whose labels are true, writes a copy whose successes come late (a seeded number of
frames in each episode; past its end there is none), has `dora-hil relabel` label that
copy, and holds both against the truth.
"""

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dora_hil.command import run as run_command
from dora_hil_datasets.dataset.existing import read_existing
from dora_hil_datasets.edit.labels import EpisodeLabels, write_relabelled
from lerobot_node.reward.balance import Labels, read_labels
from lerobot_node.reward.score import WITHIN_FRAMES

DELAY_S = (0.3, 1.0)


def late(truth: Labels, fps: int, seed: int) -> dict[int, EpisodeLabels]:
    """Return labels whose successes begin late."""
    rng = np.random.default_rng(seed)
    made = {}
    for episode, pictures in truth.items():
        delay = round(fps * rng.uniform(*DELAY_S))
        # A picture's label is the reward of the row before it.
        rows = np.append(pictures[1:], pictures[-1])
        success = np.append(np.zeros(delay, dtype=bool), rows)[: len(rows)]
        nothing = np.zeros(len(rows), dtype=bool)
        last = np.arange(len(rows)) == len(rows) - 1
        made[episode] = EpisodeLabels(success.astype(np.float32), nothing, last, success)
    return made


def onset(flags: npt.NDArray[np.bool_]) -> int | None:
    """Return the first frame that shows success."""
    return int(np.argmax(flags)) if flags.any() else None


def row(name: str, truth: Labels, labels: Labels) -> str:
    """Return a line of the table."""
    wrong = sum(int((truth[e] != labels[e]).sum()) for e in truth)
    frames = sum(len(flags) for flags in truth.values())
    pairs = [(onset(truth[e]), onset(labels[e])) for e in truth]
    off_by = [found - true for true, found in pairs if true is not None and found is not None]
    successes = sum(true is not None for true, _ in pairs)
    lost = successes - len(off_by)
    found = sum(true is None and found is not None for true, found in pairs)
    near = sum(abs(frames) <= WITHIN_FRAMES for frames in off_by)
    return (
        f"| {name} | {wrong} of {frames} ({wrong / frames:.1%}) | {near} of {successes} "
        f"| {np.mean(off_by):+.2f} ({min(off_by):+d} to {max(off_by):+d}) | {lost} | {found} |"
    )


def main() -> None:
    """Make the labels late, restore them, and print how well that went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repo_id", required=True)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--classifier", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True, help="folder to be made")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    existing, truth = read_existing(args.root), read_labels(args.root)
    args.output.mkdir(parents=True)
    write_relabelled(existing, args.output / "late", late(truth, existing.fps, args.seed))
    run_command(
        [
            *("relabel", f"--repo_id={args.repo_id}", "--keep_length"),
            f"--root={args.output / 'late'}",
            f"--new_root={args.output / 'restored'}",
            f"--classifier={args.classifier}",
        ]
    )
    print("| labels | wrong | onset within a frame | onset off by, mean | lost | made up |")
    print("| --- | --- | --- | --- | --- | --- |")
    print(row("late button", truth, read_labels(args.output / "late")))
    print(row("relabelled", truth, read_labels(args.output / "restored")))


if __name__ == "__main__":
    main()
