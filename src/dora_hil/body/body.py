"""A body: it alone owns time, the episode and what is executed.

The same for a simulator and a robot; the arm itself is an `Environment`. Nothing here knows
of dora: messages go in by method, and every method returns the messages to publish.
"""

import logging
import math
import time
from collections import Counter
from dataclasses import dataclass, field, replace

from dora_hil.body.drive import NOBODY, drive_of
from dora_hil.body.environment import BodyFaultError, Environment, Outcome, RealTimeEnvironment
from dora_hil.body.episode import Do, EpisodeCycle, EpisodeRules
from dora_hil.body.pace import LockstepGate, TickMeter
from dora_hil.body.safety import MEANINGS, WATCHDOG
from dora_hil.body.takeover import Choice, Takeover
from dora_hil.errors import counted
from dora_hil.stream.actions import ActionError, ExecutedAction
from dora_hil.stream.messages import Action, Command, Control, RunState, Status
from dora_hil.stream.spec import Columns
from dora_hil.stream.timestep import HOLD, EndReason, Kind, Label, Phase, Telemetry, TimeStep

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
        tick_period_s: of the timer on `tick`; 0 switches the count of missed ticks off, and so
            does lockstep.
        watchdog_s: see `SafetyConfig`.
    """

    rules: EpisodeRules = field(default_factory=EpisodeRules)
    reset_time_s: float = 0.0
    seed: int = 0
    tick_period_s: float = 0.0
    watchdog_s: float = 1.0


class Body:
    """Steps an environment once a tick and tells everybody what happened.

    Attributes:
        cycle: the present episode.
        gate: who is waited for.
        late: steps so far for which the driver's answer was not there.
        safety: steps so far in which each part of the safety layer stepped in.
        fault: what ended the run, for people; empty for nothing.
    """

    def __init__(
        self,
        environment: Environment | RealTimeEnvironment,
        config: BodyConfig,
        takeover: Takeover,
        gate: LockstepGate | None = None,
    ) -> None:
        """Take the parts; the first tick shows the environment as it is."""
        self._environment = environment
        self._drive = drive_of(environment)
        self._config = config
        self._takeover = takeover
        self.gate = gate or LockstepGate()
        # In lockstep the arm's time stands still between two steps: no tick is owed.
        self._meter = TickMeter(0.0 if self.gate.inputs else config.tick_period_s)
        rules = config.rules
        self._spec = replace(environment.spec, max_steps=rules.max_steps, advance=rules.advance)
        self._reset_steps = math.ceil(config.reset_time_s / environment.control_dt_s - 1e-9)
        self._steps_in_reset = self._stale_in_a_row = 0
        self._is_tick_due = False
        self._unanswered_episode: int | None = None
        self._is_told = False
        self.cycle = EpisodeCycle(rules, environment.control_dt_s)
        self.late = 0
        self.safety: Counter[str] = Counter()
        self.fault = ""

    @property
    def missed_ticks(self) -> int:
        """Return the ticks lost so far while RUNNING."""
        return self._meter.missed

    @property
    def summary(self) -> str:
        """Return the counts of a run in one line."""
        stepped_in = [f"{name} in {count} steps" for name, count in self.safety.most_common()]
        return (
            f"{counted(self.cycle.episode + 1, 'attempt')}, {self.missed_ticks} missed ticks, "
            f"{self.late} late steps, {self.gate.timeouts} lockstep timeouts; "
            f"safety: {', '.join(stepped_in) or 'nothing'}"
        )

    def receive_action(self, name: str, action: Action) -> None:
        """Take what an input wants to be done.

        Raises:
            ActionError: it has more or fewer numbers than its space.
        """
        action = replace(action, value=self._spec.completed(action.space, action.value))
        if action.step >= 0:
            self.gate.answered(name, action.episode, action.step)
        self._takeover.receive(name, action, time.monotonic())

    def receive_control(self, control: Control) -> list[TimeStep]:
        """Take a person's command."""
        if control.command is Command.TASK:
            self._is_told = bool(control.task)
            self._tell(control.task)
            return []
        if control.unanswered:
            self._unanswered_episode = control.episode
        label = self.cycle.command(control.command, time.monotonic(), control.episode)
        return self._report(label)

    def receive_status(self, status: Status) -> list[TimeStep]:
        """Take what the run owner says."""
        if status.state is RunState.GRANTED:
            # A person's word outlasts the owner's, who does not know of it.
            if not self._is_told:
                self._tell(status.task)
            self.cycle.grant(status.grant, status.seed)
        if status.state is RunState.OVER:
            return self.end_run(EndReason.STOP)
        return []

    def _tell(self, task: str) -> None:
        if task and task != self._spec.task:
            log.info("the task is %r", task)
            self._spec = replace(self._spec, task=task)

    def input_closed(self, name: str) -> None:
        """Go on without a device whose node has ended."""
        self._takeover.closed(name)
        self.gate.closed(name)

    def end_run(self, reason: EndReason, fault: str = "") -> list[TimeStep]:
        """End the run at once; a running episode is discarded."""
        if fault and not self.fault:
            log.error("%s", fault)
            self.fault = fault
        return self._report(self.cycle.end_run(reason))

    def tick(self, sent_s: float) -> list[TimeStep]:
        """Take one tick of the control period, sent at `sent_s` (any clock, seconds)."""
        self._meter.tick(sent_s, counts=self.cycle.phase is Phase.RUNNING)
        self._is_tick_due = True
        return self.advance()

    def advance(self) -> list[TimeStep]:
        """Step if a tick is due and everybody who is awaited has answered.

        Between two ticks of a robot this sends the next action when it has come, so call it after
        every message, and at the latest after `wait_s`.
        """
        try:
            if not self._is_tick_due or self._is_waiting():
                self._between()
                return []
            self._is_tick_due = False
            ready = self._steps_in_reset >= self._reset_steps and self._drive.is_home
            do, label = self.cycle.tick(ready=ready)
            if do is Do.BEGIN:
                return [self._begin()]
            if do is Do.STEP:
                return [self._step()]
            return [self._idle(label)] if label else []
        except (ActionError, BodyFaultError) as error:
            refused = "action refused: " if isinstance(error, ActionError) else ""
            return self.end_run(EndReason.FAULT, f"{refused}{error}")

    def wait_s(self) -> float:
        """Return how long nothing need happen unless a message comes."""
        return self._drive.wait_s(time.monotonic())

    def _between(self) -> None:
        if not self._drive.is_open:
            return
        cycle, now_s = self.cycle, time.monotonic()
        is_awaited = cycle.phase is Phase.RUNNING and self._takeover.is_awaited(
            cycle.episode, cycle.step, now_s
        )
        self._drive.between(
            self._choose,
            is_awaited=is_awaited,
            goes_home=cycle.phase is Phase.RESETTING,
            now_s=now_s,
        )

    def _choose(self) -> Choice:
        """Return what is to be done now."""
        cycle, now_s = self.cycle, time.monotonic()
        if cycle.phase is Phase.RUNNING:
            choice = self._takeover.choose(cycle.episode, cycle.step, now_s)
            if self._is_answered:
                self.late += choice.late
                self._stale_in_a_row = self._stale_in_a_row + 1 if choice.is_stale else 0
            return choice
        if cycle.phase is Phase.RESETTING:
            return self._takeover.choose(_NO_EPISODE, -1, now_s)
        return NOBODY

    @property
    def _is_answered(self) -> bool:
        """Say whether anybody still answers the running episode's steps."""
        return self.cycle.episode != self._unanswered_episode

    def _is_waiting(self) -> bool:
        """Say whether a step has to wait for an answer."""
        if self.cycle.phase is not Phase.RUNNING or not self._is_answered:
            return False
        return not self.gate.is_open(time.monotonic())

    def _begin(self) -> TimeStep:
        if self.cycle.seed < 0:
            self.cycle.seed = self._config.seed + self.cycle.episode
        columns = self._drive.begin(self.cycle.seed)
        self._takeover.reset()
        self._stale_in_a_row = 0
        return self._publish(self.cycle.first(), columns)

    def _step(self) -> TimeStep:
        choice, outcome = self._drive.tick(self._choose)
        label = self.cycle.stepped(
            reward=outcome.reward,
            success=outcome.success,
            out_of_bounds=outcome.out_of_bounds,
            now_s=time.monotonic(),
        )
        return self._publish(label, outcome.columns, choice, outcome)

    def _idle(self, label: Label) -> TimeStep:
        """Let people drive between episodes, and hold the target in DONE and OVER."""
        if label.phase is Phase.RESETTING:
            self._steps_in_reset += 1
        choice, outcome = self._drive.tick(self._choose)
        return self._publish(label, outcome.columns, choice)

    def _report(self, label: Label | None) -> list[TimeStep]:
        """Publish a transition that does not wait for a tick."""
        if label is None:
            return []
        if label.run_over:
            self._drive.rest(is_fault=bool(self.fault))
        return [self._publish(label, self._environment.observe())]

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
            self.gate.published(cycle.episode, step, time.monotonic())
        executed = outcome.executed if outcome else None
        safety = self._count_safety(executed)
        return TimeStep(
            kind=label.kind,
            phase=label.phase,
            episode=cycle.episode,
            step=step,
            columns=columns,
            spec=self._spec,
            actions=self._spec.reported(executed.by_space) if executed else {},
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
            control_dt_s=self._environment.control_dt_s,
            t_capture_ns=time.monotonic_ns(),
            telemetry=Telemetry(
                driver=choice.driver if choice else HOLD,
                late=self.late,
                missed_ticks=self.missed_ticks,
                safety=",".join(safety),
                frame_age_ms=outcome.frame_age_ms if outcome else None,
                discard_in_s=label.discard_in_s,
            ),
        )

    def _count_safety(self, executed: ExecutedAction | None) -> tuple[str, ...]:
        """Return what stepped in during a step of an episode."""
        if executed is None:
            return ()
        names = executed.safety
        silent_s = self._stale_in_a_row * self._environment.control_dt_s
        if self._stale_in_a_row and silent_s >= self._config.watchdog_s:
            names = (*names, WATCHDOG)
        for name in names:
            if not self.safety[name]:
                log.warning("episode %d: safety: %s: %s", self.cycle.episode, name, MEANINGS[name])
            self.safety[name] += 1
        return names
