"""The labels of a dataset: how many frames show success, and in which episodes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from dora_hil.errors import UserError

Labels = dict[int, npt.NDArray[np.bool_]]
"""Of every picture that a dataset has, by episode: bool[frames]."""


class LabelError(UserError):
    """Labels that nothing can be learned from."""


def read_labels(root: Path) -> Labels:
    """Return the label of every picture.

    A row holds the observation before an action and the reward after it: what a picture shows
    was rewarded one row earlier. An episode's first picture shows no success.

    Raises:
        LabelError: there is no `next.reward`, or one that is neither 0 nor 1.
    """
    tables = [
        pq.read_table(path, columns=["episode_index", "frame_index", "next.reward"])
        for path in sorted((root / "data").rglob("*.parquet"))
        if "next.reward" in pq.read_schema(path).names
    ]
    if not tables:
        raise LabelError(f"{root}: there is no column next.reward to learn from")
    labels: Labels = {}
    for table in tables:
        episodes = table["episode_index"].to_numpy()
        rewards = np.array(table["next.reward"].to_pylist(), dtype=np.float64).reshape(-1)
        odd = rewards[(rewards != 0.0) & (rewards != 1.0)]
        if odd.size:
            raise LabelError(
                f"{root}: next.reward is {odd[0]:g} somewhere; labels are 0 and 1 (a sparse reward)"
            )
        for episode in np.unique(episodes):
            rewarded = rewards[episodes == episode] == 1.0
            labels[int(episode)] = np.concatenate([[False], rewarded[:-1]])
    return dict(sorted(labels.items()))


@dataclass(frozen=True)
class Balance:
    """How many frames show success.

    Attributes:
        positives, negatives: frames.
        by_episode: frames that show success, and frames, in episode order.
    """

    positives: int
    negatives: int
    by_episode: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, labels: Labels) -> Self:
        """Count."""
        counts = tuple((int(label.sum()), len(label)) for label in labels.values())
        positives = sum(count for count, _ in counts)
        return cls(positives, sum(frames for _, frames in counts) - positives, counts)

    def demand_both(self, root: Path) -> None:
        """Refuse what cannot be learned from.

        Raises:
            LabelError: every frame has the same label.
        """
        if not self.positives or not self.negatives:
            only = "success" if self.positives else "no success"
            raise LabelError(f"{root}: every frame shows {only}; a classifier needs both")

    def lines(self) -> Iterator[str]:
        """Yield the report for people."""
        total = self.positives + self.negatives
        with_success = sum(count > 0 for count, _ in self.by_episode)
        yield (
            f"{total} frames of {len(self.by_episode)} episodes: {self.positives} show success "
            f"({self.positives / max(total, 1):.0%}), {self.negatives} do not; "
            f"{with_success} episodes with success, {len(self.by_episode) - with_success} without"
        )
        yield "frames that show success, of each episode: " + ", ".join(
            f"{count}/{frames}" for count, frames in self.by_episode
        )
