"""A keyboard and what listens to it, kept going without either."""

import logging
import time
from collections.abc import Callable

from dora_hil.messages import Action, Control
from keyboard_node.bindings import Bindings
from keyboard_node.keyboard import Keyboard
from keyboard_node.listener import KeyListener, ListenerError

log = logging.getLogger(__name__)

INSTEAD = (
    "going on without a keyboard. Instead: open the page that web-node prints the address of; "
    "over SSH, log in with `ssh -Y`; or let `dataflow-demo-operator.yaml` drive"
)


class KeyboardDevice:
    """One person at one keyboard; where there is none it stays disengaged, and says so."""

    def __init__(
        self,
        bindings: Bindings,
        listener: KeyListener,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """Take the parts; nothing is listened to before `start`."""
        self._bindings = bindings
        self._keyboard = Keyboard(bindings, opposite_cancels=not listener.reads_state)
        self._listener = listener
        self._clock_ns = clock_ns
        self._is_listening = False

    def start(self, send: Callable[[Control], None]) -> None:
        """Begin to listen.

        Args:
            send: takes each command at once, called from the listener's thread.
        """

        def pressed(key: str) -> None:
            if (control := self._keyboard.press(key, self._clock_ns())) is not None:
                send(control)

        def released(key: str) -> None:
            if (control := self._keyboard.release(key, self._clock_ns())) is not None:
                send(control)

        try:
            self._listener.start(pressed, released)
        except ListenerError as error:
            self._go_on_without(error)
            return
        self._is_listening = True
        log.info("the keys, in whichever window they are pressed:")
        for line in self._bindings.table():
            log.info("  %s", line)

    def action(self) -> Action:
        """Return what the held keys ask for; call it once a tick."""
        if self._is_listening:
            try:
                self._listener.check()
                self._drop_lost_keys()
            except ListenerError as error:
                self._go_on_without(error)
        return self._keyboard.action(self._clock_ns())

    def stop(self) -> None:
        """Listen no more."""
        self._is_listening = False
        self._listener.stop()

    def _go_on_without(self, error: ListenerError) -> None:
        self.stop()
        self._keyboard.clear()
        log.warning("%s", error)
        log.warning(INSTEAD)

    def _drop_lost_keys(self) -> None:
        """Let go of keys that are no longer down; asked only while one is held."""
        held = self._keyboard.down()
        if not held:
            return
        down = self._listener.down()
        if down is not None:
            self._keyboard.drop_lost(held, down, self._clock_ns())
