"""A classifier checked on recorded episodes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dora_hil_datasets.arguments import root_of
from dora_hil_datasets.dataset.local import LocalDataset
from dora_hil_datasets.dataset.recorded_episode import read_episodes
from lerobot_node.policy.checkpoint import TRAINING
from lerobot_node.policy.origin import read_object
from lerobot_node.reward import page, score
from lerobot_node.reward.balance import LabelError, read_labels
from lerobot_node.reward.classifier import ClassifierError, RewardClassifier
from lerobot_node.reward.predictions import predict


@dataclass(frozen=True)
class Checked:
    """What came of a check.

    Attributes:
        told: all figures; see `score.report`.
        lines: for people.
        html: a page.
    """

    told: dict[str, Any]
    lines: Sequence[str]
    html: str


class Evaluation:
    """Holds a classifier against labels."""

    def __init__(self, path: Path, consecutive: int) -> None:
        """Load the classifier of a training; so many frames in a row make a success.

        Raises:
            ClassifierError: there is none.
        """
        self._classifier = RewardClassifier(path)
        self._path, self._consecutive = path, consecutive

    def check_held_out(self, threshold: float | None) -> Checked:
        """Check on the episodes that the training held out.

        Raises:
            UserError: it held none out, or its dataset is not here.
        """
        local, episodes = self._held_out()
        return self._check(local, episodes, threshold)

    def check(
        self,
        repo_id: str,
        root: Path | None,
        episodes: Sequence[int] | None,
        threshold: float | None,
    ) -> Checked:
        """Check on a dataset; the threshold, if it is not given, comes from the held-out episodes.

        Raises:
            UserError: the dataset cannot be read, or there is nothing to calibrate on.
        """
        local = LocalDataset(repo_id, root_of(repo_id, root))
        if threshold is not None:
            return self._check(local, episodes, threshold)
        calibrated = float(self.check_held_out(None).told["threshold"])
        origin = "calibrated on the episodes that the training held out"
        return self._check(local, episodes, calibrated, origin)

    def _held_out(self) -> tuple[LocalDataset, list[int]]:
        training = read_object(self._classifier.folder / TRAINING).get("dataset") or {}
        split = float(training.get("eval_split") or 0.0)
        if not split:
            raise ClassifierError(
                f"{self._path}: its training held no episodes out (dataset.eval_split is 0); "
                "name a dataset and a threshold"
            )
        repo_id = str(training.get("repo_id"))
        root = training.get("root")
        local = LocalDataset(repo_id, root_of(repo_id, Path(root) if root else None))
        chosen = training.get("episodes") or list(range(len(local.lengths)))
        return local, held_out(chosen, local.open().meta.episodes["tasks"], split)

    def _check(
        self,
        local: LocalDataset,
        wanted: Sequence[int] | None,
        threshold: float | None,
        origin: str = "given",
    ) -> Checked:
        dataset = local.open(wanted)
        episodes = read_episodes(dataset)
        all_labels = read_labels(local.root)
        labels = {episode.index: all_labels[episode.index] for episode in episodes}
        flags = [bool(flag) for label in labels.values() for flag in label]
        if all(flags) or not any(flags):
            raise LabelError(
                f"{local.root}: every frame has the same label; nothing to hold against"
            )
        seen = predict(dataset, episodes, self._classifier.probability)
        if threshold is None:
            threshold = score.calibrate(labels, seen, self._consecutive)
            origin = "calibrated on these episodes"
        told = {
            "classifier": str(self._path),
            "dataset": str(local.root),
            **score.report(labels, seen, threshold, self._consecutive),
        }
        title = f"{self._path.name} on {local.repo_id}"
        html = page.render(
            title, told, page.mistakes(dataset, episodes, labels, seen), labels, seen
        )
        return Checked(told, [f"{title}, threshold {origin}", *score.lines(told)], html)


def held_out(chosen: Sequence[int], tasks: Sequence[Sequence[str]], split: float) -> list[int]:
    """Return the episodes that LeRobot's training held out: the last ones of each task.

    Args:
        chosen: those that the training was given, in its order.
        tasks: of every episode of the dataset; the first one counts.
        split: `dataset.eval_split`.
    """
    by_task: dict[str, list[int]] = {}
    for episode in chosen:
        by_task.setdefault(next(iter(tasks[episode]), ""), []).append(episode)
    return [
        episode
        for episodes in by_task.values()
        for episode in episodes[len(episodes) - math.ceil(len(episodes) * split) :]
    ]
