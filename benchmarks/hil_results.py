"""The table of docs/results.md from what `scripts/reproduce_hil.sh` has left, a row per training.

uv run python benchmarks/hil_results.py outputs/reproduce_hil --keep docs/results/hil
"""

import argparse
import json
import statistics
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from dora_hil_datasets.arguments import picture_path
from dora_hil_datasets.curves.metrics_lines import Row, read_lines
from dora_hil_datasets.curves.picture import save
from dora_hil_datasets.curves.plot import Plot
from dora_hil_datasets.curves.run_groups import run_groups
from dora_hil_datasets.curves.thin import thin
from dora_hil_datasets.curves.training import ACTOR, LEARNER, STEP, UPDATE

MEAN_OVER = FIRST = LAST = 20
"""Episodes of which the intervention rate is said."""


COLUMNS = (
    "Condition",
    "Seed",
    "On the way",
    "Success",
    "min",
    "Steps",
    "Updates",
    "Help, first 20",
    "Help, last 20",
)


class Trial:
    """A training of one condition and seed, evaluated."""

    def __init__(self, folder: Path) -> None:
        """Read what it left."""
        self.folder = folder
        self.condition, _, self.seed = folder.name.rpartition("-seed")
        self.episodes = read_lines(folder / ACTOR, [STEP])
        self.updates = [row for row in read_lines(folder / LEARNER, []) if UPDATE in row]
        self.successes, self.judged = _judged(folder / "eval")

    @property
    def on_the_way(self) -> str:
        """Return the success of earlier checkpoints, by environment steps or seconds (`280s`)."""
        folders = [path.parent for path in self.folder.glob("eval-*/results.json")]
        found = {folder.name.partition("-")[2]: _judged(folder)[0] for folder in folders}
        ordered = sorted(found, key=lambda at: float(at.removesuffix("s")))
        return ", ".join(f"{at}: {found[at]}" for at in ordered) or "-"

    def row(self) -> tuple[str, ...]:
        """Return what the table says of it."""
        first, last = self.episodes[:FIRST], self.episodes[-LAST:]
        return (
            self.seed,
            self.on_the_way,
            f"{self.successes} of {self.judged}",
            f"{self.episodes[-1]['wall_s'] / 60:.1f}",
            f"{self.episodes[-1][STEP]}",
            f"{self.updates[-1][UPDATE]}",
            f"{_rate(first):.0%}",
            f"{_rate(last):.0%}",
        )


def _judged(folder: Path) -> tuple[int, int]:
    """Return how many of the unseen seeds were solved, and how many there were."""
    episodes = json.loads((folder / "results.json").read_text())["episodes"]
    return sum(bool(episode["success"]) for episode in episodes), len(episodes)


def _rate(episodes: list[Row]) -> float:
    return float(statistics.mean(episode["Intervention rate"] for episode in episodes))


def trials(output: Path) -> Iterator[Trial]:
    """Yield those that were evaluated."""
    for results in sorted(output.glob("*-seed*/eval/results.json")):
        yield Trial(results.parent.parent)


def main() -> None:
    """Print the table; keep the metrics and draw the curves, if wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path, help="OUTPUT of a scripts/reproduce_*.sh")
    parser.add_argument("--keep", type=Path, help="put the metrics here, in a small size")
    parser.add_argument("--plot", type=picture_path, help="draw the curves: .png, .svg or .pdf")
    parser.add_argument("--conditions", nargs="*", help="the curves, at most seven (default: all)")
    args = parser.parse_args()
    print(f"| {' | '.join(COLUMNS)} |\n|{' --- |' * len(COLUMNS)}")
    folders: dict[str, list[str]] = {}
    for condition, several in groupby(trials(args.output), key=lambda trial: trial.condition):
        for trial in several:
            print(f"| {condition} | {' | '.join(trial.row())} |")
            folders.setdefault(condition, []).append(str(trial.folder))
            if args.keep is not None:
                thin(trial.folder, args.keep / trial.folder.name, every=10)
    if args.plot is not None:
        wanted = args.conditions or list(folders)
        groups = run_groups([f"{name}={','.join(folders[name])}" for name in wanted])
        curves = Plot("steps", MEAN_OVER).draw({group.name: group.read() for group in groups})
        save(curves, args.plot)


if __name__ == "__main__":
    main()
