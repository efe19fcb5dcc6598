"""The view in a thread of its own, so that no viewer can hold up the node."""

import logging
import threading
from collections import deque
from typing import Final

from dora_hil.errors import UserError
from dora_hil.stream.messages import Status
from dora_hil.stream.timestep import Kind, TimeStep, Verdict
from rerun_node.live_view import LiveView

log = logging.getLogger(__name__)

MOST_WAITING: Final = 10


class BackgroundView:
    """Shows the newest message there is; what the view cannot keep up with is dropped.

    Only how an episode ended, and its verdict, wait for their turn.

    Where the view fails it says so once, and takes messages for nothing from then on.
    """

    def __init__(self, view: LiveView) -> None:
        """Take the view; it is used by the thread alone."""
        self._view = view
        self._news = threading.Condition()
        self._waiting: deque[tuple[TimeStep, Status | None]] = deque(maxlen=MOST_WAITING)
        self._is_over = False
        self._is_closed = False
        # Rerun blocks for ever on a viewer that hangs: such a thread must not keep the process.
        self._thread = threading.Thread(target=self._run, name="view", daemon=True)

    def start(self) -> None:
        """Open the view, in the thread."""
        self._thread.start()

    def show(self, step: TimeStep, status: Status | None) -> None:
        """Show a message, which must own its arrays; returns at once."""
        with self._news:
            if self._waiting and not _is_an_end(self._waiting[-1][0]):
                self._waiting.pop()
            self._waiting.append((step, status))
            self._news.notify()

    def close(self, time_limit_s: float) -> bool:
        """Show what waits and close the view; returns false where that fails or hangs.

        Rerun may then wait for ever when Python exits, too.
        """
        with self._news:
            self._is_over = True
            self._news.notify()
        self._thread.join(time_limit_s)
        if self._thread.is_alive():
            log.warning("the view hangs; leaving without it")
        return self._is_closed

    def _run(self) -> None:
        try:
            try:
                self._view.open()
                while (news := self._wait()) is not None:
                    self._view.show(*news)
            finally:
                self._view.close()
            self._is_closed = True
        except UserError as error:
            log.warning("%s; going on without a view (RERUN_MODE=off asks for none)", error)
        except Exception as error:
            log.error("going on without a view: %s: %s", type(error).__name__, error)

    def _wait(self) -> tuple[TimeStep, Status | None] | None:
        with self._news:
            self._news.wait_for(lambda: self._waiting or self._is_over)
            return self._waiting.popleft() if self._waiting else None


def _is_an_end(step: TimeStep) -> bool:
    return step.kind is Kind.LAST or step.verdict in (Verdict.KEEP, Verdict.DISCARD)
