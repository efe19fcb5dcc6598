"""The run owner that trains: lets the policy act, and sends what came of it to the learner."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from lerobot.transport.utils import python_object_to_bytes, transitions_to_bytes
from lerobot.utils.transition import Transition

from dora_hil.node.node import Event
from dora_hil.owner.body_end import BodyEnd
from dora_hil.owner.run_owner import RunOwner
from dora_hil.stream.actions import Float32Array
from dora_hil.stream.frames import Frame, FrameAssembler
from dora_hil.stream.messages import Action, Status
from dora_hil.stream.timestep import Kind, Phase, TimeStep, Verdict, end_words
from lerobot_node.evaluate.sinks import Sink
from lerobot_node.hil.actor_parts import LearnerEnd, Link, Policy
from lerobot_node.hil.episode_folder import SentEpisode
from lerobot_node.hil.figures import Figures
from lerobot_node.hil.metrics import MetricsFile
from lerobot_node.hil.transitions import SPACE, TransitionBuilder
from lerobot_node.policy.pilot import check_finite, is_asked
from lerobot_node.record.episode_tally import EpisodeTally

log = logging.getLogger(__name__)

DELIVERY_TIME_LIMIT_S = 30.0
"""For episodes that the learner has not confirmed when the run is over."""

STOP_TIME_LIMIT_S = 5.0
"""The same after a stop: dora kills a node that is still there 10 s later."""


def _is_settled(timestep: TimeStep) -> bool:
    """Say whether the body has made up its mind, or has gone on."""
    is_judged = timestep.verdict in (Verdict.KEEP, Verdict.DISCARD)
    return is_judged or timestep.phase in (Phase.RESETTING, Phase.OVER)


def _drove_in_time(frame: Frame) -> bool:
    """Say whether the answer to a step is what led to the next."""
    before, after = frame.before.telemetry, frame.after.telemetry
    return after.driver == "action" and after.late == before.late


class Actor:
    """Hears the `episode` stream; knows nothing of dora.

    An episode goes to the learner when the body says `keep`; one that is discarded never does.

    Attributes:
        steps: environment steps of the episodes that the learner has, or gets from this disk.
        episodes: how many these are.
    """

    def __init__(
        self,
        policy: Policy,
        link: Link,
        metrics: MetricsFile,
        *,
        steps: int,
        first_seed: int,
        folder: Path,
        hold_after: int = 0,
        check_body: Callable[[TimeStep], None] = lambda _: None,
        sinks: Sequence[Sink] = (),
    ) -> None:
        """Act until `steps` steps were sent, those counted that the figures know of.

        Args:
            policy: acts.
            link: the way to the learner.
            metrics: a run that goes on counts steps, episodes and seeds from its newest line.
            steps: how many there will be.
            first_seed: of the first episode; the others' count on from it.
            folder: of the training; only told.
            hold_after: begin no episode while so many are not confirmed; 0 goes on regardless.
            check_body: is given the first message, and raises where the body does not fit.
            sinks: get every frame too; an episode has the number there that the figures give it.
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
        self._folder = folder
        self._owner = RunOwner("actor", target=0)
        self._assembler = FrameAssembler()
        self._builder = TransitionBuilder(policy.state_keys, policy.encoder)
        self._tally: EpisodeTally | None = None
        self._transitions: list[Transition] = []
        self._unbuilt: list[Frame] = []
        self._asked: dict[int, Float32Array] = {}
        self._figures = Figures(steps, metrics.lines())
        self._is_granted = False
        self._granted_after = self._newest_attempt = -1
        self._end = BodyEnd()
        self._learner_end = LearnerEnd()
        self._has_met = self._has_spec = False
        self._check_body = check_body
        self._sinks = sinks

    @property
    def is_over(self) -> bool:
        """Say whether enough was sent, the body or the learner has gone, or it is another's."""
        if self._end.has_come or self._learner_end.look() or self._link.refusal:
            return True
        return self._has_met and self.steps >= self._target_steps

    def hear(self, timestep: TimeStep) -> None:
        """Take the next message.

        Raises:
            FeatureError: the body does not fit.
        """
        if not self._has_spec:
            self._check_body(timestep)
        self._has_spec = True
        self._follow_the_learner()
        self._newest_attempt = timestep.episode
        if timestep.kind is Kind.FIRST:
            self._build()
            self._tally, self._transitions = EpisodeTally(timestep), []
            self._asked.clear()
            for sink in self._sinks:
                sink.begin(timestep, SPACE)
        gaps = self._assembler.gaps
        frame = self._assembler.push(timestep)
        if self._assembler.gaps > gaps:
            log.error("attempt %d: message(s) missing, it is not sent", timestep.episode)
        if self._tally is not None and timestep.kind in (Kind.MID, Kind.LAST):
            self._tally.count(timestep)
        if self._tally is not None and frame is not None:
            self._unbuilt.append(frame)
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
        self._asked[timestep.step] = value
        return Action(value, SPACE, timestep.episode, timestep.step, t_obs_ns=timestep.t_capture_ns)

    def _judge(self, timestep: TimeStep) -> None:
        """See what becomes of the granted attempt."""
        if not self._is_granted or timestep.episode <= self._granted_after:
            return
        if _is_settled(timestep):
            self._build()
        tally = self._tally
        is_kept = timestep.verdict is Verdict.KEEP and tally is not None and tally.is_pending
        if is_kept and tally is not None and not self._assembler.episode_gaps:
            self._send(tally)
        elif _is_settled(timestep):
            log.info(
                "attempt %d: dropped, %s", timestep.episode, timestep.end_reason.words or "a gap"
            )
            for sink in self._sinks:
                sink.discard()
        else:
            return
        self._is_granted, self._tally, self._transitions = False, None, []

    def _build(self) -> None:
        """Make transitions of the frames heard, and hand these on: while the body simulates."""
        for frame in self._unbuilt:
            asked = self._asked.pop(frame.index, None)
            is_done = _drove_in_time(frame)
            self._transitions.append(self._builder.build(frame, asked if is_done else None))
            for sink in self._sinks:
                sink.add(frame)
        self._unbuilt.clear()

    def _send(self, tally: EpisodeTally) -> None:
        record = tally.record(self.episodes)
        self.steps += record.length
        self.episodes += 1
        sent, line = self._figures.of(
            record,
            self._transitions,
            self._policy,
            self._link,
            steps=self.steps,
            episodes=self.episodes,
        )
        self._link.send(
            SentEpisode(
                transitions_to_bytes(self._transitions),
                python_object_to_bytes(sent),
                record.length,
                line,
            )
        )
        self._metrics.write(line)
        for sink in self._sinks:
            sink.keep(replace(record, episode_index=self.episodes))
        log.info(
            "episode %d, %d steps in all: %s after %d, %.0f %% intervention",
            self.episodes,
            self.steps,
            "success" if record.success else end_words(record.end_reason),
            record.length,
            100 * line["intervention_rate_20"],
        )

    def _tell_progress(self) -> None:
        """Let the next status say how it goes."""
        self._owner.saved = self.episodes
        self._owner.training = self._figures.progress()

    def stream_ended(self, *, expected: bool) -> None:
        """Note that no message is heard any more; `expected` where the dataflow was stopped."""
        self._end.stream_ended(expected=expected or self.is_over)
        self._is_stopped = expected

    def statuses(self) -> Iterator[Status]:
        """Yield what there is to say now; to be called after every batch of messages."""
        # What the answer need not wait for.
        self._build()
        # A learner of another training is found out before anybody has driven for it.
        if not (self._has_spec and self._has_met) or self._is_granted or self.is_over:
            return
        if self._holds():
            return
        self._is_granted = True
        self._granted_after = self._newest_attempt
        self._tell_progress()
        yield self._owner.grant(self._first_seed + self.episodes)

    def _holds(self) -> bool:
        waiting = self._link.unconfirmed
        holds = 0 < self._hold_after <= waiting
        if holds and not self._is_holding:
            log.warning("holding until the learner has confirmed %d episode(s)", waiting)
        self._is_holding = holds
        return holds

    def hear_other(self, event: Event) -> None:
        """Take what happens on every other input: on `learner`, if the learner is a node too."""
        if event.id == "learner":
            self._learner_end.hear(event)

    def _follow_the_learner(self) -> None:
        """Count what the learner can go on from, as it says itself."""
        has_tried = self._link.has_tried
        about = self._link.take_correction()
        if about is not None:
            counted = self.episodes
            if about.steps < self.steps:
                self._metrics.go_back(about.episodes)
                self._figures.go_on_from(self._metrics.lines())
                self.steps = about.steps + self._link.unconfirmed_steps
                self.episodes = about.episodes + self._link.unconfirmed
            else:
                self.steps, self.episodes = about.steps, about.episodes
            log.warning(
                "the learner (in %s) can go on from %d episodes, %d steps; %d were counted here: "
                "going on after %d",
                about.folder,
                about.episodes,
                about.steps,
                counted,
                self.episodes,
            )
        self._has_met = has_tried

    def over(self, failure: str = "") -> Status:
        """Deliver what can be, then return the last word; `failure` is what is not known here."""
        reason = failure or self._end.fault or self._learner_end.fault or self._link.refusal
        if self._learner_end.fault or self._link.refusal:
            time_limit_s = 0.0
        else:
            time_limit_s = STOP_TIME_LIMIT_S if self._is_stopped else DELIVERY_TIME_LIMIT_S
        if not self._link.deliver(time_limit_s):
            waiting = (
                f"{self._link.unconfirmed} episode(s) wait on this disk for the learner, and "
                "reach it at the next start with RESUME_TRAINING=1"
            )
            reason = f"{reason}; {waiting}" if reason else waiting
        outcome = self._figures.outcome(self.steps, self.episodes, self._folder)
        if not reason:
            log.info("%s", outcome)
        self._tell_progress()
        return self._owner.over(reason, outcome)
