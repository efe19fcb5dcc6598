"""From keys that go down and up to actions and commands; knows no operating system."""

import logging
import threading
from collections.abc import Mapping
from typing import Final

from dora_hil.device.held_inputs import OPPOSITES, STOP_HOLD_NS, HeldInputs, Hold, holds_and_deeds
from dora_hil.stream.messages import Action, Command, Control
from keyboard_node.bindings import Bindings
from keyboard_node.keys import CHORD_KEYS, MODIFIERS, is_text, label

log = logging.getLogger(__name__)

TAP_NS: Final = 1_000_000_000
"""A modifier that is held for longer was meant for something else."""

TYPING_NS: Final = 1_000_000_000
"""For so long after a letter that is bound to nothing a person is taken to be writing."""

FIRST_LETTER_NS: Final = 300_000_000
"""So long a letter that commands waits for another one, which would make it a word's first."""

_STUCK_NS: Final = 2_000_000_000
"""Longer than any keyboard waits until it repeats a key: the release was lost."""

_SHIFTS: Final = frozenset({"shift_l", "shift_r"})
"""Held to drive, and to write."""

_SAY_AGAIN_NS: Final = 10_000_000_000


class Keyboard:
    """What a person says with keys; may be called from several threads.

    Every key of the desktop passes by here, so a command has to be meant. A held key acts once:
    what the system repeats is not a press. A key pressed while Ctrl or Alt is held is meant for
    another program. A modifier bound to a command acts on release, if it was tapped alone: with no
    other key and no mouse. Nothing commands while a person writes. `stop` is held.
    """

    def __init__(self, bindings: Bindings, *, reads_state: bool = True) -> None:
        """Take the bindings.

        Args:
            bindings: which key means what.
            reads_state: lost releases are found, see `drop_lost`. Else a motion key ends the
                opposite motion, and `stop` acts when it is released. With it two opposite keys add
                up to none.
        """
        self._holds, self._deeds = holds_and_deeds(bindings.items())
        self._chord_keys = CHORD_KEYS - set(self._holds)
        self._reads_state = reads_state

        self._lock = threading.Lock()
        self._inputs = HeldInputs()
        self._down: dict[str, int] = {}
        self._acting: dict[str, Hold] = {}
        self._tapped_modifier: str | None = None
        self._first_letter: tuple[str, int] | None = None
        self._typed_ns: int | None = None
        self._stop_seen_ns = 0
        self._has_stopped = False
        self._said_ns: int | None = None

    def down(self) -> dict[str, int]:
        """Return the keys that are down, each with its `t_press_ns`."""
        with self._lock:
            return dict(self._down)

    def press(self, key: str, t_ns: int) -> list[Control]:
        """Take a key press, or a repeat of one; returns the commands to send."""
        with self._lock:
            is_stop = self._deeds.get(key) == Command.STOP
            if key in self._down and not (is_stop and self._is_stuck(t_ns)):
                return []
            is_chord = not self._chord_keys.isdisjoint(self._down)
            self._down[key] = t_ns
            self._tapped_modifier = None
            if is_stop:
                self._stop_seen_ns, self._has_stopped = t_ns, False
            return [] if is_stop or is_chord else self._take(key, t_ns)

    def release(self, key: str, t_ns: int) -> list[Control]:
        """Take a key release; returns the commands to send."""
        with self._lock:
            t_press_ns = self._down.get(key)
            if t_press_ns is None:
                return []
            controls: list[Control] = []
            if self._deeds.get(key) == Command.STOP and not self._has_stopped:
                controls = self._stop(t_ns)
                if not controls and not self._is_writing(t_ns):
                    self._say(f"hold {label(key)} for half a second to end the run", t_ns)
            is_tap = self._tapped_modifier == key and t_ns - t_press_ns <= TAP_NS
            self._let_go(key, t_ns)
            if is_tap and self._is_writing(t_press_ns):
                self._say_writing(key, t_ns)
            elif is_tap:
                controls = [*self._take_first_letter(), *self._do(key, t_press_ns)]
            return controls

    def point(self) -> None:
        """Take that the mouse was clicked or its wheel turned: what is held with it is a chord."""
        with self._lock:
            self._tapped_modifier = None

    def due(self, now_ns: int) -> list[Control]:
        """Return the commands that had to wait, once a tick: a lone letter, and a held `stop`."""
        with self._lock:
            controls = []
            if self._first_letter and now_ns - self._first_letter[1] >= FIRST_LETTER_NS:
                controls = self._take_first_letter()
            return [*controls, *(self._stop(now_ns) if self._reads_state else [])]

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
            self._first_letter = None
            self._inputs.clear()

    def action(self, now_ns: int) -> Action:
        """Return what the held keys ask for; call it once a tick."""
        with self._lock:
            return self._inputs.action(now_ns)

    def _take(self, key: str, t_ns: int) -> list[Control]:
        """Take a press that is no chord and no repeat."""
        is_bound = key in self._holds or key in self._deeds
        if is_text(key) and is_bound and self._is_writing(t_ns):
            self._say_writing(key, t_ns)
        elif key in self._holds:
            self._hold(key, t_ns)
        elif key in self._deeds and key in MODIFIERS:
            self._tapped_modifier = key
        elif key in self._deeds:
            return self._command(key, t_ns)
        elif is_text(key) and self._acting.keys() <= _SHIFTS:
            # A hand that drives has hit the key beside the one that it meant.
            self._write(t_ns)
        return []

    def _hold(self, key: str, t_ns: int) -> None:
        hold = self._holds[key]
        if not self._reads_state and hold in OPPOSITES:
            for other in [k for k, h in self._acting.items() if h is OPPOSITES[hold]]:
                self._let_go(other, t_ns)
        self._acting[key] = hold
        self._inputs.press(hold)

    def _is_stuck(self, t_ns: int) -> bool:
        """Say whether `stop`, which is down, is pressed anew: not a repeat, a lost release."""
        seen_ns, self._stop_seen_ns = self._stop_seen_ns, t_ns
        return t_ns - seen_ns > _STUCK_NS

    def _let_go(self, key: str, t_ns: int) -> None:
        self._down.pop(key, None)
        hold = self._acting.pop(key, None)
        if hold is not None and hold not in self._acting.values():
            self._inputs.release(hold, t_ns)

    def _do(self, key: str, t_press_ns: int) -> list[Control]:
        control = self._inputs.do(self._deeds[key], t_press_ns)
        return [] if control is None else [control]

    def _command(self, key: str, t_ns: int) -> list[Control]:
        """Take an ordinary key that is bound to a deed."""
        if len(key) > 1:
            return [*self._take_first_letter(), *self._do(key, t_ns)]
        if self._first_letter is not None and self._first_letter[0] != key:
            self._write(t_ns)
        else:
            self._first_letter = (key, t_ns)
        return []

    def _take_first_letter(self) -> list[Control]:
        letter, self._first_letter = self._first_letter, None
        return [] if letter is None else self._do(*letter)

    def _write(self, t_ns: int) -> None:
        """Take a letter of a text; the one before it was its first."""
        self._typed_ns = t_ns
        if self._first_letter is not None:
            self._say_writing(self._first_letter[0], t_ns)
            self._first_letter = None

    def _is_writing(self, t_ns: int) -> bool:
        return self._typed_ns is not None and t_ns - self._typed_ns < TYPING_NS

    def _say_writing(self, key: str, t_ns: int) -> None:
        self._say(
            f"{label(key)} was taken for writing; a second after the last letter it counts", t_ns
        )

    def _stop(self, now_ns: int) -> list[Control]:
        """Return `stop` if its key has been held for long enough."""
        pressed = [(k, t) for k, t in self._down.items() if self._deeds.get(k) == Command.STOP]
        if not pressed or self._has_stopped:
            return []
        key, t_press_ns = pressed[0]
        if now_ns - t_press_ns < STOP_HOLD_NS:
            return []
        self._has_stopped = True
        return [*self._take_first_letter(), *self._do(key, t_press_ns)]

    def _say(self, line: str, now_ns: int) -> None:
        """Tell a person why nothing happened; not at every letter that they write elsewhere."""
        if self._said_ns is None or now_ns - self._said_ns > _SAY_AGAIN_NS:
            self._said_ns = now_ns
            log.info("%s", line)
