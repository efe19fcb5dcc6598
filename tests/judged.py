"""Evaluations as they lie on the disk when they are done."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from lerobot_node.evaluate.comparison import Judged
from lerobot_node.evaluate.output import OutputFolder
from lerobot_node.evaluate.result import Evaluation

ABOUT = {"body": "fake", "task": "pick", "policy": {"path": "p", "type": "act"}}


def judged(
    folder: Path, successes: str, *, first_seed: int = 7, about: Mapping[str, Any] = ABOUT
) -> Judged:
    """Return an evaluation as it reads what one has written.

    Args:
        folder: to write into.
        successes: a letter an episode: + success, - failure, h helped by a person.
        first_seed: the others count on.
        about: as the evaluation says it.
    """
    records = [
        EpisodeRecord(
            i,
            length=10 + i,
            seed=first_seed + i,
            success=how != "-",
            end_reason="time_limit" if how == "-" else "success",
            interventions=3 * (how == "h"),
        )
        for i, how in enumerate(successes)
    ]
    seeds = [record.seed for record in records]
    OutputFolder(folder, "act", datetime(2026, 1, 1)).write(
        Evaluation(about, seeds, records, []), []
    )
    return Judged.read(folder)
