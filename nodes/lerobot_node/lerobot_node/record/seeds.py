"""Which seed the next episode is placed by."""

from collections.abc import Iterable


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
