"""The labels of a dataset: how many frames show success, and in which episodes."""

from collections.abc import Iterator
from pathlib import Path

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


def demand_both(labels: Labels, root: Path) -> None:
    """Refuse what cannot be learned from.

    Raises:
        LabelError: every frame has the same label.
    """
    has_success = any(label.any() for label in labels.values())
    has_other = any(not label.all() for label in labels.values())
    if not has_success or not has_other:
        only = "success" if has_success else "no success"
        raise LabelError(f"{root}: every frame shows {only}; a classifier needs both")


def balance(labels: Labels) -> Iterator[str]:
    """Yield how many frames show success, and in which episodes, for people."""
    counts = [(int(label.sum()), len(label)) for label in labels.values()]
    total = sum(frames for _, frames in counts)
    positives = sum(count for count, _ in counts)
    with_success = sum(count > 0 for count, _ in counts)
    yield (
        f"{total} frames of {len(counts)} episodes: {positives} show success "
        f"({positives / max(total, 1):.0%}), {total - positives} do not; "
        f"{with_success} episodes with success, {len(counts) - with_success} without"
    )
    yield "frames that show success, of each episode: " + ", ".join(
        f"{count}/{frames}" for count, frames in counts
    )
