"""An episode of any LeRobot dataset, as far as it is numbers, and what follows from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

import numpy as np
from lerobot.datasets import LeRobotDataset
from lerobot.utils.constants import DONE, REWARD, SUCCESS, TRUNCATED
from numpy.typing import NDArray

from dora_hil.stream.timestep import HOLD
from dora_hil_datasets.dataset.columns import column_of
from dora_hil_datasets.dataset.episode_record import EpisodeRecord, known

INTERVENTION: Final = "complementary_info.is_intervention"
PERSON: Final = "intervention_"
"""How the inputs are called through which people drive."""


class Outcome(StrEnum):
    """How an episode ended, as far as the dataset says; ENDED is `next.done` and no more."""

    SUCCESS = "success"
    FAILURE = "failure"
    TRUNCATED = "truncated"
    ENDED = "ended"
    UNKNOWN = "unknown"


@dataclass(frozen=True, eq=False)
class RecordedEpisode:
    """One episode.

    Attributes:
        index: its number in the dataset.
        first_row: of its frames in the opened dataset, for `dataset[first_row + frame]`.
        fps: frames per second.
        tasks: what it was recorded for.
        columns: numbers and flags by feature, [n] or [n, d]; no pictures, no text.
        record: what the recorder noted besides, if it was ours.
    """

    index: int
    first_row: int
    fps: int
    tasks: tuple[str, ...]
    columns: Mapping[str, NDArray[Any]]
    record: EpisodeRecord | None = None

    @property
    def length(self) -> int:
        """Return the number of frames."""
        return len(self.columns["frame_index"])

    @property
    def duration_s(self) -> float:
        """Return how long it lasts."""
        return self.length / self.fps

    @property
    def outcome(self) -> Outcome:
        """Return how it ended."""
        if self._any(SUCCESS):
            return Outcome.SUCCESS
        if self._any(TRUNCATED):
            return Outcome.TRUNCATED
        if SUCCESS in self.columns:
            return Outcome.FAILURE
        return Outcome.ENDED if self._any(DONE) else Outcome.UNKNOWN

    @property
    def success_frame(self) -> int | None:
        """Return the first frame that led to success."""
        return int(np.argmax(self.columns[SUCCESS])) if self._any(SUCCESS) else None

    @property
    def reward_sum(self) -> float | None:
        """Return the undiscounted return, None without rewards."""
        return float(self.columns[REWARD].sum()) if REWARD in self.columns else None

    @property
    def interventions(self) -> NDArray[np.bool_] | None:
        """Return bool[n]: a person overrode a policy; None where the dataset does not say."""
        column = self.columns.get(INTERVENTION)
        return None if column is None else column.astype(np.bool_)

    @property
    def drivers(self) -> Mapping[str, int]:
        """Return frames by who drove them, as in `TimeStep`; empty where nobody noted it."""
        return self.record.drivers if self.record is not None else {}

    @property
    def by_person(self) -> NDArray[np.bool_] | None:
        """Return bool[n]: a person drove; None where the dataset does not say.

        Where nothing but people's devices drove, their rests count too: nobody else had the arm.
        """
        others = {name for name in self.drivers if not name.startswith(PERSON)}
        if others < self.drivers.keys() and others <= {HOLD}:
            return np.ones(self.length, dtype=np.bool_)
        return self.interventions

    def _any(self, name: str) -> bool:
        return name in self.columns and bool(self.columns[name].any())


def read_episodes(
    dataset: LeRobotDataset, records: Sequence[EpisodeRecord] = ()
) -> list[RecordedEpisode]:
    """Read all numbers of the opened episodes at once; no picture is decoded.

    Args:
        dataset: opened with all its episodes or with some.
        records: of all its episodes, or none.
    """
    names = [name for name, feature in dataset.features.items() if _is_numeric(feature)]
    table = dataset.hf_dataset.select_columns(names).with_format("numpy")[:]
    numbers = table["episode_index"]
    bounds = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(numbers)]
    episodes = []
    for first, end in pairwise(bounds):
        index = int(numbers[first])
        episodes.append(
            RecordedEpisode(
                index=index,
                first_row=first,
                fps=dataset.fps,
                tasks=tuple(dataset.meta.episodes[index]["tasks"]),
                columns={name: table[name][first:end] for name in names},
                record=known(records, index),
            )
        )
    return episodes


def vectors(features: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return the dimensions' names by vector feature: what was done and what was observed.

    Args:
        features: LeRobot's description of the columns; unnamed dimensions are numbered.
    """
    columns = {
        name: column_of(feature)
        for name, feature in features.items()
        if _is_numeric(feature) and name.split(".")[0] in ("action", "observation")
    }
    return {
        name: list(column.names) or [str(i) for i in range(column.shape[0])]
        for name, column in columns.items()
    }


def _is_numeric(feature: Mapping[str, Any]) -> bool:
    return len(feature["shape"]) == 1 and feature["dtype"].startswith(_NUMERIC)


_NUMERIC = ("float", "int", "uint", "bool")
