"""The run owner that evaluates: grants seeds, lets a policy answer, and keeps the score."""

import logging
from collections.abc import Callable, Iterator, Sequence

from dora_hil.owner.body_end import BodyEnd
from dora_hil.owner.run_owner import RunOwner
from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.frames import FrameAssembler
from dora_hil.stream.messages import Action, Status
from dora_hil.stream.timestep import Kind, Phase, TimeStep, Verdict, end_words
from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.dataset.sentences import sentence_for
from lerobot_node.evaluate.result import is_assisted
from lerobot_node.evaluate.sinks import Sink
from lerobot_node.policy.checkpoint import Checkpoint
from lerobot_node.policy.fit import check_fit
from lerobot_node.policy.pilot import Pilot
from lerobot_node.record.episode_tally import EpisodeTally

log = logging.getLogger(__name__)


class Evaluator:
    """Hears the `episode` stream; knows nothing of dora.

    Attributes:
        records: of the episodes that have been evaluated, in order.
        space: how the policy's actions are meant; None before the first message.
        body: what the body says of itself.
        task: what the policy is told, unless a person tells it something else.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        seeds: Sequence[int],
        pilot: Pilot,
        sinks: Sequence[Sink] = (),
        action_space: ActionSpace | None = None,
        outcome: Callable[[Sequence[EpisodeRecord], int], str] = lambda records, wanted: "",
        *,
        corrections: int | None = None,
        task: str = "",
    ) -> None:
        """Evaluate an episode for each seed, in order.

        `action_space` says how the policy's actions are meant where the checkpoint does not;
        `outcome` words the end for people, of the records and of how many there were to be;
        a person's driving in so many episodes (`corrections`) is enough; `task` is what the policy
        is told, empty for what it was trained with.
        """
        self.records: list[EpisodeRecord] = []
        self.space: ActionSpace | None = None
        self.body = self.task = ""
        self._checkpoint = checkpoint
        self._seeds = seeds
        self._pilot = pilot
        self._sinks = sinks
        self._wanted_space = action_space
        self._outcome = outcome
        self._corrections = corrections
        self._wanted_task = task
        self._owner = RunOwner("evaluator", len(seeds))
        self._assembler = FrameAssembler()
        self._tally: EpisodeTally | None = None
        self._is_granted = False
        self._granted_after = self._newest_attempt = -1
        self._end = BodyEnd()

    @property
    def is_over(self) -> bool:
        """Say whether there is nothing left to evaluate."""
        return self._end.has_come or self._owner.is_complete or self._is_corrected

    def hear(self, timestep: TimeStep) -> None:
        """Take the next message.

        Raises:
            FeatureError: the policy does not fit the body.
        """
        if self.space is None:
            self.space = check_fit(self._checkpoint, timestep, self._wanted_space)
            trained = self._checkpoint.origin.tasks if self._checkpoint.origin else ()
            self.body = timestep.spec.body
            self.task = sentence_for(self._wanted_task, timestep.spec, trained)
        self._newest_attempt = timestep.episode
        if timestep.kind is Kind.FIRST:
            self._discard_unfinished()
            self._tally = EpisodeTally(timestep)
            for sink in self._sinks:
                sink.begin(timestep, self.space)
        gaps = self._assembler.gaps
        frame = self._assembler.push(timestep)
        if self._assembler.gaps > gaps:
            log.error("episode %d: message(s) missing", len(self.records) + 1)
        if self._tally is not None and timestep.kind in (Kind.MID, Kind.LAST):
            self._tally.count(timestep)
        if self._tally is not None and frame is not None:
            for sink in self._sinks:
                sink.add(frame)
        self._judge(timestep)
        self._end.hear(timestep)

    def answer(self, timestep: TimeStep) -> Action | None:
        """Return what to send on the newest message.

        Raises:
            NotFiniteError: the policy's action is no number.
        """
        if self.space is None or self.is_over:
            return None
        value = self._pilot.answer(timestep)
        if value is None:
            return None
        return Action(
            value, self.space, timestep.episode, timestep.step, t_obs_ns=timestep.t_capture_ns
        )

    def _judge(self, timestep: TimeStep) -> None:
        """See what becomes of the granted attempt."""
        if not self._is_granted or timestep.episode <= self._granted_after:
            return
        tally = self._tally
        if timestep.verdict is Verdict.KEEP and tally is not None and tally.is_pending:
            self._count(tally)
        elif timestep.verdict is Verdict.DISCARD and timestep.kind is Kind.LAST and tally:
            # The body discards an episode of a single frame; another would end like it.
            self._count(tally, whole=False)
        elif timestep.phase in (Phase.RESETTING, Phase.OVER):
            fate = "not evaluated" if timestep.run_over else "evaluated again"
            log.info("seed %d: %s, %s", self._seed, fate, timestep.end_reason.words or "a gap")
            self._drop()

    @property
    def _is_corrected(self) -> bool:
        """Say whether there are as many corrections as were wanted."""
        if self._corrections is None:
            return False
        return sum(record.interventions > 0 for record in self.records) >= self._corrections

    @property
    def _seed(self) -> int:
        return self._seeds[len(self.records)]

    def _count(self, tally: EpisodeTally, *, whole: bool = True) -> None:
        record = tally.record(len(self.records))
        for sink in self._sinks:
            if whole and not self._assembler.episode_gaps:
                sink.keep(record)
            else:
                sink.discard()
        self.records.append(record)
        self._owner.saved = len(self.records)
        self._is_granted, self._tally = False, None
        log.info("%s", self._say(record))

    def _drop(self) -> None:
        self._discard_unfinished()
        self._is_granted = False

    def _discard_unfinished(self) -> None:
        if self._tally is not None:
            for sink in self._sinks:
                sink.discard()
        self._tally = None

    def _say(self, record: EpisodeRecord) -> str:
        counted = [r for r in self.records if not is_assisted(r)]
        outcome = "success" if record.success else end_words(record.end_reason)
        help_note = ", with a person's help: left out" if is_assisted(record) else ""
        return (
            f"episode {len(self.records)} of {len(self._seeds)}, seed {record.seed}: {outcome} "
            f"after {record.length} steps{help_note}; "
            f"{sum(r.success for r in counted)} of {len(counted)} so far"
        )

    def stream_ended(self, *, expected: bool) -> None:
        """Note that no message is heard any more; `expected` if the dataflow was stopped."""
        self._end.stream_ended(expected=expected or self.is_over)

    def statuses(self) -> Iterator[Status]:
        """Yield what there is to say now; to be called after every batch of messages."""
        if self.space is None or self._is_granted or self.is_over:
            return
        self._is_granted = True
        self._granted_after = self._newest_attempt
        yield self._owner.grant(self._seed, self.task)

    def over(self, failure: str = "") -> Status:
        """Return the last word; `failure` is what this does not know of."""
        outcome = self._outcome(self.records, len(self._seeds))
        return self._owner.over(failure or self._end.fault, outcome)
