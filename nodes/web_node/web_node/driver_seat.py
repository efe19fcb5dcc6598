"""Who of the viewers drives, and what this one's hands ask for."""

import threading
import time
from collections.abc import Callable
from typing import Final

from dora_hil.body.takeover import SILENCE_S
from dora_hil.device.held_inputs import HeldInputs
from dora_hil.stream.messages import Action, Command, Control
from web_node.client_messages import Held

IDLE_S: Final = 3.0
"""Who has held nothing for so long no longer drives."""


class DriverSeat:
    """Taken by the first viewer who holds something, for as long as this one does.

    Whoever falls silent or goes away lets go of everything at once, and has to press afresh:
    what arrives after a stall was meant for a moment that has passed. May be called from several
    threads.
    """

    def __init__(self, clock_ns: Callable[[], int] = time.monotonic_ns) -> None:
        """Start with an empty seat."""
        self._clock_ns = clock_ns
        self._lock = threading.Lock()
        self._inputs = HeldInputs()
        self._driver: int | None = None
        self._owe_rest: set[int] = set()
        self._heard_ns = self._used_ns = 0
        self._is_holding = False

    @property
    def driver(self) -> int | None:
        """Return the viewer who drives."""
        with self._lock:
            self._watch(self._clock_ns())
            return self._driver

    @property
    def taken_over(self) -> bool:
        """Say whether control is latched to the driver."""
        with self._lock:
            return self._inputs.taken_over

    def enter(self, viewer: int) -> None:
        """Note somebody new, who may still hold what a lost connection let go of."""
        with self._lock:
            self._owe_rest.add(viewer)

    def hold(self, viewer: int, message: Held) -> bool:
        """Take all that a viewer holds now; returns whether this one drives."""
        with self._lock:
            now_ns = self._clock_ns()
            self._watch(now_ns)
            is_at_rest = not message.held and not any(message.tilt)
            if is_at_rest:
                self._owe_rest.discard(viewer)
            elif viewer in self._owe_rest or not self._sit(viewer, now_ns):
                return False
            if viewer != self._driver:
                return is_at_rest
            self._heard_ns = now_ns
            self._inputs.hold(set(message.held), now_ns)
            self._inputs.tilt(message.tilt)
            self._is_holding = not is_at_rest
            if not is_at_rest:
                self._used_ns = now_ns
            return True

    def do(self, viewer: int, deed: str, held_ms: float = 0.0) -> tuple[bool, Control | None]:
        """Do what acts once, if the viewer drives or nobody does; everybody may stop the run.

        Args:
            viewer: who.
            deed: see `dora_hil.device.held_inputs.DEEDS`.
            held_ms: how long ago it was pressed: another device may have heard the same press.

        Returns:
            Whether it was done, and the command to send, if it is one.
        """
        with self._lock:
            now_ns = self._clock_ns()
            self._watch(now_ns)
            if not self._sit(viewer, now_ns) and deed != Command.STOP:
                return False, None
            if viewer == self._driver:
                self._heard_ns = self._used_ns = now_ns
            return True, self._inputs.do(deed, now_ns - round(held_ms * 1e6))

    def tell(self, viewer: int, task: str) -> Control | None:
        """Return what says what is to be done from now on, if the viewer drives or nobody does."""
        with self._lock:
            now_ns = self._clock_ns()
            self._watch(now_ns)
            is_free = self._driver in (None, viewer)
            return self._inputs.tell(task, now_ns) if is_free else None

    def leave(self, viewer: int) -> None:
        """Let go of everything, whether on purpose or because the connection is gone."""
        with self._lock:
            self._owe_rest.discard(viewer)
            if viewer == self._driver:
                self._free()

    def action(self) -> Action:
        """Return what the driver's hands ask for; call it once a tick."""
        with self._lock:
            now_ns = self._clock_ns()
            self._watch(now_ns)
            return self._inputs.action(now_ns)

    def _sit(self, viewer: int, now_ns: int) -> bool:
        if self._driver is None:
            self._driver, self._heard_ns, self._used_ns = viewer, now_ns, now_ns
        return self._driver == viewer

    def _watch(self, now_ns: int) -> None:
        """Free the seat of somebody who has fallen silent, or has not driven for a while."""
        if self._driver is None:
            return
        if now_ns - self._heard_ns > SILENCE_S * 1e9:
            if self._is_holding:
                self._owe_rest.add(self._driver)
            self._free()
        elif not self._inputs.taken_over and now_ns - self._used_ns > IDLE_S * 1e9:
            self._free()

    def _free(self) -> None:
        self._driver = None
        self._is_holding = False
        self._inputs.clear()
