"""From how a pad stands to actions and commands; knows no SDL."""

import threading

from dora_hil.device.held_inputs import STOP_HOLD_NS, HeldInputs, holds_and_deeds
from dora_hil.stream.messages import Action, Command, Control
from gamepad_node.bindings import TILTS, Bindings
from gamepad_node.state import TRIGGERS, PadState

TRIGGER_DOWN = 0.5


class Gamepad:
    """What a person says with a pad; may be called from several threads.

    A pad that has just been plugged in counts from the first time that it stands at rest: it may
    lie on something, and nobody means what was pressed while it was out. `stop` is held.
    """

    def __init__(self, bindings: Bindings) -> None:
        """Take the bindings."""
        self._bindings = bindings
        self._holds, self._deeds = holds_and_deeds(bindings.buttons())
        self._lock = threading.Lock()
        self._inputs = HeldInputs()
        self._down: frozenset[str] = frozenset()
        self._is_trusted = False
        self._stop_since_ns: int | None = None
        self._has_stopped = False

    def read(self, state: PadState, now_ns: int) -> list[Control]:
        """Take how the pad stands; returns the commands to send."""
        down = state.buttons | {t for t in TRIGGERS if state.axes.get(t, 0.0) > TRIGGER_DOWN}
        tilt = [self._tilt(getattr(self._bindings, name), state) for name in TILTS]
        with self._lock:
            self._is_trusted = self._is_trusted or not (down or any(tilt))
            if not self._is_trusted:
                return []
            pressed, self._down = down - self._down, frozenset(down)
            held = {self._holds[name] for name in down if name in self._holds}
            self._inputs.hold(held, now_ns)
            self._inputs.tilt(tilt)
            deeds = [self._deeds[name] for name in sorted(pressed) if name in self._deeds]
            done = [self._inputs.do(deed, now_ns) for deed in deeds if deed != Command.STOP]
            stop = self._stop(now_ns)
            return [control for control in (*done, stop) if control is not None]

    def _stop(self, now_ns: int) -> Control | None:
        """Return `stop` once its button has been held for long enough."""
        if not any(self._deeds.get(name) == Command.STOP for name in self._down):
            self._stop_since_ns, self._has_stopped = None, False
            return None
        if self._stop_since_ns is None:
            self._stop_since_ns = now_ns
        since_ns = self._stop_since_ns
        if self._has_stopped or now_ns - since_ns < STOP_HOLD_NS:
            return None
        self._has_stopped = True
        return self._inputs.do(Command.STOP, since_ns)

    def clear(self) -> None:
        """Let go of everything: the pad is gone."""
        with self._lock:
            self._inputs.clear()
            self._down = frozenset()
            self._is_trusted = False
            self._stop_since_ns = None

    def action(self, now_ns: int) -> Action:
        """Return what is asked for; call it once a tick."""
        with self._lock:
            return self._inputs.action(now_ns)

    def _tilt(self, axis: str, state: PadState) -> float:
        """Return a stick's tilt in [-1, 1], which grows from nothing at the dead zone's edge."""
        value = state.axes.get(axis.removeprefix("-"), 0.0)
        dead_zone = self._bindings.dead_zone
        beyond = max(0.0, abs(value) - dead_zone) / (1.0 - dead_zone)
        is_positive = (value > 0.0) != axis.startswith("-")
        return min(beyond, 1.0) if is_positive else -min(beyond, 1.0)
