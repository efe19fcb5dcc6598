"""A pad and the thread that reads it."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from dora_hil.errors import UserError
from dora_hil.stream.messages import Action, Control
from gamepad_node.bindings import Bindings
from gamepad_node.gamepad import Gamepad
from gamepad_node.state import PadReader

log = logging.getLogger(__name__)

READ_EVERY_S: Final = 0.01
"""Shorter than any press, so that none is missed between two ticks."""

LOOK_EVERY_S: Final = 0.5
"""Where there is no pad."""


class GamepadDevice:
    """One person with one pad; where there is none it stays disengaged, and says so."""

    def __init__(self, bindings: Bindings, pads: PadReader) -> None:
        """Take the parts; nothing is read before `start`."""
        self._bindings = bindings
        self._gamepad = Gamepad(bindings)
        self._pads = pads
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._read, name="gamepad", daemon=True)
        self._send: Callable[[Control], None] = lambda _: None

    def start(self, send: Callable[[Control], None]) -> None:
        """Begin to read; `send` takes each command at once, from the reading thread."""
        self._send = send
        self._thread.start()

    def action(self) -> Action:
        """Return what is asked for; call it once a tick."""
        return self._gamepad.action(time.monotonic_ns())

    def stop(self) -> None:
        """Read no more."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(1.0)

    def _read(self) -> None:
        try:
            self._pads.open()
        except UserError as error:
            log.warning("%s; going on without a gamepad", error)
            return
        try:
            self._watch()
        except Exception:
            # Whatever was held would stay held for ever.
            self._gamepad.clear()
            log.exception("reading the gamepad failed; going on without it")
        finally:
            self._pads.close()

    def _watch(self) -> None:
        was_there: bool | None = None
        pause_s = 0.0
        while not self._stopped.wait(pause_s):
            state = self._pads.read()
            is_there = state is not None
            pause_s = READ_EVERY_S if is_there else LOOK_EVERY_S
            if is_there != was_there:
                self._say(is_there)
            was_there = is_there
            if state is None:
                self._gamepad.clear()
                continue
            for control in self._gamepad.read(state, time.monotonic_ns()):
                self._send(control)

    def _say(self, is_there: bool) -> None:
        if not is_there:
            log.warning("no gamepad is plugged in; it may come at any time")
            return
        log.info("gamepad: %s", self._pads.name)
        for line in self._bindings.table():
            log.info("  %s", line)
