"""The run owner that replays: grants episodes with their seeds, answers, and compares."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace

from dora_hil.errors import UserError
from dora_hil.owner.body_end import BodyEnd
from dora_hil.owner.run_owner import RunOwner
from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.frames import FrameAssembler
from dora_hil.stream.messages import Action, Control, Status
from dora_hil.stream.timestep import Kind, TimeStep, Verdict
from dora_hil_datasets.dataset.existing import ExistingDataset
from lerobot_node.replay.comparison import EpisodeComparison, Pictures, ReplayedEpisode
from lerobot_node.replay.fit import Fit, check_fit
from lerobot_node.replay.player import Player
from lerobot_node.replay.source import SourceEpisode

log = logging.getLogger(__name__)


class LostError(UserError):
    """A message of the body did not arrive, so that nothing can be compared."""


class Replayer:
    """Hears the `episode` stream; knows nothing of dora.

    For each message: `answer` first, whose result has to be sent at once, then `compare`, then
    `statuses`.

    Attributes:
        results: what became of the episodes that have been replayed, in order.
        fit: what the body and the dataset have in common; None before the first message.
    """

    def __init__(
        self,
        existing: ExistingDataset,
        sources: Sequence[SourceEpisode],
        pictures: Pictures | None,
        *,
        say_success: bool = False,
        action_space: ActionSpace | None = None,
    ) -> None:
        """Replay `sources`, of the dataset `existing`, in order; see `ReplayConfig`.

        Without `pictures`, the recorded ones, numbers alone are compared.
        """
        self.results: list[ReplayedEpisode] = []
        self.fit: Fit | None = None
        self._existing = existing
        self._sources = sources
        self._pictures = pictures
        self._say_success = say_success
        self._action_space = action_space
        self._assembler = FrameAssembler()
        self._player: Player | None = None
        self._comparison: EpisodeComparison | None = None
        self._result: ReplayedEpisode | None = None
        self._is_granted = False
        self._end = BodyEnd()
        self._owner = RunOwner("replayer", len(sources))

    @property
    def is_over(self) -> bool:
        """Say whether there is nothing left to wait for."""
        return self._end.has_come or len(self.results) == len(self._sources)

    def answer(self, timestep: TimeStep) -> list[Control | Action]:
        """Return what to send on a message.

        Raises:
            FeatureError: the body does not fit the dataset.
        """
        if self.fit is None:
            self.fit = self._check(timestep)
        if timestep.kind is Kind.FIRST:
            source = self._sources[len(self.results)]
            self._player = Player(source, self.fit.space, say_success=self._say_success)
            self._comparison = EpisodeComparison(source, self.fit, self._pictures)
            self._result = None
            log.info("episode %d: %d frames, seed %d", source.index, source.length, timestep.seed)
        return self._player.answer(timestep) if self._player else []

    def _check(self, timestep: TimeStep) -> Fit:
        fit = check_fit(self._existing.features, self._existing.fps, timestep, self._action_space)
        if self._pictures is None:
            return replace(fit, cameras=(), left_out=())
        for name in fit.left_out:
            log.warning("%s: not compared, the body does not give it in this size", name)
        return fit

    def compare(self, timestep: TimeStep) -> None:
        """Compare what a message tells of the present episode, and see what becomes of it.

        Raises:
            LostError: messages are missing.
            DatasetError: a recorded picture cannot be decoded.
        """
        frame = self._assembler.push(timestep)
        if self._assembler.gaps:
            raise LostError(
                f"{self._assembler.gaps} messages of the body's episode {timestep.episode} were "
                f"lost before step {timestep.step}"
            )
        if timestep.kind is Kind.PHASE and not timestep.verdict and self._is_running:
            raise LostError(f"the end of the body's episode {timestep.episode} was lost")
        if frame is not None and self._comparison is not None:
            self._comparison.add(frame)
            if frame.is_last:
                self._result = self._comparison.finish(timestep)
        self._judge(timestep)
        self._end.hear(timestep)

    @property
    def _is_running(self) -> bool:
        return self._comparison is not None and self._result is None

    def _judge(self, timestep: TimeStep) -> None:
        """Go on to the next episode, or replay one again that a person discarded."""
        is_kept = timestep.verdict is Verdict.KEEP
        # The body discards an episode of a single frame; another attempt would end like it.
        is_short = timestep.verdict is Verdict.DISCARD and timestep.kind is Kind.LAST
        if (is_kept or is_short) and self._result is not None:
            self.results.append(self._result)
            self._owner.saved = len(self.results)
        if timestep.verdict in (Verdict.KEEP, Verdict.DISCARD):
            self._is_granted = False
            self._player = self._comparison = self._result = None

    def stream_ended(self, *, expected: bool) -> None:
        """Note that no message follows; `expected` if the dataflow was stopped."""
        self._end.stream_ended(expected=expected or self.is_over)

    def statuses(self) -> Iterator[Status]:
        """Yield what there is to say now; to be called after every message."""
        if self.fit is None or self._is_granted or self.is_over:
            return
        self._is_granted = True
        source = self._sources[len(self.results)]
        yield self._owner.grant(source.seed)

    def over(self, failure: str = "") -> Status:
        """Return the last word; `failure` is what this does not know of."""
        return self._owner.over(failure or self._end.fault)
