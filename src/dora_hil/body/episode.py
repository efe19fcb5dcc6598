"""The life of an episode as a pure state machine; the table stands in `docs/design.md`.

Nothing here knows of dora, of an arm or of a clock: the body calls `tick` once per control
period, `stepped` after it has moved, and `command`, `grant`, `end_run` as they come, and
publishes what these return.
"""

import math
from dataclasses import dataclass, replace
from enum import Enum, StrEnum, auto
from typing import Any

from dora_hil.stream.messages import Command
from dora_hil.stream.timestep import EndReason, Kind, Label, Phase, Verdict

MIN_FRAMES = 2
"""LeRobot's video statistics need two frames: a shorter episode would poison a dataset."""

NEXT_GUARD_S = 0.5
"""A `next` meant for the running episode must not accept the one that just ended by itself."""

UNDO_S = 3.0
"""For so long a person may take back that a finished episode is discarded."""


class Advance(StrEnum):
    """Who says that the next episode begins and that the last one is kept."""

    CONFIRM = "confirm"
    AUTO = "auto"


class Do(Enum):
    """What the body has to do in this control period."""

    IDLE = auto()
    BEGIN = auto()
    STEP = auto()


@dataclass(frozen=True)
class EpisodeRules:
    """When an episode ends.

    Attributes:
        advance: see `Advance`.
        max_steps: truncate after that many steps; 0 for no limit.
        terminate_on_success: the task's own success ends the episode.
        steps_after_success: go on for that many steps, at reward 1.
        undo_s: of the arm's own time, for which a discard in DONE can be taken back; 0 for none.
    """

    advance: Advance = Advance.CONFIRM
    max_steps: int = 0
    terminate_on_success: bool = True
    steps_after_success: int = 0
    undo_s: float = 0.0


class EpisodeCycle:
    """RESETTING, RUNNING, DONE, OVER.

    Attributes:
        phase: the state.
        episode: number of the present or last attempt; -1 before the first.
        step: steps done in it.
        seed: what it was granted with.
    """

    _wish: Command | None
    _steps_left: int | None
    _auto_ended_s: float | None
    _undo_ticks: int | None
    _has_invited: bool

    def __init__(self, rules: EpisodeRules, control_dt_s: float = 0.1) -> None:
        """Start in RESETTING with nothing granted; a tick is `control_dt_s` of the arm's time."""
        self._rules = rules
        self._control_dt_s = control_dt_s
        self.episode = -1
        self.step = 0
        self.seed = -1
        self._last_grant = -1
        self._granted_seed: int | None = None
        self._enter(Phase.RESETTING)

    def grant(self, number: int, seed: int) -> None:
        """Let one more episode begin; a repeated or older grant is ignored."""
        if number > self._last_grant:
            self._last_grant = number
            self._granted_seed = seed

    def command(self, command: Command, now_s: float, episode: int = -1) -> Label | None:
        """Take a person's command; returns what must be published at once, if anything.

        Args:
            command: what is asked.
            now_s: any monotonic clock.
            episode: the attempt it was meant for; -1 for the present one.
        """
        if episode not in (-1, self.episode) or self.phase is Phase.OVER:
            return None
        if command is Command.STOP:
            return self.end_run(EndReason.STOP)
        if command is Command.RERECORD:
            return self._rerecord()
        if self.phase is Phase.DONE and self._is_too_soon(now_s):
            return None
        if command is Command.NEXT or self.phase is Phase.RUNNING:
            self._wish = command
        return None

    def _is_too_soon(self, now_s: float) -> bool:
        ended_s = self._auto_ended_s if self._undo_ticks is None else None
        return ended_s is not None and now_s - ended_s < NEXT_GUARD_S

    def _rerecord(self) -> Label:
        if self.phase is Phase.RESETTING:
            note = "no episode to discard; dora-hil delete removes what is saved"
            return Label(Kind.PHASE, self.phase, note=note)
        if self.phase is Phase.DONE and self._rules.undo_s > 0:
            return self._ask_again()
        return self._discard()

    def _ask_again(self) -> Label:
        """Announce that a finished episode is discarded, or take that back."""
        self._wish = None
        if self._undo_ticks is None:
            self._undo_ticks = math.ceil(self._rules.undo_s / self._control_dt_s - 1e-9)
            fate = f"is discarded in {self._rules.undo_s:g} s; `next` keeps it after all"
        else:
            self._undo_ticks = None
            fate = "is not discarded; `next` keeps it, `rerecord` discards it"
        return self._pending(f"episode {self.episode} {fate}")

    def _pending(self, note: str = "") -> Label:
        ticks = self._undo_ticks
        in_s = None if ticks is None else ticks * self._control_dt_s
        return Label(Kind.PHASE, self.phase, Verdict.PENDING, discard_in_s=in_s, note=note)

    def _discard(self) -> Label:
        self._enter(Phase.RESETTING)
        note = f"episode {self.episode} discarded, to be recorded again"
        return Label(Kind.PHASE, self.phase, Verdict.DISCARD, EndReason.RERECORD, note=note)

    def end_run(self, reason: EndReason) -> Label | None:
        """End the run at once: `stop`, a fault, dora's STOP, or the owner's word.

        A running episode is discarded, a finished one that awaits its verdict is kept; a person who
        has just discarded it and stops means both.
        """
        if self.phase is Phase.OVER:
            return None
        if self._undo_ticks is not None and reason is EndReason.STOP:
            label = replace(self._discard(), phase=Phase.OVER, run_over=True)
            self._enter(Phase.OVER)
            return label
        verdict, note = Verdict.NONE, ""
        if self.phase is Phase.RUNNING:
            verdict = Verdict.DISCARD
            note = f"episode {self.episode} discarded: the run ended before it did"
        elif self.phase is Phase.DONE:
            verdict = Verdict.KEEP
            note = f"episode {self.episode} kept: it had ended before the run did"
        self._enter(Phase.OVER)
        return Label(Kind.PHASE, self.phase, verdict, reason, run_over=True, note=note)

    def tick(self, *, ready: bool) -> tuple[Do, Label | None]:
        """Begin a control period.

        Args:
            ready: the arm is where an episode may begin.

        Returns:
            What to do, and for IDLE the PHASE to publish. For BEGIN publish `first()`, for
            STEP what `stepped` returns.
        """
        if self.phase is Phase.RUNNING:
            return Do.STEP, None
        if self.phase is Phase.RESETTING:
            starts = self._rules.advance is Advance.AUTO or self._wish is Command.NEXT
            if ready and starts and self._granted_seed is not None:
                self.seed, self._granted_seed = self._granted_seed, None
                self._enter(Phase.RUNNING)
                self.episode += 1
                return Do.BEGIN, None
            return Do.IDLE, Label(Kind.PHASE, self.phase, note=self._invite(ready, starts))
        if self.phase is Phase.DONE:
            return Do.IDLE, self._await_verdict()
        return Do.IDLE, Label(Kind.PHASE, self.phase, run_over=True)

    def _await_verdict(self) -> Label:
        if self._wish is Command.NEXT:
            after_all = "" if self._undo_ticks is None else " after all"
            self._enter(Phase.RESETTING)
            note = f"episode {self.episode} kept{after_all}"
            return Label(Kind.PHASE, self.phase, Verdict.KEEP, note=note)
        if self._undo_ticks is not None:
            self._undo_ticks -= 1
            if self._undo_ticks == 0:
                return self._discard()
        return self._pending()

    def _invite(self, ready: bool, starts: bool) -> str:
        """Say once that a person is waited for."""
        if self._has_invited or starts or not ready or self._granted_seed is None:
            return ""
        self._has_invited = True
        return "ready: `next` begins an episode"

    def first(self) -> Label:
        """Return the label of the observation after the reset."""
        note = f"episode {self.episode} begins, seed {self.seed}"
        return Label(Kind.FIRST, Phase.RUNNING, note=note)

    def stepped(self, *, reward: float, success: bool, out_of_bounds: bool, now_s: float) -> Label:
        """Judge a step that was just executed.

        Args:
            reward: the task's own.
            success: the task's own verdict.
            out_of_bounds: the task can no longer be solved.
            now_s: the clock that `command` is given.
        """
        self.step += 1
        wish, self._wish = self._wish, None
        if wish is Command.FAILURE:
            return self._end(EndReason.FAILURE, done=True)

        if self._steps_left is not None:
            self._steps_left -= 1
        elif wish is Command.SUCCESS or (success and self._rules.terminate_on_success):
            self._steps_left = self._rules.steps_after_success
        at_limit = 0 < self._rules.max_steps <= self.step
        if self._steps_left is not None:
            if self._steps_left > 0 and not at_limit and wish is not Command.NEXT:
                return Label(Kind.MID, Phase.RUNNING, reward=1.0, success=True)
            return self._end(
                EndReason.SUCCESS,
                reward=1.0,
                done=True,
                success=True,
                automatic_at_s=now_s if wish is None else None,
            )
        if out_of_bounds:
            return self._end(EndReason.OUT_OF_BOUNDS, done=True, automatic_at_s=now_s)
        if at_limit or wish is Command.NEXT:
            by_person = wish is Command.NEXT and not at_limit
            return self._end(
                EndReason.OPERATOR if by_person else EndReason.TIME_LIMIT,
                reward=reward,
                truncated=True,
                success=success,
                automatic_at_s=None if by_person else now_s,
            )
        return Label(Kind.MID, Phase.RUNNING, reward=reward, success=success)

    def _end(
        self, reason: EndReason, *, automatic_at_s: float | None = None, **outcome: Any
    ) -> Label:
        """Return LAST, with an outcome as in `Label`: reward, done, truncated, success."""
        note = f"episode {self.episode} ended after {self.step} steps: {reason.words}"
        if self.step < MIN_FRAMES:
            verdict, phase = Verdict.DISCARD, Phase.RESETTING
            note += f"; discarded, for it has fewer than {MIN_FRAMES} frames"
        elif self._rules.advance is Advance.AUTO:
            verdict, phase = Verdict.KEEP, Phase.RESETTING
        else:
            verdict, phase = Verdict.PENDING, Phase.DONE
            note += "; `next` keeps it, `rerecord` discards it"
        self._enter(phase)
        self._auto_ended_s = automatic_at_s
        return Label(Kind.LAST, phase, verdict, reason, note=note, **outcome)

    def _enter(self, phase: Phase) -> None:
        """Change state; no wish and no countdown outlives the state it was made in."""
        self.phase = phase
        self._wish = None
        self._steps_left = None
        self._auto_ended_s = None
        self._undo_ticks = None
        self._has_invited = False
        if phase is Phase.RUNNING:
            self.step = 0
