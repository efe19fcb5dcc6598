"""A dataset in memory, which fails where a test says so."""

import threading
from dataclasses import dataclass, field

from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.dataset.features import Features, Row


@dataclass
class MemoryStore:
    """Stand-in for `DatasetStore`.

    Attributes:
        failures: what to raise, by the name of the method that does; "save 1" is the second save.
        calls: the methods that were called, in order.
        episodes: the records that were saved, with their rows.
        may_go_on: while it is not set, every call hangs, as on a slow disk.
    """

    failures: dict[str, Exception] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    episodes: list[tuple[EpisodeRecord, list[Row]]] = field(default_factory=list)
    may_go_on: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        """Be a fast disk."""
        self.may_go_on.set()
        self._rows: list[Row] = []

    def begin(self, features: Features, fps: int, body: str) -> None:
        """Start an episode."""
        self._called("begin")
        self._rows = []

    def add(self, row: Row) -> None:
        """Add a frame."""
        self._called("add")
        self._rows.append(row)

    def discard(self) -> None:
        """Drop the episode."""
        self._called("discard")

    def save(self, record: EpisodeRecord) -> None:
        """Keep the episode."""
        self._called("save")
        self.episodes.append((record, self._rows))

    def abandon(self) -> None:
        """Note that it was abandoned."""
        self._called("abandon")

    def _called(self, name: str) -> None:
        self.may_go_on.wait()
        number = self.calls.count(name)
        self.calls.append(name)
        failure = self.failures.get(name) or self.failures.get(f"{name} {number}")
        if failure is not None:
            raise failure
