"""When a body steps: on every tick, or in lockstep with those it waits for."""

import logging
from collections.abc import Iterable, Sequence

from dora_hil.errors import UserError

log = logging.getLogger(__name__)

SAME_RATE = 0.02
"""Relative: a timer counts whole milliseconds."""


class LockstepGate:
    """Says whether every awaited input has answered the present (`episode`, `step`).

    With nothing to wait for it is always open: that is pace `tick`.

    Attributes:
        timeouts: steps that were taken without all answers, after the time limit.
    """

    def __init__(self, inputs: Iterable[str] = (), *, time_limit_s: float = 10.0) -> None:
        """Wait for these input ids, at most `time_limit_s` a step."""
        self.inputs = tuple(inputs)
        self.timeouts = 0
        self._time_limit_s = time_limit_s
        self._present = (-1, -1)
        self._waiting: set[str] = set()
        self._since_s = 0.0

    def published(self, episode: int, step: int, now_s: float) -> None:
        """Note that a step has been published and is now to be answered."""
        self._present = (episode, step)
        self._waiting = set(self.inputs)
        self._since_s = now_s

    def answered(self, name: str, episode: int, step: int) -> None:
        """Note an answer; one to another step does not count."""
        if (episode, step) == self._present:
            self._waiting.discard(name)

    def closed(self, name: str) -> None:
        """Wait no longer for an input whose node has ended."""
        self.inputs = tuple(i for i in self.inputs if i != name)
        self._waiting.discard(name)

    def is_open(self, now_s: float) -> bool:
        """Say whether the body may step; counts a step for which time ran out."""
        if not self._waiting:
            return True
        if now_s - self._since_s < self._time_limit_s:
            return False
        log.warning(
            "episode %d, step %d: no answer from %s within %g s; holding the target for a step",
            *self._present,
            ", ".join(sorted(self._waiting)),
            self._time_limit_s,
        )
        self.timeouts += 1
        self._waiting.clear()
        return True


class TickMeter:
    """Counts ticks that never came, from the timestamps of those that did.

    Attributes:
        missed: ticks lost so far while counting.
    """

    def __init__(self, period_s: float) -> None:
        """Know the timer's period."""
        self.missed = 0
        self._period_s = period_s
        self._last_s: float | None = None

    def tick(self, sent_s: float, *, counts: bool) -> None:
        """Take one tick.

        Args:
            sent_s: when the timer sent it, any clock in seconds.
            counts: false outside RUNNING, where a pause harms nobody.
        """
        if counts and self._last_s is not None and self._period_s > 0:
            self.missed += max(0, round((sent_s - self._last_s) / self._period_s) - 1)
        self._last_s = sent_s


def check_speed(
    where: str, fps: float, period_s: float, people: Sequence[str], wanted: float, *, lockstep: bool
) -> None:
    """Compare the timer on `tick` with the rate that a simulator is made for.

    Faster than the clock is how runs without people save time; a person would drive at another
    speed than the one they see, and record it.

    Args:
        where: the file in which `env.fps` stands.
        fps: control steps per second of simulated time.
        period_s: of the timer.
        people: inputs by which somebody drives who is not waited for.
        wanted: seconds of simulated time per second of the clock.
        lockstep: whoever drives is waited for.

    Raises:
        PaceError: people would drive at another speed than `wanted`.
    """
    speed = 1.0 / (fps * period_s)
    if abs(speed - wanted) <= SAME_RATE * wanted:
        return
    rates = rates_differ(where, fps, period_s)
    fast = f"simulated time would run {speed:.3g} times as fast as the clock"
    if people:
        raise PaceError(
            f"{rates}; {fast} for whoever drives by {', '.join(people)}: set the timer to "
            f"dora/timer/millis/{1000.0 / (fps * wanted):g}, or, if it is meant, SPEED to {speed:g}"
        )
    if not lockstep:
        log.warning("%s; %s, and nobody is waited for", rates, fast)


def rates_differ(where: str, fps: float, period_s: float) -> str:
    """Return the beginning of a line on a timer that does not fit."""
    return f"{where}: env.fps is {fps:g}, but the timer on tick has {1.0 / period_s:g} Hz"


_UNITS_S = {"secs": 1.0, "millis": 1e-3, "micros": 1e-6, "nanos": 1e-9}


def timer_period_s(source: str) -> float:
    """Return the period of a dora timer from an input's source.

    Args:
        source: for instance ``dora/timer/millis/100`` or ``dora/timer/hz/30``.

    Raises:
        PaceError: the input is not a timer.
    """
    parts = source.split("/")
    if len(parts) == 4 and parts[:2] == ["dora", "timer"]:
        unit, number = parts[2], parts[3]
        try:
            if unit == "hz":
                return 1.0 / float(number)
            return float(number) * _UNITS_S[unit]
        except (KeyError, ValueError, ZeroDivisionError):
            pass
    raise PaceError(
        f"input 'tick' comes from {source!r}; expected a dora timer, "
        "for instance dora/timer/millis/100 or dora/timer/hz/10"
    )


class PaceError(UserError):
    """The dataflow gives the body no usable clock."""
