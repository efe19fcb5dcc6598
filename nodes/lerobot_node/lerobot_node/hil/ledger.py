"""What a learner has confirmed of what an actor has driven, and what it says that it has."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from lerobot_node.hil.identity import About


class Ledger:
    """Counts steps and episodes; for several threads.

    Attributes:
        confirmed_steps: as far as is known here.
    """

    def __init__(self, steps: int, pending: Mapping[Path, int]) -> None:
        """Count on from `steps` of all episodes; `pending` has those of each unconfirmed one."""
        self._lock = threading.Lock()
        self._pending = dict(pending)
        self.confirmed_steps = steps - sum(self._pending.values())
        self._correction: About | None = None

    @property
    def unconfirmed(self) -> int:
        """Return how many episodes the learner has not confirmed."""
        return len(self._pending)

    @property
    def unconfirmed_steps(self) -> int:
        """Return how many steps these have."""
        with self._lock:
            return sum(self._pending.values())

    def add(self, path: Path, steps: int) -> None:
        """Take an episode that is to be sent."""
        with self._lock:
            self._pending[path] = steps

    def confirm(self, path: Path) -> None:
        """Take that the learner has an episode."""
        with self._lock:
            steps = self._pending.pop(path)
            self.confirmed_steps += steps
            about = self._correction
            if about is not None and about.steps < self.confirmed_steps:
                # Else it was among what the learner had said that it has.
                self._correction = replace(
                    about, episodes=about.episodes + 1, steps=about.steps + steps
                )

    def compare(self, about: About, confirmed_steps: int) -> None:
        """See whether a learner has another number of steps than was counted here.

        Args:
            about: what it says.
            confirmed_steps: the count from before it was asked: what it confirms meanwhile does
                not make it one that has lost some.
        """
        with self._lock:
            if self.confirmed_steps < confirmed_steps:
                # The other thread has heard the same meanwhile; what is confirmed since counts.
                return
            pending = sum(self._pending.values())
            if 0 <= about.steps < confirmed_steps:
                self._correction, self.confirmed_steps = about, about.steps
            elif about.steps > self.confirmed_steps + pending:
                self._correction, self.confirmed_steps = about, about.steps - pending

    def take_correction(self) -> About | None:
        """Return, once, a learner that has another number of steps than was counted here.

        It has what it said that it has, and what it has confirmed since.
        """
        with self._lock:
            correction, self._correction = self._correction, None
            return correction
