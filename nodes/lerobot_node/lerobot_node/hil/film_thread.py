"""Films episodes of a training in a thread: neither encoder nor disk ever holds up an action."""

import logging
import queue
import threading
from collections.abc import Callable
from contextlib import suppress

from dora_hil.errors import one_line
from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.frames import Frame
from dora_hil.stream.timestep import TimeStep
from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from lerobot_node.evaluate.sinks import Sink

log = logging.getLogger(__name__)

FILMS = "films"
"""The actor's, in its output folder."""

HEIGHT_PX = 128
"""Of each camera's picture: what policies of HIL-SERL see."""

MAX_WAITING = 100
"""Messages that wait for the disk, pictures and all: ten seconds of most robots."""

CLOSE_TIME_LIMIT_S = 5.0
"""For what waits when the run is over: dora kills a node 10 s after a stop."""


class FilmThread:
    """Gives one of so many episodes to a sink, in a thread.

    What the sink cannot take in time or fails on costs films, and never an episode.
    """

    def __init__(self, films: Sink, every: int, *, max_waiting: int = MAX_WAITING) -> None:
        """Start the thread.

        Args:
            films: gets the episodes; used in the thread alone.
            every: of so many episodes that are kept the first is filmed; 1 or more.
            max_waiting: an episode is not filmed on where so many messages wait.
        """
        self._films = films
        self._every = every
        self._kept = 0
        self._is_filming = self._was_slow = False
        self._failure = ""
        self._waiting: queue.Queue[Callable[[], object] | None] = queue.Queue(max_waiting)
        # A daemon: a disk that hangs must not keep the process from being ended.
        self._thread = threading.Thread(target=self._work, name="films", daemon=True)
        self._thread.start()

    def begin(self, first: TimeStep, space: ActionSpace) -> None:
        """Begin a film, if this episode is to have one."""
        self._is_filming = self._kept % self._every == 0

        def begin() -> None:
            # One that was given up may still be open.
            self._films.discard()
            self._films.begin(first, space)

        self._ask(begin)

    def add(self, frame: Frame) -> None:
        """Film a step."""
        self._ask(lambda: self._films.add(frame))

    def keep(self, record: EpisodeRecord) -> None:
        """Keep the film."""
        self._kept += 1
        self._ask(lambda: self._films.keep(record))
        self._is_filming = False

    def discard(self) -> None:
        """Drop the film; the next attempt has its own."""
        self._ask(self._films.discard)
        self._is_filming = False

    def close(self) -> str:
        """Write what waits, for a while; returns what the films could not have, or nothing."""
        with suppress(queue.Full):
            self._waiting.put(None, timeout=CLOSE_TIME_LIMIT_S)
            self._thread.join(CLOSE_TIME_LIMIT_S)
        return self._failure

    def _ask(self, call: Callable[[], object]) -> None:
        if not self._is_filming:
            return
        try:
            self._waiting.put_nowait(call)
        except queue.Full:
            self._is_filming = False
            if not self._was_slow:
                self._was_slow = True
                log.warning("films: the disk does not keep up; the training goes on with fewer")

    def _work(self) -> None:
        while (call := self._waiting.get()) is not None:
            if not self._failure:
                self._attempt(call)
        self._attempt(self._close)

    def _close(self) -> None:
        self._failure = self._films.close() or self._failure

    def _attempt(self, call: Callable[[], object]) -> None:
        try:
            call()
        except Exception as error:
            log.debug("filming failed", exc_info=True)
            self._failure = f"films: {one_line(error)}"
            log.error("%s; the training goes on without", self._failure)
