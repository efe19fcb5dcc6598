"""How smoothly an arm was moved in evaluations that were recorded: its largest jump, and its jerk.

    uv run python -m benchmarks.bench_smoothness outputs/eval/sync outputs/eval/async

Each folder is the dataset of an evaluation (`--dataset.root`) whose state has the tool's place
(`tcp.x`, `tcp.y`, `tcp.z`). A jump is how far the tool comes in one step of the body; the jerk is
the third derivative of its place, the root of its mean square. Grasps are left out of neither.
"""

import argparse
from pathlib import Path

import numpy as np

from dora_hil.stream.actions import Float64Array
from dora_hil_datasets.dataset.local import LocalDataset
from dora_hil_datasets.dataset.recorded_episode import read_episodes

STATE = "observation.state"
TOOL = ("tcp.x", "tcp.y", "tcp.z")


def paths_m(root: Path) -> tuple[int, list[Float64Array]]:
    """Return the rate, Hz, and where the tool was in each episode, float64[steps, 3], metres."""
    local = LocalDataset(f"evaluation/{root.name}", root)
    dataset = local.open()
    names = list(dataset.features[STATE]["names"])
    columns = [names.index(name) for name in TOOL]
    episodes = read_episodes(dataset, local.records)
    return dataset.fps, [
        np.asarray(episode.columns[STATE][:, columns], np.float64) for episode in episodes
    ]


def main() -> None:
    """Print a row for each dataset."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("datasets", type=Path, nargs="+")
    print("| Evaluation | Rate | Steps | Largest jump | Jump, 99 of 100 below | Jerk |")
    print("| --- | --- | --- | --- | --- | --- |")
    for root in parser.parse_args().datasets:
        fps, paths = paths_m(root)
        jumps_mm = 1000 * np.concatenate(
            [np.linalg.norm(np.diff(path, axis=0), axis=1) for path in paths]
        )
        jerk = np.concatenate([np.diff(path, 3, axis=0) * fps**3 for path in paths])
        rms = float(np.sqrt((jerk**2).sum(axis=1).mean()))
        print(
            f"| {root.name} | {fps} Hz | {len(jumps_mm)} | {jumps_mm.max():.1f} mm | "
            f"{np.percentile(jumps_mm, 99):.1f} mm | {rms:.0f} m/s³ |"
        )


if __name__ == "__main__":
    main()
