"""Which seed the next episode is placed by."""

import logging
import zlib
from collections.abc import Iterable, Sequence

from dora_hil_datasets.dataset.episode_record import FILE, known
from dora_hil_datasets.dataset.existing import ExistingDataset

log = logging.getLogger(__name__)

_STRETCH = 1 << 16
"""Seeds that a dataset may use from its first one on before another's stretch begins."""

_STRETCHES = 1 << 14


class SeedPlan:
    """The seeds from a first one on that no episode has yet.

    A discarded episode gives its seed back, so that it is recorded again from the same place;
    a resumed dataset goes on with new ones, and fills the gaps that deleted episodes left.
    """

    def __init__(self, first: int, used: Iterable[int] = ()) -> None:
        """Count from `first`, without those in `used`."""
        self._first = first
        self._used = set(used)

    def take(self) -> int:
        """Return the lowest free seed; it is used now."""
        seed = self._first
        while seed in self._used:
            seed += 1
        self._used.add(seed)
        return seed

    def give_back(self, seed: int) -> None:
        """Free the seed of an episode that was discarded."""
        self._used.discard(seed)


def plan_seeds(first: int, existing: ExistingDataset | None) -> SeedPlan:
    """Return the seeds from `first` on that a dataset has not got yet.

    Where seeds are not known, because LeRobot's own tools have written the dataset and left the
    recorder's file behind, they are counted beyond all that were: from the begin of a stretch
    that the dataset's lengths choose, so that a second loss does not lead to the same one. What
    is recorded from there on is known, and gone on with.
    """
    if existing is None:
        return SeedPlan(first)
    records = [known(existing.records, index) for index in range(existing.episodes)]
    used = [record.seed for record in records if record]
    unknown = records.count(None)
    if unknown:
        first = min((seed for seed in used if seed >= 0), default=_beyond(first, existing.lengths))
        log.warning(
            "%s: the seeds of %d of its %d episodes are not known (another tool has rewritten it "
            "without %s): new ones count from %d, beyond all that were",
            existing.root,
            unknown,
            existing.episodes,
            FILE,
            first,
        )
    return SeedPlan(first, used)


def _beyond(first: int, lengths: Sequence[int]) -> int:
    chosen = zlib.crc32(repr(tuple(lengths)).encode()) % _STRETCHES
    return first + _STRETCH * (1 + chosen)
