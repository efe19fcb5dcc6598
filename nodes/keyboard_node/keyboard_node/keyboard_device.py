"""A keyboard and what listens to it, kept going without either."""

import logging
import threading
import time
from collections.abc import Callable

from dora_hil.stream.messages import Action, Control
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
        self._keyboard = Keyboard(bindings, reads_state=listener.reads_state)
        self._listener = listener
        self._clock_ns = clock_ns
        self._is_listening = False
        self._sending = threading.Lock()
        self._send: Callable[[Control], None] = lambda _: None

    def start(self, send: Callable[[Control], None]) -> None:
        """Begin to listen; `send` takes commands from the listener's thread and from `action`'s."""
        self._send = send
        try:
            self._listener.start(
                lambda key: self._say(lambda: self._keyboard.press(key, self._clock_ns())),
                lambda key: self._say(lambda: self._keyboard.release(key, self._clock_ns())),
                self._keyboard.point,
            )
        except ListenerError as error:
            self._go_on_without(error)
            return
        self._is_listening = True
        log.info("the keys, in whichever window they are pressed:")
        for line in self._bindings.table():
            log.info("  %s", line)
        self._tell_what_differs_here()

    def action(self) -> Action:
        """Return what the held keys ask for; call it once a tick."""
        if self._is_listening:
            try:
                self._listener.check()
                self._drop_lost_keys()
                self._say(lambda: self._keyboard.due(self._clock_ns()))
            except ListenerError as error:
                self._go_on_without(error)
        return self._keyboard.action(self._clock_ns())

    def stop(self) -> None:
        """Listen no more."""
        self._is_listening = False
        self._listener.stop()

    def _say(self, commands: Callable[[], list[Control]]) -> None:
        """Send commands in the order in which they come about, whichever thread it is."""
        with self._sending:
            for control in commands():
                self._send(control)

    def _tell_what_differs_here(self) -> None:
        bound = {key for _, keys in self._bindings.items() for key in keys}
        foreign = {key: text for key, text in self._listener.foreign.items() if key in bound}
        if foreign:
            keys = ", ".join(f"{key} is {text}" for key, text in sorted(foreign.items()))
            log.info(
                "  the keyboard has no Latin letters; they are where a US one has them: %s", keys
            )
        if not self._listener.hears_mouse:
            log.warning("the mouse cannot be heard here: Ctrl with a click or the wheel is a tap")

    def _go_on_without(self, error: ListenerError) -> None:
        self.stop()
        self._keyboard.clear()
        log.warning("%s", error)
        log.warning(INSTEAD)

    def _drop_lost_keys(self) -> None:
        """Let go of keys that are no longer down; asked only while one is held."""
        held = self._keyboard.down()
        down = self._listener.down() if held else None
        if down is not None:
            self._keyboard.drop_lost(held, down, self._clock_ns())
