"""What of a corrected attempt is learned from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from dora_hil_datasets.dataset.recorded_episode import Outcome, RecordedEpisode
from dora_hil_datasets.report.charts import runs
from lerobot_node.improve.learn import Learn

SHORTEST: Final = 2
"""Rows of a lesson: less is no motion."""


@dataclass(frozen=True)
class Choice:
    """What is learned from corrected attempts.

    Attributes:
        learn: see `Learn`.
        lead_frames: for recoveries, how many rows before a takeover led into it.
        weight: how often a lesson stands beside one demonstration.
    """

    learn: Learn
    lead_frames: int
    weight: int

    def of(self, episode: RecordedEpisode) -> Iterator[range]:
        """Yield the rows of each lesson; none of an attempt that nobody corrected."""
        driven = episode.interventions
        if driven is None or not driven.any():
            return
        for first, count in runs(self._taught(driven, episode.outcome is Outcome.SUCCESS)):
            if count >= SHORTEST:
                yield range(first, first + count)

    def _taught(self, driven: npt.NDArray[np.bool_], is_solved: bool) -> npt.NDArray[np.bool_]:
        if self.learn is Learn.CORRECTIONS:
            return driven
        if self.learn is Learn.ATTEMPTS:
            return np.full_like(driven, is_solved)
        taught = np.ones_like(driven)
        for first, _ in runs(driven):
            taught[max(0, first - self.lead_frames) : first] = False
        if not is_solved:
            taught[int(np.flatnonzero(driven)[-1]) + 1 :] = False
        return taught | driven
