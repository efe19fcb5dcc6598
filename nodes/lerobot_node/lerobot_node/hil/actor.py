"""The run owner that trains: lets the policy act, and sends what came of it to the learner."""

import logging
import statistics
import time
from collections import deque
from collections.abc import Iterator
from typing import Any, Protocol

from lerobot.transport.utils import python_object_to_bytes, transitions_to_bytes
from lerobot.utils.transition import Transition

from dora_hil.actions import Float32Array
from dora_hil.body_end import BodyEnd
from dora_hil.environment import Columns
from dora_hil.frames import FrameAssembler
from dora_hil.messages import Action, Status
from dora_hil.run_owner import RunOwner
from dora_hil.timestep import Kind, Phase, TimeStep, Verdict
from lerobot_node.encoder.frozen import FrozenEncoder
from lerobot_node.hil.metrics import MetricsFile
from lerobot_node.hil.transitions import SPACE, TransitionBuilder
from lerobot_node.policy.pilot import check_finite, is_asked
from lerobot_node.record.episode_tally import EpisodeTally

log = logging.getLogger(__name__)

RUNNING_MEAN_EPISODES = 20
"""Of the intervention rate, as in the HIL-SERL paper."""

DELIVERY_TIME_LIMIT_S = 30.0
"""For episodes that the learner has not confirmed when the run is over."""

STOP_TIME_LIMIT_S = 5.0
"""The same after a stop: dora kills a node that is still there 10 s later."""


class Policy(Protocol):
    """What the actor needs of a policy; see `LearningPolicy`."""

    state_keys: tuple[str, ...]
    encoder: FrozenEncoder | None
    updates: int
    loaded_s: float | None
    latencies_s: list[float]

    def load(self, weights: dict[str, Any]) -> None:
        """Exchange the weights."""

    def act(self, columns: Columns) -> Float32Array:
        """Return an action."""


class Weights(Protocol):
    """Where new weights come from."""

    def take(self) -> dict[str, Any] | None:
        """Return the newest weights, once."""


class Link(Protocol):
    """The way to the learner; see `LearnerLink`."""

    unconfirmed: int
    failures: int

    @property
    def weights(self) -> Weights:
        """Return where new weights come from."""

    def send(self, transitions: bytes, interaction: bytes) -> None:
        """Send an episode."""

    def deliver(self, time_limit_s: float) -> bool:
        """Wait until the learner has confirmed everything; returns whether it has."""


def _is_settled(timestep: TimeStep) -> bool:
    """Say whether the body has made up its mind, or has gone on."""
    is_judged = timestep.verdict in (Verdict.KEEP, Verdict.DISCARD)
    return is_judged or timestep.phase in (Phase.RESETTING, Phase.OVER)


class Actor:
    """Hears the `episode` stream; knows nothing of dora.

    An episode goes to the learner when the body says `keep`; one that is discarded never does.

    Attributes:
        steps: environment steps of the episodes that were sent.
        episodes: how many were sent.
    """

    def __init__(
        self,
        policy: Policy,
        link: Link,
        metrics: MetricsFile,
        *,
        steps: int,
        first_seed: int,
        hold_after: int = 0,
    ) -> None:
        """Act until `steps` steps were sent, those counted that the figures know of.

        Args:
            policy: acts.
            link: the way to the learner.
            metrics: a run that goes on counts steps, episodes and seeds from its newest line.
            steps: how many there will be.
            first_seed: of the first episode; the others' count on from it.
            hold_after: begin no episode while so many are not confirmed; 0 goes on regardless.
        """
        self.steps = int(metrics.newest.get("Interaction step", 0))
        self.episodes = int(metrics.newest.get("episode", 0))
        self._hold_after = hold_after
        self._is_holding = False
        self._is_stopped = False
        self._policy = policy
        self._link = link
        self._metrics = metrics
        self._target_steps = steps
        self._first_seed = first_seed
        self._owner = RunOwner("actor", target=0)
        self._assembler = FrameAssembler()
        self._builder = TransitionBuilder(policy.state_keys, policy.encoder)
        self._tally: EpisodeTally | None = None
        self._transitions: list[Transition] = []
        self._intervention_rates: deque[float] = deque(maxlen=RUNNING_MEAN_EPISODES)
        self._is_granted = False
        self._granted_after = self._newest_attempt = -1
        self._end = BodyEnd()
        self._began_s = time.monotonic()
        self._has_spec = False

    @property
    def is_over(self) -> bool:
        """Say whether enough was sent, or the body has gone."""
        return self._end.has_come or self.steps >= self._target_steps

    def hear(self, timestep: TimeStep) -> None:
        """Take the next message."""
        self._has_spec = True
        self._newest_attempt = timestep.episode
        if timestep.kind is Kind.FIRST:
            self._tally, self._transitions = EpisodeTally(timestep), []
        gaps = self._assembler.gaps
        frame = self._assembler.push(timestep)
        if self._assembler.gaps > gaps:
            log.error("attempt %d: message(s) missing, it is not sent", timestep.episode)
        if self._tally is not None and timestep.kind in (Kind.MID, Kind.LAST):
            self._tally.count(timestep)
        if self._tally is not None and frame is not None:
            self._transitions.append(self._builder.build(frame))
        self._judge(timestep)
        self._end.hear(timestep)

    def answer(self, timestep: TimeStep) -> Action | None:
        """Return what to send on the newest message, with the newest weights there are.

        Raises:
            NotFiniteError: the policy's action is no number.
        """
        if not is_asked(timestep) or self.is_over:
            return None
        weights = self._link.weights.take()
        if weights is not None:
            self._policy.load(weights)
        value = self._policy.act(timestep.columns)
        check_finite(value, timestep)
        return Action(value, SPACE, timestep.episode, timestep.step, t_obs_ns=timestep.t_capture_ns)

    def _judge(self, timestep: TimeStep) -> None:
        """See what becomes of the granted attempt."""
        if not self._is_granted or timestep.episode <= self._granted_after:
            return
        tally = self._tally
        is_kept = timestep.verdict is Verdict.KEEP and tally is not None and tally.is_pending
        if is_kept and tally is not None and not self._assembler.episode_gaps:
            self._send(tally)
        elif _is_settled(timestep):
            log.info("attempt %d: dropped, %s", timestep.episode, timestep.end_reason or "a gap")
        else:
            return
        self._is_granted, self._tally, self._transitions = False, None, []

    def _send(self, tally: EpisodeTally) -> None:
        record = tally.record(self.episodes)
        reward = sum(float(transition["reward"]) for transition in self._transitions)
        self.steps += record.length
        self.episodes += 1
        self._intervention_rates.append(record.interventions / record.length)
        figures = {
            "Episodic reward": reward,
            "Interaction step": self.steps,
            "Episode intervention": int(record.interventions > 0),
            "Intervention rate": self._intervention_rates[-1],
            **self._frequency(),
        }
        self._link.send(transitions_to_bytes(self._transitions), python_object_to_bytes(figures))
        self._metrics.write(
            {
                **figures,
                "episode": self.episodes,
                "length": record.length,
                "success": record.success,
                "end_reason": record.end_reason,
                "seed": record.seed,
                "intervention_rate_20": statistics.mean(self._intervention_rates),
                "late": record.late,
                "missed_ticks": record.missed_ticks,
                "weight_updates": self._policy.updates,
                "weight_age_s": self._weight_age_s(),
                "unconfirmed_episodes": self._link.unconfirmed,
                "failed_calls": self._link.failures,
                "wall_s": round(time.monotonic() - self._began_s, 3),
            }
        )
        log.info(
            "episode %d, %d steps in all: %s after %d, %.0f %% intervention",
            self.episodes,
            self.steps,
            "success" if record.success else record.end_reason,
            record.length,
            100 * statistics.mean(self._intervention_rates),
        )

    def _frequency(self) -> dict[str, float]:
        latencies_s, self._policy.latencies_s = self._policy.latencies_s, []
        if not latencies_s:
            return {}
        slow_s = sorted(latencies_s)[int(0.9 * (len(latencies_s) - 1))]
        return {
            "Policy frequency [Hz]": 1.0 / statistics.mean(latencies_s),
            "Policy frequency 90th-p [Hz]": 1.0 / slow_s,
        }

    def _weight_age_s(self) -> float | None:
        if self._policy.loaded_s is None:
            return None
        return round(time.monotonic() - self._policy.loaded_s, 3)

    def stream_ended(self, *, expected: bool) -> None:
        """Note that no message is heard any more.

        Args:
            expected: the whole dataflow was stopped, so that the body did not just vanish.
        """
        self._end.stream_ended(expected=expected or self.is_over)
        self._is_stopped = expected

    def statuses(self) -> Iterator[Status]:
        """Yield what there is to say now; to be called after every batch of messages."""
        if not self._has_spec or self._is_granted or self.is_over:
            return
        if self._holds():
            return
        self._is_granted = True
        self._granted_after = self._newest_attempt
        yield self._owner.grant(self._first_seed + self.episodes)

    def _holds(self) -> bool:
        waiting = self._link.unconfirmed
        holds = 0 < self._hold_after <= waiting
        if holds and not self._is_holding:
            log.warning("holding until the learner has confirmed %d episode(s)", waiting)
        self._is_holding = holds
        return holds

    def over(self, failure: str = "") -> Status:
        """Return the last word, after everything was delivered that can be.

        Args:
            failure: what this does not know of.
        """
        time_limit_s = STOP_TIME_LIMIT_S if self._is_stopped else DELIVERY_TIME_LIMIT_S
        lost = ""
        if not self._link.deliver(time_limit_s):
            lost = f"{self._link.unconfirmed} episode(s) did not reach the learner"
        return self._owner.over(failure or self._end.fault or lost)
