"""What a policy learned from so far and what corrections add to it, as one dataset."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from dora_hil.errors import UserError
from dora_hil_datasets.dataset.existing import is_dataset
from dora_hil_datasets.dataset.local import LocalDataset
from lerobot_node.improve.lessons import Choice

FILE: Final = "meta/dora_hil_lessons.json"
"""In the dataset: what it was made from."""


class ImproveError(UserError):
    """There is nothing to learn from, or something else lies where it is to go."""


@dataclass(frozen=True, eq=False)
class Corrections:
    """Recorded attempts of a policy, some of them corrected.

    Attributes:
        local: the dataset.
        lessons: number of the attempt and its rows, each.
    """

    local: LocalDataset
    lessons: Sequence[tuple[int, range]]

    @classmethod
    def read(cls, root: Path, choice: Choice) -> "Corrections":
        """Read an evaluation that was recorded.

        Raises:
            UserError: there is no dataset, or nobody corrected anything in it.
        """
        local = LocalDataset(f"corrections/{root.name}", root)
        from dora_hil_datasets.dataset.recorded_episode import read_episodes

        episodes = read_episodes(local.open(), local.records)
        lessons = [(episode.index, rows) for episode in episodes for rows in choice.of(episode)]
        if not lessons:
            raise ImproveError(
                f"{root}: in none of its {len(episodes)} attempts is there anything to learn from "
                f"({choice.learn}): evaluate with --dataset.root, and take over where the policy "
                "fails"
            )
        return cls(local, lessons)

    @property
    def words(self) -> str:
        """Return for people what there is."""
        corrected = len({episode for episode, _ in self.lessons})
        frames = sum(len(rows) for _, rows in self.lessons)
        return (
            f"{self.local.root}: {corrected} of {len(self.local.lengths)} attempts were "
            f"corrected; {len(self.lessons)} lessons, {frames} frames"
        )


def make_training_set(
    before: LocalDataset,
    corrections: Sequence[Corrections],
    choice: Choice,
    root: Path,
    repo_id: str,
) -> bool:
    """Write the dataset, unless it is there already.

    Args:
        before: what the policy learned from so far.
        corrections: recorded attempts.
        choice: what of them is learned from.
        root: where the dataset goes.
        repo_id: LeRobot's name of it.

    Returns:
        Whether it was written now.

    Raises:
        UserError: one of other lessons is there, or the columns differ.
    """
    note = {
        "before": _identity(before),
        "corrections": [_identity(of.local) for of in corrections],
        **asdict(choice),
    }
    if is_dataset(root):
        _demand_same(root, note)
        return False
    from dora_hil_datasets.edit.segments import Segment, write_segments

    segments = [Segment(0, i, 0, length) for i, length in enumerate(before.lengths)]
    for number, of in enumerate(corrections, 1):
        for episode, rows in of.lessons:
            segments += choice.weight * [Segment(number, episode, rows.start, rows.stop)]
    root.parent.mkdir(parents=True, exist_ok=True)
    sources = [before, *(of.local for of in corrections)]
    write_segments(sources, segments, root, repo_id, {FILE: f"{json.dumps(note, indent=2)}\n"})
    return True


def _identity(local: LocalDataset) -> dict[str, Any]:
    return {"root": str(local.root), "episodes": len(local.lengths), "frames": sum(local.lengths)}


def _demand_same(root: Path, note: dict[str, Any]) -> None:
    try:
        found = json.loads((root / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = None
    if found != note:
        raise ImproveError(
            f"{root}: is there already, made from something else ({FILE}); name another "
            "--output_dir, or remove it"
        )
