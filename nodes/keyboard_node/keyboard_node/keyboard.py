"""From keys that go down and up to actions and commands; knows no operating system."""

import threading
from collections.abc import Mapping

from dora_hil.device import OPPOSITES, HeldInputs, Hold, holds_and_deeds
from dora_hil.messages import Action, Command, Control
from keyboard_node.bindings import Bindings
from keyboard_node.keys import CHORD_KEYS, MODIFIERS


class Keyboard:
    """What a person says with keys; may be called from several threads.

    A held key acts once: what the system repeats is not a press. A key pressed while Ctrl or
    Alt is held is meant for another program and ignored, all but `stop`. A modifier bound to
    a command acts on release, when no other key was pressed since, so that Ctrl+C in a
    terminal is no `rerecord`.
    """

    def __init__(self, bindings: Bindings, *, opposite_cancels: bool = False) -> None:
        """Take the bindings.

        Args:
            bindings: which key means what.
            opposite_cancels: a motion key ends the opposite motion, for platforms where a
                release may get lost for good. Else two opposite keys add up to none.
        """
        self._holds, self._deeds = holds_and_deeds(bindings.items())
        self._chord_keys = CHORD_KEYS - set(self._holds)
        self._opposite_cancels = opposite_cancels

        self._lock = threading.Lock()
        self._inputs = HeldInputs()
        self._down: dict[str, int] = {}
        self._acting: dict[str, Hold] = {}
        self._tapped_modifier: str | None = None

    def down(self) -> dict[str, int]:
        """Return the keys that are down, each with its `t_press_ns`."""
        with self._lock:
            return dict(self._down)

    def press(self, key: str, t_ns: int) -> Control | None:
        """Take a key press, or a repeat of one; returns the command to send, if any."""
        with self._lock:
            if key in self._down:
                return None
            is_chord = not self._chord_keys.isdisjoint(self._down)
            self._down[key] = t_ns
            self._tapped_modifier = None
            if is_chord and self._deeds.get(key) != Command.STOP:
                return None
            if key in self._holds:
                self._hold(key, t_ns)
            elif key in self._deeds and key in MODIFIERS:
                self._tapped_modifier = key
            elif key in self._deeds:
                return self._inputs.do(self._deeds[key], t_ns)
            return None

    def release(self, key: str, t_ns: int) -> Control | None:
        """Take a key release; returns the command to send, if any."""
        with self._lock:
            t_press_ns = self._down.get(key)
            is_tap = self._tapped_modifier == key
            self._let_go(key, t_ns)
            if t_press_ns is None or not is_tap:
                return None
            return self._inputs.do(self._deeds[key], t_press_ns)

    def drop_lost(self, before: Mapping[str, int], down: frozenset[str], t_ns: int) -> None:
        """Let go of keys whose release was lost; they command nothing.

        Args:
            before: what `down` said before the system was asked: a key pressed since stays.
            down: the keys that the system says are down.
            t_ns: now.
        """
        with self._lock:
            for key, t_press_ns in before.items():
                if key not in down and self._down.get(key) == t_press_ns:
                    self._let_go(key, t_ns)

    def clear(self) -> None:
        """Forget every key: the keyboard is gone."""
        with self._lock:
            self._down.clear()
            self._acting.clear()
            self._inputs.clear()

    def action(self, now_ns: int) -> Action:
        """Return what the held keys ask for; call it once a tick."""
        with self._lock:
            return self._inputs.action(now_ns)

    def _hold(self, key: str, t_ns: int) -> None:
        hold = self._holds[key]
        if self._opposite_cancels and hold in OPPOSITES:
            for other in [k for k, h in self._acting.items() if h is OPPOSITES[hold]]:
                self._let_go(other, t_ns)
        self._acting[key] = hold
        self._inputs.press(hold)

    def _let_go(self, key: str, t_ns: int) -> None:
        self._down.pop(key, None)
        hold = self._acting.pop(key, None)
        if hold is not None and hold not in self._acting.values():
            self._inputs.release(hold, t_ns)
