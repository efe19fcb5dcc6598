"""Writes episodes in a thread, so that the event loop never waits for a disk or an encoder."""

import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.dataset.features import Features, Row

log = logging.getLogger(__name__)


class Store(Protocol):
    """What is written to; see `DatasetStore`."""

    def begin(self, features: Features, fps: int, body: str) -> None:
        """Start an episode."""

    def add(self, row: Row) -> None:
        """Add a frame."""

    def discard(self) -> None:
        """Drop the episode."""

    def save(self, record: EpisodeRecord) -> None:
        """Make the episode part of the dataset."""

    def abandon(self) -> None:
        """Close what is open after a failure."""


@dataclass(frozen=True)
class Saved:
    """An episode that is safe on the disk.

    Attributes:
        record: what was saved.
        seconds: from the request until it was.
    """

    record: EpisodeRecord
    seconds: float


class WriterThread:
    """Does what a `Store` can, later, in order, in its own thread.

    After a failure nothing more is written.

    Attributes:
        pending: episodes that are to be saved and are not yet.
        failure: what went wrong, or None.
    """

    def __init__(self, store: Store) -> None:
        """Start the thread."""
        self.pending = 0
        self.failure: Exception | None = None
        self._store = store
        self._requests: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._saved: queue.SimpleQueue[Saved] = queue.SimpleQueue()
        # A daemon: a write that hangs must not keep the process from being ended.
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    def begin(self, features: Features, fps: int, body: str) -> None:
        """Start an episode."""
        self._ask(self._store.begin, features, fps, body)

    def add(self, row: Row) -> None:
        """Add a frame."""
        self._ask(self._store.add, row)

    def discard(self) -> None:
        """Drop the episode."""
        self._ask(self._store.discard)

    def save(self, record: EpisodeRecord) -> None:
        """Make the episode part of the dataset."""
        self.pending += 1
        self._ask(self._save, record, time.monotonic())

    def take_saved(self) -> list[Saved]:
        """Return what has been saved since the last call."""
        taken = []
        while not self._saved.empty():
            taken.append(self._saved.get())
            self.pending -= 1
        return taken

    def finish(self) -> None:
        """Do what is left and end the thread."""
        self._requests.put(None)
        self._thread.join()

    def _ask(self, call: Callable[..., None], *args: Any) -> None:
        self._requests.put(lambda: call(*args))

    def _save(self, record: EpisodeRecord, asked_s: float) -> None:
        self._store.save(record)
        self._saved.put(Saved(record, time.monotonic() - asked_s))

    def _work(self) -> None:
        while (request := self._requests.get()) is not None:
            if self.failure is not None:
                continue
            try:
                request()
            except Exception as error:
                log.debug("writing failed", exc_info=True)
                self.failure = error
                with suppress(Exception):
                    self._store.abandon()
