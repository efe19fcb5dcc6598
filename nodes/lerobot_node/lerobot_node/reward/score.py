"""How good a classifier is: frame by frame, and in the frame where success begins."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from dora_hil_datasets.report.charts import runs
from lerobot_node.reward.balance import Labels
from lerobot_node.reward.predictions import Probabilities
from lerobot_node.reward.relabel import Flags

WITHIN_FRAMES = 1
"""An onset this near to the true one is right: at 10 Hz, a tenth of a second."""

ENOUGH_EPISODES = 10
"""From so many on a threshold is chosen for its neighbours too."""

Floats = NDArray[np.float64]


def count_frames(labels: Flags, said: Flags) -> dict[str, int]:
    """Count frames by what they show and what was said of them."""
    return {
        "true_positives": int((labels & said).sum()),
        "false_positives": int((~labels & said).sum()),
        "true_negatives": int((~labels & ~said).sum()),
        "false_negatives": int((labels & ~said).sum()),
    }


def shares(counts: Mapping[str, int]) -> dict[str, float | None]:
    """Return the shares of frames told right, of positives that are true, of successes found."""
    hits = counts["true_positives"]
    return {
        "accuracy": _share(hits + counts["true_negatives"], sum(counts.values())),
        "precision": _share(hits, hits + counts["false_positives"]),
        "recall": _share(hits, hits + counts["false_negatives"]),
    }


@dataclass(frozen=True)
class Onsets:
    """Where success begins, of a rule that is used in the loop.

    Attributes:
        off_by: frames between the true onset and the one that was said, for each episode with
            success in which one was said; above 0 is late.
        missed: episodes with success in which none was said.
        failed: episodes without success.
        false_alarms: of these, the numbers of those in which success was said.
    """

    off_by: tuple[int, ...]
    missed: tuple[int, ...]
    failed: int
    false_alarms: tuple[int, ...]

    @classmethod
    def find(cls, labels: Labels, seen: Probabilities, threshold: float, consecutive: int) -> Self:
        """Apply the rule to every episode, as the stage does: at the last of the run's frames."""
        off_by, missed, false_alarms = [], [], []
        for episode, label in labels.items():
            said = _said_at(seen[episode], threshold, consecutive)
            if not label.any():
                false_alarms += [episode] if said is not None else []
            elif said is None:
                missed.append(episode)
            else:
                off_by.append(said - int(np.argmax(label)))
        failed = sum(not label.any() for label in labels.values())
        return cls(tuple(off_by), tuple(missed), failed, tuple(false_alarms))

    @property
    def right(self) -> float | None:
        """Return the share of episodes with success whose onset is within a frame of the truth."""
        near = sum(abs(frames) <= WITHIN_FRAMES for frames in self.off_by)
        return _share(near, len(self.off_by) + len(self.missed))


def _said_at(seen: NDArray[np.float32], threshold: float, consecutive: int) -> int | None:
    in_a_row = 0
    for frame, probability in enumerate(seen):
        in_a_row = in_a_row + 1 if probability >= threshold else 0
        if in_a_row >= consecutive:
            return frame
    return None


@dataclass(frozen=True, eq=False)
class Roc:
    """Which share of the frames with and without success is called success, by threshold.

    Attributes:
        thresholds: falling.
        false_positive_rate, true_positive_rate: from 0 to 1.
    """

    thresholds: Floats
    false_positive_rate: Floats
    true_positive_rate: Floats

    @classmethod
    def of(cls, labels: Flags, seen: NDArray[np.float32]) -> Self:
        """Sweep the threshold over every probability that occurs."""
        order = np.argsort(-seen, kind="stable")
        found, at = labels[order], seen[order]
        ends = np.append(np.flatnonzero(np.diff(at)), len(at) - 1)
        hits, alarms = np.cumsum(found)[ends], np.cumsum(~found)[ends]
        return cls(
            np.concatenate([[1.0 + 1e-9], at[ends].astype(np.float64)]),
            np.concatenate([[0.0], alarms / max(int((~labels).sum()), 1)]),
            np.concatenate([[0.0], hits / max(int(labels.sum()), 1)]),
        )

    @property
    def area(self) -> float:
        """Return the area below the curve; 0.5 is guessing."""
        return float(np.trapezoid(self.true_positive_rate, self.false_positive_rate))


def calibrate(labels: Labels, seen: Probabilities, consecutive: int) -> float:
    """Return the threshold that tells most onsets and frames right, far from those that do worse.

    False alarms count as an onset each: one ends an episode with a reward for nothing. Of a range
    of equally good thresholds it is the middle; with `ENOUGH_EPISODES`, what is one onset worse
    counts as equal, for a single episode says little about the next.
    """
    candidates = np.linspace(0.01, 0.99, 99)
    flags, values = joined(labels, seen)
    is_enough = len(labels) >= ENOUGH_EPISODES
    scores = []
    for threshold in candidates:
        onsets = Onsets.find(labels, seen, float(threshold), consecutive)
        near = sum(abs(frames) <= WITHIN_FRAMES for frames in onsets.off_by)
        found = shares(count_frames(flags, values >= threshold))
        accuracy = 0.0 if is_enough else found["accuracy"] or 0.0
        scores.append((near - len(onsets.false_alarms), accuracy))
    best = max(scores)
    floor = (best[0] - 1, 0.0) if is_enough else best
    equal = np.array([score >= floor for score in scores])
    start, count = max(runs(equal), key=lambda run: run[1])
    return round(float(candidates[start : start + count].mean()), 3)


def joined(labels: Labels, seen: Probabilities) -> tuple[Flags, NDArray[np.float32]]:
    """Return all episodes' labels and probabilities one behind the other."""
    return (
        np.concatenate(list(labels.values())),
        np.concatenate([seen[episode] for episode in labels]),
    )


def report(
    labels: Labels, seen: Probabilities, threshold: float, consecutive: int
) -> dict[str, Any]:
    """Return all figures as JSON."""
    flags, values = joined(labels, seen)
    counts = count_frames(flags, values >= threshold)
    onsets = Onsets.find(labels, seen, threshold, consecutive)
    return {
        "threshold": threshold,
        "consecutive_frames": consecutive,
        "episodes": len(labels),
        "frames": len(flags),
        **shares(counts),
        "roc_area": round(Roc.of(flags, values).area, 5),
        "confusion": counts,
        "onset": {
            "within_a_frame": onsets.right,
            "off_by_frames": list(onsets.off_by),
            "missed_episodes": list(onsets.missed),
            "failed_episodes": onsets.failed,
            "false_alarms": list(onsets.false_alarms),
        },
    }


def lines(told: Mapping[str, Any]) -> list[str]:
    """Return a report for people."""
    onset = told["onset"]
    with_success = told["episodes"] - onset["failed_episodes"]
    return [
        f"{told['frames']} frames of {told['episodes']} episodes, threshold {told['threshold']:g}: "
        f"accuracy {percent(told['accuracy'])}, precision {percent(told['precision'])}, "
        f"recall {percent(told['recall'])}, area below the ROC {told['roc_area']:.4f}",
        f"with {told['consecutive_frames']} frame(s) in a row, the onset is within a frame of the "
        f"truth in {percent(onset['within_a_frame'])} of {with_success} episodes with success, and "
        f"said before it in {sum(frames < 0 for frames in onset['off_by_frames'])}; "
        f"false alarms in {len(onset['false_alarms'])} of {onset['failed_episodes']} without",
    ]


def percent(share: float | None) -> str:
    """Write a share in percent; a dash where there is nothing to be shared."""
    return "-" if share is None else f"{100 * share:.1f} %"


def worst(labels: Labels, seen: Probabilities, count: int) -> list[tuple[int, int, bool, float]]:
    """Return the frames that were told most wrongly: episode, frame, label, probability."""
    wrong = [
        (abs(float(label) - float(probability)), episode, frame, bool(label), float(probability))
        for episode, flags in labels.items()
        for frame, (label, probability) in enumerate(zip(flags, seen[episode], strict=True))
    ]
    return [entry[1:] for entry in sorted(wrong, reverse=True)[:count] if entry[0] > 0.5]


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
