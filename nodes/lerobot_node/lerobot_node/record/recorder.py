"""The run owner that records: grants episodes, hears what becomes of them, saves the kept."""

import errno
import os
from collections.abc import Iterator

from dora_hil.body.episode import MIN_FRAMES
from dora_hil.errors import one_line
from dora_hil.owner.body_end import BodyEnd
from dora_hil.owner.run_owner import RunOwner
from dora_hil.stream.frames import Frame, FrameAssembler
from dora_hil.stream.messages import Status
from dora_hil.stream.timestep import Kind, Phase, TimeStep, Verdict
from dora_hil_datasets.dataset.columns import check_same
from dora_hil_datasets.dataset.existing import ExistingDataset
from dora_hil_datasets.dataset.features import Features, dataset_features, dataset_fps, frame_row
from dora_hil_datasets.dataset.sentences import read_sentences, say_if_recorded_otherwise
from lerobot_node.record.config import RecordConfig
from lerobot_node.record.episode_tally import EpisodeTally
from lerobot_node.record.progress import Progress, outcome
from lerobot_node.record.seeds import plan_seeds
from lerobot_node.record.writer_thread import WriterThread

MAX_PENDING = 2
"""Episodes being saved at once; with more, the next one has to wait for the disk."""

INVITE_AFTER_NS = 1_000_000_000


class Recorder:
    """Hears the `episode` stream and drives an `WriterThread`; knows nothing of dora.

    Attributes:
        kept: episodes in the dataset, those being saved included.
        saved: episodes that are safe on the disk.
        gaps: messages that went missing since the start.
    """

    def __init__(
        self,
        config: RecordConfig,
        existing: ExistingDataset | None,
        writer: WriterThread,
        progress: Progress,
    ) -> None:
        """Go on after the episodes of `existing`."""
        self.target = config.dataset.num_episodes
        self.kept = existing.episodes if existing else 0
        self._owner = RunOwner("recorder", self.target, self.kept)
        self._config = config
        self._existing = existing
        self._writer = writer
        self._progress = progress
        self._seeds = plan_seeds(config.seed, existing)
        self._assembler = FrameAssembler()
        self._features: Features | None = None
        self._fps = 0
        self._granted_seed: int | None = None
        self._newest_attempt = self._granted_after = -1
        self._tally: EpisodeTally | None = None
        self._end = BodyEnd()
        self._waiting_since_ns: int | None = 0

    @property
    def saved(self) -> int:
        """Return how many episodes are safe on the disk."""
        return self._owner.saved

    @property
    def gaps(self) -> int:
        """Return the messages that went missing since the start."""
        return self._assembler.gaps

    @property
    def is_over(self) -> bool:
        """Say whether there is nothing left to wait for."""
        if self._writer.failure is not None or self.saved >= self.target:
            return True
        return self._end.has_come and self._writer.pending == 0

    def hear(self, timestep: TimeStep) -> None:
        """Take the next message.

        Raises:
            FeatureError: the stream fits neither the config nor the dataset to be resumed.
        """
        if self._features is None:
            self._features = self._learn(timestep)
        self._newest_attempt = timestep.episode
        if timestep.kind is Kind.FIRST:
            self._begin(timestep, self._features)
        gaps = self.gaps
        frame = self._assembler.push(timestep)
        if self.gaps > gaps:
            self._progress.holed(self.kept + 1, self.gaps - gaps)
        if self._tally is not None and frame is not None:
            self._add(frame, self._tally)
        self._judge(timestep)
        self._end.hear(timestep)
        self._invite(timestep)

    def _invite(self, timestep: TimeStep) -> None:
        """Say once per grant that a person is waited for; alone, a body begins within a tick."""
        if timestep.phase is not Phase.RESETTING or self._granted_seed is None:
            self._waiting_since_ns = timestep.t_capture_ns
            return
        since_ns = self._waiting_since_ns
        if since_ns is not None and timestep.t_capture_ns - since_ns > INVITE_AFTER_NS:
            self._waiting_since_ns = None
            self._progress.invited(self.kept + 1)

    def _learn(self, timestep: TimeStep) -> Features:
        dataset = self._config.dataset
        space = self._config.action_space
        features = dataset_features(timestep.spec, space, video=dataset.video)
        self._fps = dataset_fps(timestep.control_dt_s, dataset.fps)
        if self._existing is not None:
            check_same(self._existing.features, features, self._existing.fps, self._fps)
        if self._existing is not None:
            task = dataset.single_task or timestep.spec.task
            say_if_recorded_otherwise(task, read_sentences(self._existing.root))
        return features

    def _begin(self, timestep: TimeStep, features: Features) -> None:
        self._tally = EpisodeTally(timestep)
        self._writer.begin(features, self._fps, timestep.spec.body)
        self._progress.began(self.kept + 1, self._tally)

    def _add(self, frame: Frame, tally: EpisodeTally) -> None:
        tally.count(frame.after)
        self._writer.add(frame_row(frame, self._config.action_space))
        self._progress.stepped(self.kept + 1, tally)
        if frame.is_last:
            self._progress.ended(self.kept + 1, tally, frame.after)

    def _judge(self, timestep: TimeStep) -> None:
        """See what becomes of the granted attempt, whichever of its messages arrived."""
        if self._granted_seed is None or timestep.episode <= self._granted_after:
            return
        if timestep.verdict is Verdict.KEEP:
            self._keep()
        elif timestep.verdict is Verdict.DISCARD:
            is_short = timestep.kind is Kind.LAST
            why = f"fewer than {MIN_FRAMES} frames" if is_short else timestep.end_reason.words
            self._discard(why)
        elif timestep.phase in (Phase.RESETTING, Phase.OVER):
            self._discard_holed()

    def stream_ended(self, *, expected: bool) -> None:
        """Note that no message follows; `expected` if the dataflow was stopped.

        What had ended and awaited its verdict is kept.
        """
        self._end.stream_ended(expected=expected or self._end.has_come)
        if self._tally is not None and self._tally.is_pending:
            self._keep()
        elif self._tally is not None:
            self._discard("the run ended before it did")

    def _keep(self) -> None:
        tally = self._tally
        if tally is None or not tally.is_pending or self._assembler.episode_gaps:
            self._discard_holed()
            return
        self._writer.save(tally.record(self.kept))
        self.kept += 1
        self._tally = self._granted_seed = None

    def _discard_holed(self) -> None:
        if not self._assembler.episode_gaps:
            # What is missing is its end, behind which no step follows.
            self._progress.holed(self.kept + 1, 1)
        self._discard("an episode with a hole is not recorded")

    def _discard(self, why: str) -> None:
        self._progress.dropped(self.kept + 1, why)
        if self._tally is not None:
            self._writer.discard()
        if self._granted_seed is not None:
            self._seeds.give_back(self._granted_seed)
        self._tally = self._granted_seed = None

    def statuses(self) -> Iterator[Status]:
        """Yield what there is to say now; to be called after every event."""
        for saved in self._writer.take_saved():
            self._owner.saved += 1
            self._progress.saved(self.saved, saved)
            yield self._owner.busy()
        if self._may_grant():
            self._granted_seed = self._seeds.take()
            self._granted_after = self._newest_attempt
            yield self._owner.grant(self._granted_seed, self._config.dataset.single_task)

    def _may_grant(self) -> bool:
        is_idle = self._features is not None and self._granted_seed is None
        has_room = self._writer.pending < MAX_PENDING and self._writer.failure is None
        return is_idle and has_room and not self._end.has_come and self.kept < self.target

    def over(self, failure: str = "") -> Status:
        """Return the last word; `failure` is what the writer cannot know of."""
        if not failure and self._writer.failure is not None:
            failure = self._said(self._writer.failure)
        present = outcome(self.saved, self._config.dataset)
        return self._owner.over(failure or self._end.fault, present)

    def _said(self, failure: Exception) -> str:
        """Return why nothing more is written, and what to do where there is something to do."""
        # An encoder's thread hands on the text of its error alone.
        if any(os.strerror(number) in str(failure) for number in (errno.ENOSPC, errno.EDQUOT)):
            return (
                f"the disk of {self._config.dataset.root} is full; episodes that are safe: "
                f"{self.saved}; make room, then RESUME_RECORDING=1 goes on"
            )
        return one_line(failure)
