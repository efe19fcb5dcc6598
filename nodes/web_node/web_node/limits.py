"""How much anybody may ask of the node."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

MESSAGES_PER_S: Final = 200.0
"""A page says 20 a second, 60 while a stick is moved, and one for each picture."""


class TokenBucket:
    """So many a second on average, and twice as many at once."""

    def __init__(
        self, per_s: float = MESSAGES_PER_S, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        """Start full."""
        self._per_s, self._clock_s = per_s, clock_s
        self._left, self._at_s = 2 * per_s, clock_s()

    def take(self) -> bool:
        """Return whether there was one left."""
        now_s = self._clock_s()
        self._left = min(2 * self._per_s, self._left + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


@dataclass
class Attempts:
    """Wrong tokens of late, by address.

    Attributes:
        limit, over_s: so many in that time; then an address is not heard for as long.
    """

    limit: int = 10
    over_s: float = 60.0
    max_addresses: int = 1000
    clock_s: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        """Start with none."""
        self._failed_s: dict[str, deque[float]] = {}

    def fail(self, address: str) -> None:
        """Note one."""
        while len(self._failed_s) >= self.max_addresses and address not in self._failed_s:
            self._failed_s.pop(next(iter(self._failed_s)))
        self._failed_s.setdefault(address, deque(maxlen=self.limit)).append(self.clock_s())

    def is_blocked(self, address: str) -> bool:
        """Say whether there were too many."""
        failed_s = self._failed_s.get(address)
        if failed_s is None or len(failed_s) < self.limit:
            return False
        return self.clock_s() - failed_s[0] < self.over_s
