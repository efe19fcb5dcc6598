"""A body: it alone owns time, the episode and what is executed.

The same for a simulator and a robot; the arm itself is an `Environment`. Nothing here knows
of dora: messages go in by method, and every method returns the messages to publish.
"""

import logging
import math
import time
from dataclasses import dataclass, field

from dora_hil.actions import ActionError, ActionSpace, hold_ee_delta
from dora_hil.environment import Columns, Environment, Outcome
from dora_hil.episode import Do, EpisodeCycle, EpisodeRules, Label
from dora_hil.messages import Action, Control, RunState, Status
from dora_hil.pace import LockstepGate, TickMeter
from dora_hil.takeover import HOLD, Choice, Takeover
from dora_hil.timestep import EndReason, Kind, Phase, TimeStep

log = logging.getLogger(__name__)

_NO_EPISODE = -2
"""Outside an episode an answer to one is never executed, a person's velocity is."""


@dataclass(frozen=True)
class BodyConfig:
    """How a body runs its episodes.

    Attributes:
        rules: when an episode ends and who confirms it.
        reset_time_s: the arm's own time that is spent in RESETTING, at least.
        seed: an episode that is granted without a seed gets this plus its number.
        tick_period_s: of the timer on `tick`; 0 switches the count of missed ticks off.
    """

    rules: EpisodeRules = field(default_factory=EpisodeRules)
    reset_time_s: float = 0.0
    seed: int = 0
    tick_period_s: float = 0.0


class Body:
    """Steps an environment once a tick and tells everybody what happened.

    Attributes:
        cycle: the present episode.
        late: steps so far for which the driver's answer was not there.
        fault: what ended the run, for people; empty for nothing.
    """

    def __init__(
        self,
        environment: Environment,
        config: BodyConfig,
        takeover: Takeover,
        gate: LockstepGate | None = None,
    ) -> None:
        """Take the parts; the first tick shows the environment as it is."""
        self._environment = environment
        self._config = config
        self._takeover = takeover
        self._gate = gate or LockstepGate()
        self._meter = TickMeter(config.tick_period_s)
        self._reset_steps = math.ceil(config.reset_time_s / environment.control_dt_s - 1e-9)
        self._steps_in_reset = 0
        self._is_tick_due = False
        self._unanswered_episode: int | None = None
        self.cycle = EpisodeCycle(config.rules)
        self.late = 0
        self.fault = ""

    @property
    def missed_ticks(self) -> int:
        """Return the ticks lost so far while RUNNING."""
        return self._meter.missed

    @property
    def lockstep_timeouts(self) -> int:
        """Return the steps taken without every awaited answer."""
        return self._gate.timeouts

    def receive_action(self, name: str, action: Action) -> None:
        """Take what an input wants to be done."""
        if action.step >= 0:
            self._gate.answered(name, action.episode, action.step)
        self._takeover.receive(name, action, time.monotonic())

    def receive_control(self, control: Control) -> list[TimeStep]:
        """Take a person's command."""
        if control.unanswered:
            self._unanswered_episode = control.episode
        label = self.cycle.command(control.command, time.monotonic(), control.episode)
        return self._report(label)

    def receive_status(self, status: Status) -> list[TimeStep]:
        """Take what the run owner says."""
        if status.state is RunState.GRANTED:
            self.cycle.grant(status.grant, status.seed)
        if status.state is RunState.OVER:
            return self.end_run(EndReason.STOP)
        return []

    def input_closed(self, name: str) -> None:
        """Go on without a device whose node has ended."""
        self._takeover.closed(name)
        self._gate.closed(name)

    def end_run(self, reason: EndReason, fault: str = "") -> list[TimeStep]:
        """End the run at once; a running episode is discarded."""
        if fault:
            log.error("%s", fault)
            self.fault = self.fault or fault
        return self._report(self.cycle.end_run(reason))

    def tick(self, sent_s: float) -> list[TimeStep]:
        """Take one tick of the control period, sent at `sent_s` (any clock, seconds)."""
        self._meter.tick(sent_s, counts=self.cycle.phase is Phase.RUNNING)
        self._is_tick_due = True
        return self.advance()

    def advance(self) -> list[TimeStep]:
        """Step if a tick is due and everybody who is awaited has answered."""
        if not self._is_tick_due or self._is_waiting():
            return []
        self._is_tick_due = False
        do, label = self.cycle.tick(ready=self._steps_in_reset >= self._reset_steps)
        try:
            if do is Do.BEGIN:
                return [self._begin()]
            if do is Do.STEP:
                return [self._step()]
            return [self._idle(label)] if label else []
        except ActionError as error:
            return self.end_run(EndReason.FAULT, f"action refused: {error}")

    @property
    def _is_answered(self) -> bool:
        """Say whether anybody still answers the running episode's steps."""
        return self.cycle.episode != self._unanswered_episode

    def _is_waiting(self) -> bool:
        """Say whether a step has to wait for an answer."""
        if self.cycle.phase is not Phase.RUNNING or not self._is_answered:
            return False
        return not self._gate.is_open(time.monotonic())

    def _begin(self) -> TimeStep:
        if self.cycle.seed < 0:
            self.cycle.seed = self._config.seed + self.cycle.episode
        columns = self._environment.begin(self.cycle.seed)
        self._takeover.reset()
        return self._publish(self.cycle.first(), columns)

    def _step(self) -> TimeStep:
        cycle = self.cycle
        choice = self._takeover.choose(cycle.episode, cycle.step, time.monotonic())
        if self._is_answered:
            self.late += choice.late
        outcome = self._environment.execute(choice.space, choice.value)
        label = cycle.stepped(
            reward=outcome.reward,
            success=outcome.success,
            out_of_bounds=outcome.out_of_bounds,
            now_s=time.monotonic(),
        )
        return self._publish(label, outcome.columns, choice, outcome)

    def _idle(self, label: Label) -> TimeStep:
        """Let people drive between episodes, and hold the target in DONE and OVER."""
        choice = Choice(HOLD, ActionSpace.EE_DELTA, hold_ee_delta())
        if label.phase is Phase.RESETTING:
            self._steps_in_reset += 1
            choice = self._takeover.choose(_NO_EPISODE, -1, time.monotonic())
        outcome = self._environment.execute(choice.space, choice.value)
        return self._publish(label, outcome.columns, choice)

    def _report(self, label: Label | None) -> list[TimeStep]:
        """Publish a transition that does not wait for a tick."""
        return [self._publish(label, self._environment.observe())] if label else []

    def _publish(
        self,
        label: Label,
        columns: Columns,
        choice: Choice | None = None,
        outcome: Outcome | None = None,
    ) -> TimeStep:
        cycle = self.cycle
        if label.note:
            log.info("%s", label.note)
        if label.phase is Phase.RESETTING and (label.kind is Kind.LAST or label.verdict):
            self._takeover.reset()
            self._steps_in_reset = 0
        step = -1 if label.kind is Kind.PHASE else cycle.step
        if step >= 0:
            self._gate.published(cycle.episode, step, time.monotonic())
        executed = outcome.executed if outcome else None
        return TimeStep(
            kind=label.kind,
            phase=label.phase,
            episode=cycle.episode,
            step=step,
            columns=columns,
            spec=self._environment.spec,
            actions={
                ActionSpace.EE_DELTA: executed.ee_delta,
                ActionSpace.EE_ABSOLUTE: executed.ee_absolute,
            }
            if executed
            else {},
            reward=label.reward,
            done=label.done,
            truncated=label.truncated,
            success=label.success,
            discrete_penalty=outcome.discrete_penalty if outcome else 0.0,
            is_intervention=bool(choice and outcome and choice.is_intervention),
            seed=cycle.seed,
            verdict=label.verdict,
            end_reason=label.end_reason,
            run_over=label.run_over,
            driver=choice.driver if choice else HOLD,
            late=self.late,
            missed_ticks=self.missed_ticks,
            safety=",".join(executed.safety) if executed else "",
            control_dt_s=self._environment.control_dt_s,
            t_capture_ns=time.monotonic_ns(),
        )
