"""Compares the frames of one replayed episode with the recorded ones as they come."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dora_hil.stream.frames import Frame
from dora_hil.stream.timestep import TimeStep
from lerobot_node.replay.deviation import Deviation
from lerobot_node.replay.fit import Fit
from lerobot_node.replay.source import FLAGS, REWARD, SourceEpisode


class Pictures(Protocol):
    """Where recorded pictures come from; see `RecordedPictures`."""

    def read(self, index: int, frame: int) -> Mapping[str, NDArray[np.uint8]]:
        """Return what each camera saw in a frame of an episode."""


@dataclass(frozen=True, eq=False)
class ReplayedEpisode:
    """What became of an episode.

    Attributes:
        source: what was recorded.
        seed: what the body placed it by.
        length: steps it had this time.
        end_reason: how it ended this time.
        driven_by_others: steps in which not the replay's answer was executed: a person took
            over, or the answer was late.
        deviation: over the frames that both have.
    """

    source: SourceEpisode
    seed: int
    length: int
    end_reason: str
    driven_by_others: int
    deviation: Deviation


class EpisodeComparison:
    """Takes the frames of one attempt."""

    def __init__(self, source: SourceEpisode, fit: Fit, pictures: Pictures | None) -> None:
        """Compare with `source` what `fit` names; `pictures` has the recorded ones."""
        self._source = source
        self._fit = fit
        self._pictures = pictures if fit.cameras else None
        self._driven_by_others = 0
        sizes = {name: column.shape[0] for name, column in fit.vectors.items()}
        if REWARD in source.columns:
            sizes[REWARD] = 1
        flags = [name for name in FLAGS if name in source.columns]
        self._deviation = Deviation(sizes, flags, fit.cameras)

    def add(self, frame: Frame) -> None:
        """Compare a frame; one that the recording does not have is only counted.

        Raises:
            DatasetError: a recorded picture cannot be decoded.
        """
        self._driven_by_others += frame.after.telemetry.driver != "action"
        if frame.index < self._source.length:
            after = frame.after
            replayed: dict[str, Any] = {
                **frame.before.columns,
                "action": after.actions[self._fit.space],
                REWARD: np.array([after.reward]),
                **dict(zip(FLAGS, (after.done, after.truncated, after.success), strict=True)),
            }
            self._deviation.add(self._recorded(frame.index), replayed)

    def finish(self, last: TimeStep) -> ReplayedEpisode:
        """Return the result, now that the episode has ended."""
        return ReplayedEpisode(
            self._source,
            seed=last.seed,
            length=last.step,
            end_reason=str(last.end_reason),
            driven_by_others=self._driven_by_others,
            deviation=self._deviation,
        )

    def _recorded(self, index: int) -> Mapping[str, Any]:
        pictures = self._pictures.read(self._source.index, index) if self._pictures else {}
        return {**pictures, **{n: column[index] for n, column in self._source.columns.items()}}
