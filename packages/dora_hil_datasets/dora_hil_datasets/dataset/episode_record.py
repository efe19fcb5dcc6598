"""What is known of a recorded episode besides its frames: one line of JSON each.

LeRobot's own tools carry neither unknown columns of `meta/episodes` nor unknown files along,
so this stands beside them in `meta/`, and counts only as long as it fits the dataset.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pydantic import TypeAdapter

from dora_hil.errors import one_line

log = logging.getLogger(__name__)

FILE = "meta/dora_hil_episodes.jsonl"


@dataclass(frozen=True)
class EpisodeRecord:
    """One episode.

    Attributes:
        episode_index: in the dataset.
        length: frames.
        seed: what it was placed by; -1 for none.
        attempt: the body's own number of it, in its run.
        end_reason: as in `TimeStep`.
        success: the task was solved.
        interventions: frames in which a person overrode what is wired to `action`.
        safety: frames in which the safety layer stepped in.
        missed_ticks, late: during this episode, as in `TimeStep`.
        rate_hz: frames per second of the clock, as they were captured.
        drivers: frames by who drove them, as in `TimeStep`; empty in older recordings.
        repo_id: the dataset's name when it was last recorded into.
    """

    episode_index: int
    length: int
    seed: int = -1
    attempt: int = -1
    end_reason: str = ""
    success: bool = False
    interventions: int = 0
    safety: int = 0
    missed_ticks: int = 0
    late: int = 0
    rate_hz: float = 0.0
    drivers: Mapping[str, int] = field(default_factory=dict)
    repo_id: str = ""

    @property
    def is_known(self) -> bool:
        """Say whether anything is known; not of an episode whose line another tool has lost."""
        return self != EpisodeRecord(self.episode_index, self.length, repo_id=self.repo_id)


def known(records: Sequence[EpisodeRecord], index: int) -> EpisodeRecord | None:
    """Return what is known of an episode, where there are records at all."""
    return records[index] if records and records[index].is_known else None


def recorded_as(records: Sequence[EpisodeRecord]) -> str:
    """Return the dataset's name, or nothing where it does not know it."""
    return next((r.repo_id for r in reversed(records) if r.repo_id), "")


def to_text(records: Sequence[EpisodeRecord]) -> str:
    """Return the file's content."""
    return "".join(f"{json.dumps(asdict(record))}\n" for record in records)


def write(root: Path, records: Sequence[EpisodeRecord]) -> None:
    """Write the records of a dataset's episodes; nothing where there are none."""
    if records:
        (root / FILE).write_text(to_text(records), encoding="utf-8")


def read(root: Path, lengths: Sequence[int]) -> list[EpisodeRecord]:
    """Return the records of a dataset, or none if they do not fit it.

    Args:
        root: the dataset.
        lengths: frames of each of its episodes, in order.
    """
    path = root / FILE
    if not path.exists():
        return []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        records = [_ADAPTER.validate_json(line) for line in lines]
    except (OSError, ValueError) as error:
        log.warning("%s: cannot be read, going on without it: %s", path, one_line(error))
        return []
    if [(r.episode_index, r.length) for r in records] != list(enumerate(lengths)):
        log.warning("%s does not fit the dataset's episodes, going on without it", path)
        return []
    return records


_ADAPTER = TypeAdapter(EpisodeRecord)
