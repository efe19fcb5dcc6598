"""The keys a person would press: `next` to go on, `success` a little late."""

from dora_hil.stream.messages import Command
from dora_hil.stream.timestep import Phase, TimeStep, Verdict
from operator_node.random_streams import Draw, random_for

PRESS_PERIOD_S = 0.5
"""Not more often; a body also ignores `next` for this long after an automatic end."""
_TOLERANCE_S = 1e-6


class NextButton:
    """Press `next` to start an episode and to keep it.

    Time is counted in received messages, one control period each, so that a run at any speed
    is pressed through alike. A press that came to nothing is repeated. What a person has discarded
    is left to them.
    """

    def __init__(self) -> None:
        """Start ready to press."""
        self._since_press_s = PRESS_PERIOD_S
        self._in_phase_s = 0.0
        self._phase: Phase | None = None

    def press(self, message: TimeStep) -> Command | None:
        """Return `next` when a person would press it now."""
        self._since_press_s += message.control_dt_s
        if message.phase is self._phase:
            self._in_phase_s += message.control_dt_s
        else:
            self._phase, self._in_phase_s = message.phase, 0.0
        starts = message.phase is Phase.RESETTING
        keeps = (
            message.phase is Phase.DONE
            and message.verdict is Verdict.PENDING
            and message.telemetry.discard_in_s is None
            and self._in_phase_s >= PRESS_PERIOD_S - _TOLERANCE_S
        )
        if not (starts or keeps) or self._since_press_s < PRESS_PERIOD_S - _TOLERANCE_S:
            return None
        self._since_press_s = 0.0
        return Command.NEXT


class SuccessButton:
    """Press `success` once an episode, some time after the task was solved."""

    def __init__(self, seed: int, min_delay_s: float, max_delay_s: float) -> None:
        """Set the range that each episode's delay is drawn from."""
        self._seed, self._range_s = seed, (min_delay_s, max_delay_s)
        self._episode = -1
        self._due_step: int | None = None
        self._pressed = False

    def press(self, message: TimeStep, *, is_solved: bool) -> Command | None:
        """Return `success` when it is due; a block dropped meanwhile is not noticed."""
        if message.episode != self._episode:
            self._episode, self._due_step, self._pressed = message.episode, None, False
        if self._due_step is None and is_solved:
            delay_s = random_for(Draw.SUCCESS_DELAY, self._seed, message.episode).uniform(
                *self._range_s
            )
            self._due_step = message.step + round(delay_s / message.control_dt_s)
        if self._pressed or self._due_step is None or message.step < self._due_step:
            return None
        self._pressed = True
        return Command.SUCCESS
