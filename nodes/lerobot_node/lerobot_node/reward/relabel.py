"""Labels from a classifier's probabilities, and what they change of the recorded ones."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dora_hil_datasets.edit.labels import EpisodeLabels
from dora_hil_datasets.report.charts import runs

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Change:
    """What relabelling does to an episode.

    Attributes:
        episode_index: in the dataset.
        changed: rows, of those that remain, with another label than before.
        cut: rows behind the new end.
        onset_before: first rewarded row, None for none.
        onset_after: the same of the new labels.
    """

    episode_index: int
    changed: int
    cut: int
    onset_before: int | None
    onset_after: int | None

    @property
    def moved(self) -> int | None:
        """Return by how many frames the onset moved, earlier ones below 0; None without two."""
        if self.onset_before is None or self.onset_after is None:
            return None
        return self.onset_after - self.onset_before


def shown(
    probabilities: npt.NDArray[np.floating[Any]], threshold: float, consecutive: int
) -> Flags:
    """Say which pictures of an episode show success.

    A run of fewer than `consecutive` pictures counts for nothing; one that reaches the episode's
    end does not have to be that long.

    Args:
        probabilities: float[pictures].
        threshold: from which on a picture shows success.
        consecutive: pictures in a row.
    """
    is_above = probabilities >= threshold
    flags = np.zeros_like(is_above)
    for first, count in runs(is_above):
        if count >= consecutive or first + count == len(is_above):
            flags[first : first + count] = True
    return flags


def relabelled(old: EpisodeLabels, pictures: Flags, *, reward: float, cut: bool) -> EpisodeLabels:
    """Return an episode's new labels.

    Row t leads to picture t + 1, and is a success where that one shows it. Behind the last row is
    a picture that no dataset holds: what was recorded of it stands, unless success came before.

    Args:
        old: the recorded labels.
        pictures: which pictures show success, bool[rows].
        reward: of a row that leads to success.
        cut: success ends the episode; what follows is left out.
    """
    is_last_success = pictures[-1] or (old.success[-1] and not pictures.any())
    success = np.append(pictures[1:], is_last_success)
    if cut and success.any():
        rows = int(np.argmax(success)) + 1
        last = np.arange(rows) == rows - 1
        return EpisodeLabels(
            reward=np.where(last, reward, 0.0).astype(np.float32),
            done=last,
            truncated=np.zeros(rows, dtype=np.bool_),
            success=last,
        )
    done, truncated = old.done.copy(), old.truncated.copy()
    if done[-1] and old.success[-1] and not success[-1]:
        # It had ended for a success that was none.
        done[-1], truncated[-1] = False, True
    return EpisodeLabels(
        reward=np.where(success, reward, 0.0).astype(np.float32),
        done=done,
        truncated=truncated,
        success=success,
    )


def change(episode_index: int, old: EpisodeLabels, new: EpisodeLabels) -> Change:
    """Compare an episode's old labels with the new ones."""
    rows = len(new.success)
    return Change(
        episode_index,
        changed=int((old.success[:rows] != new.success).sum()),
        cut=len(old.success) - rows,
        onset_before=_onset(old.success),
        onset_after=_onset(new.success),
    )


def _onset(flags: Flags) -> int | None:
    return int(np.argmax(flags)) if flags.any() else None


def report(changes: Sequence[Change]) -> dict[str, Any]:
    """Return all of it as JSON."""
    moved = [c.moved for c in changes if c.moved is not None]
    return {
        "episodes": len(changes),
        "labels_changed": sum(c.changed for c in changes),
        "frames_cut": sum(c.cut for c in changes),
        "onset_moved_frames": {
            "episodes": len(moved),
            "median": statistics.median(moved) if moved else None,
            "min": min(moved, default=None),
            "max": max(moved, default=None),
        },
        "success_found": [c.episode_index for c in changes if _is_new(c)],
        "success_lost": [c.episode_index for c in changes if _is_lost(c)],
        "by_episode": [asdict(c) | {"onset_moved": c.moved} for c in changes],
    }


def _is_new(c: Change) -> bool:
    return c.onset_before is None and c.onset_after is not None


def _is_lost(c: Change) -> bool:
    return c.onset_before is not None and c.onset_after is None


def lines(changes: Sequence[Change]) -> Iterator[str]:
    """Yield the report for people."""
    told = report(changes)
    yield (
        f"{told['episodes']} episodes: {told['labels_changed']} labels changed, "
        f"{told['frames_cut']} frames cut behind the success"
    )
    moved = told["onset_moved_frames"]
    if moved["episodes"]:
        yield (
            f"the onset of success moved by {moved['median']:+g} frames in the median "
            f"({moved['min']:+d} to {moved['max']:+d}, {moved['episodes']} episodes)"
        )
    for key, what in (("success_found", "found in"), ("success_lost", "no longer in")):
        if told[key]:
            yield f"success {what} episode(s) {', '.join(map(str, told[key]))}"
