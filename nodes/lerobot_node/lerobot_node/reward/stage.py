"""The stage between a body and everyone else that says from the pictures what is success."""

import logging
import time
from dataclasses import dataclass, field, replace
from typing import Protocol

from dora_hil.stream.messages import Command, Control
from dora_hil.stream.spec import Columns, ColumnSpec, StreamSpec
from dora_hil.stream.timestep import EndReason, Kind, Phase, TimeStep, Verdict
from lerobot_node.reward.config import RewardConfig

log = logging.getLogger(__name__)


class Judge(Protocol):
    """Looks at a step; see `RewardClassifier`."""

    def probability(self, columns: Columns) -> float:
        """Return the probability that the pictures show success, 0 to 1."""

    def encoded(self, columns: Columns) -> Columns:
        """Return the features that were made of the pictures, by stored name; none is fine."""


@dataclass
class Tally:
    """What the stage has seen so far.

    Attributes:
        latencies_s: of each look at a frame.
        episodes: how many began.
        successes: how many it ended or saw succeed.
        confirmed: of these, how many the body's own signal agreed with in the same frame.
        body_speaks: the body has a signal of its own.
    """

    latencies_s: list[float] = field(default_factory=list)
    episodes: int = 0
    successes: int = 0
    confirmed: int = 0
    body_speaks: bool = False


class RewardStage:
    """Rewrites `next.reward`, `next.success` and `next.done`; knows nothing of dora.

    At success it ends the episode for everyone behind it, and tells the body, which does so a
    tick later and has the verdict. What a person says stands: their `success` and `failure` end
    an episode in the body, and a `failure` said while the classifier says success has the
    episode dropped. Features of the pictures go on with the step: a policy with the same encoder
    does not make them again.
    """

    def __init__(self, judge: Judge, config: RewardConfig) -> None:
        """Judge steps by these rules."""
        self._judge = judge
        self._config = config
        self._in_a_row = 0
        self._has_succeeded = False
        self._ended: int | None = None
        self._is_contradicted = False
        self._presses = 0
        self._specs: tuple[StreamSpec, StreamSpec] | None = None
        self.tally = Tally()

    def hear(self, timestep: TimeStep) -> tuple[TimeStep | None, Control | None]:
        """Take the body's next message.

        Returns:
            What to pass on, and what to tell the body; None for nothing.
        """
        passed, control = self._judged(timestep)
        # Every message: the columns of a stream never change.
        return (None if passed is None else self._with_features(passed)), control

    def _judged(self, timestep: TimeStep) -> tuple[TimeStep | None, Control | None]:
        if timestep.kind is Kind.FIRST:
            self._in_a_row, self._has_succeeded = 0, False
            self._ended, self._is_contradicted = None, False
            self.tally.episodes += 1
        if timestep.kind is Kind.PHASE:
            return self._settled(timestep), None
        if timestep.episode == self._ended:
            return self._after_the_end(timestep), None
        is_success = self._shows_success(timestep)
        if timestep.kind is Kind.FIRST:
            return timestep, None
        return self._rewarded(timestep, is_success=is_success)

    def _shows_success(self, timestep: TimeStep) -> bool:
        began_s = time.perf_counter()
        probability = self._judge.probability(timestep.columns)
        self.tally.latencies_s.append(time.perf_counter() - began_s)
        is_seen = probability >= self._config.classifier.success_threshold
        self._in_a_row = self._in_a_row + 1 if is_seen else 0
        return self._in_a_row >= self._config.stage.consecutive_frames

    def _with_features(self, timestep: TimeStep) -> TimeStep:
        features = self._judge.encoded(timestep.columns)
        if not features:
            return timestep
        # One description for a whole run, of which the text is made once.
        if self._specs is None or self._specs[0] is not timestep.spec:
            described = {
                name: ColumnSpec(array.shape, dtype=str(array.dtype))
                for name, array in features.items()
            }
            columns = {**timestep.spec.columns, **described}
            self._specs = timestep.spec, replace(timestep.spec, columns=columns)
        columns_now = {**timestep.columns, **features}
        return replace(timestep, columns=columns_now, spec=self._specs[1])

    def _rewarded(self, timestep: TimeStep, *, is_success: bool) -> tuple[TimeStep, Control | None]:
        said_by_person = timestep.kind is Kind.LAST and timestep.end_reason in (
            EndReason.SUCCESS,
            EndReason.FAILURE,
        )
        if said_by_person:
            is_success = timestep.end_reason is EndReason.SUCCESS
        self._count(timestep, is_success=is_success)
        reward = self._config.classifier.success_reward if is_success else 0.0
        judged = replace(timestep, reward=reward, success=is_success)
        if said_by_person or not (is_success and self._config.terminate_on_success):
            return judged, None
        judged = replace(judged, done=True, truncated=False, end_reason=EndReason.SUCCESS)
        if timestep.kind is Kind.LAST:
            return judged, None
        self._ended = timestep.episode
        self._presses += 1
        control = Control(
            Command.SUCCESS,
            self._presses - 1,
            timestep.episode,
            time.monotonic_ns(),
            unanswered=True,
        )
        last = replace(judged, kind=Kind.LAST, phase=Phase.DONE, verdict=Verdict.PENDING)
        return last, control

    def _count(self, timestep: TimeStep, *, is_success: bool) -> None:
        self.tally.body_speaks = self.tally.body_speaks or timestep.success
        if is_success and not self._has_succeeded:
            self._has_succeeded = True
            self.tally.successes += 1
            self.tally.confirmed += timestep.success

    def _after_the_end(self, timestep: TimeStep) -> TimeStep | None:
        """Drop the body's steps behind the end; its verdict is passed on."""
        if timestep.kind is not Kind.LAST:
            return None
        if timestep.end_reason is EndReason.FAILURE:
            log.warning(
                "episode %d: a person said failure, the classifier success; it is dropped",
                timestep.episode,
            )
            self._is_contradicted = True
        phase = replace(timestep, kind=Kind.PHASE, step=-1, actions={}, reward=0.0)
        return self._settled(replace(phase, done=False, truncated=False, success=False))

    def _settled(self, timestep: TimeStep) -> TimeStep:
        """Return a PHASE as it is meant for those who have seen another end than the body."""
        if timestep.episode != self._ended:
            return timestep
        if timestep.verdict is Verdict.KEEP and self._is_contradicted:
            return replace(timestep, verdict=Verdict.DISCARD, end_reason=EndReason.FAILURE)
        was_cut_short = timestep.end_reason in (EndReason.STOP, EndReason.FAULT)
        if timestep.verdict is Verdict.DISCARD and was_cut_short and not self._is_contradicted:
            # The body was still running what had ended here.
            return replace(timestep, verdict=Verdict.KEEP)
        return timestep
