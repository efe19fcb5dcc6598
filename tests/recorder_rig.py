"""A recorder on the stream of a real body, with nothing between them but what a test loses."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from body_rig import BodyRig

from dora_hil.body.body import Body, BodyConfig
from dora_hil.body.episode import Advance, EpisodeRules
from dora_hil.body.takeover import Takeover
from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.spec import Columns, ColumnSpec, StreamSpec
from dora_hil.stream.timestep import TimeStep
from dora_hil.testing.fake_environment import FakeEnvironment
from dora_hil_datasets.dataset.config import DatasetConfig
from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.dataset.existing import ExistingDataset
from dora_hil_datasets.dataset.features import Features, Row, dataset_features
from lerobot_node.record.config import RecordConfig
from lerobot_node.record.progress import Progress
from lerobot_node.record.recorder import Recorder
from lerobot_node.record.voice import Voice
from lerobot_node.record.writer_thread import Saved, WriterThread

CAMERA = "observation.images.front"


class CameraArm(FakeEnvironment):
    """A point-like arm with a camera that sees how far an episode is."""

    @property
    def spec(self) -> StreamSpec:
        """Describe the picture too."""
        spec = super().spec
        return replace(spec, columns={**spec.columns, CAMERA: ColumnSpec.image(16, 16)})

    def observe(self) -> Columns:
        """Return the state and a grey picture."""
        return {**super().observe(), CAMERA: np.full((16, 16, 3), self._steps % 256, np.uint8)}


@dataclass(frozen=True, eq=False)
class Written:
    """An episode as a writer was given it."""

    record: EpisodeRecord
    rows: Sequence[Row]


class HeldWriter(WriterThread):
    """Takes episodes without a thread, and saves one each time a test says so.

    Attributes:
        episodes: what was to be saved, in order.
        discarded: how many episodes were dropped.
        features, fps, body: what the newest episode was begun with.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.pending = 0
        self.failure: Exception | None = None
        self.episodes: list[Written] = []
        self.discarded = 0
        self._rows: list[Row] | None = None
        self._asked: list[EpisodeRecord] = []
        self._done: list[Saved] = []

    def begin(self, features: Features, fps: int, body: str) -> None:
        """Open an episode."""
        assert self._rows is None, "the episode before was neither saved nor discarded"
        self.features, self.fps, self.body = features, fps, body
        self._rows = []

    def add(self, row: Row) -> None:
        """Take a frame."""
        assert self._rows is not None, "a frame outside an episode"
        self._rows.append(row)

    def discard(self) -> None:
        """Close the episode without it."""
        assert self._rows is not None, "there is nothing to discard"
        self._rows = None
        self.discarded += 1

    def save(self, record: EpisodeRecord) -> None:
        """Close the episode; it is pending."""
        assert self._rows is not None, "there is nothing to save"
        self.episodes.append(Written(record, self._rows))
        self._rows = None
        self._asked.append(record)
        self.pending += 1

    def work(self) -> None:
        """Save what has been pending longest, if anything is."""
        if self._asked:
            self._done.append(Saved(self._asked.pop(0), 0.25))

    def take_saved(self) -> list[Saved]:
        """Return what was saved since the last call."""
        taken, self._done = self._done, []
        self.pending -= len(taken)
        return taken


def config(
    num_episodes: int = 2,
    *,
    seed: int = 0,
    action_space: ActionSpace = ActionSpace.EE_ABSOLUTE,
    root: Path = Path("nowhere"),
    **dataset: Any,
) -> RecordConfig:
    """Return a config of a silent recorder; `dataset` goes to its block."""
    block = DatasetConfig("test/rig", root, num_episodes=num_episodes, **dataset)
    return RecordConfig(block, action_space, seed, play_sounds=False)


def existing(
    episodes: int,
    seeds: Sequence[int] = (),
    *,
    fps: int = 10,
    action_space: ActionSpace = ActionSpace.EE_ABSOLUTE,
) -> ExistingDataset:
    """Return a dataset of the rig's stream, episodes of five frames."""
    features = dataset_features(CameraArm().spec, action_space, video=True)
    records = tuple(EpisodeRecord(i, 5, seed=seed) for i, seed in enumerate(seeds))
    info: Any = {"fps": fps, "features": features}
    return ExistingDataset(Path("nowhere"), info, (5,) * episodes, records)


class Rig(BodyRig):
    """A body, and a recorder that grants it episodes and hears what becomes of them.

    Attributes:
        config, writer, recorder, arm: the parts.
        saves_at_once: the writer needs no time.
    """

    seeds = BodyRig.granted

    def __init__(
        self,
        wanted: RecordConfig | None = None,
        present: ExistingDataset | None = None,
        *,
        advance: Advance = Advance.AUTO,
        succeed_at_step: int = 0,
        **rules: Any,
    ) -> None:
        """Connect them; `rules` are `EpisodeRules`."""
        self.config = wanted or config()
        self.writer = HeldWriter()
        progress = Progress(self.config.dataset.num_episodes, Voice(enabled=False))
        self.recorder = Recorder(self.config, present, self.writer, progress)
        self.arm = CameraArm(succeed_at_step=succeed_at_step)
        self.saves_at_once = True
        rules_of_body = BodyConfig(EpisodeRules(advance, **rules))
        super().__init__(Body(self.arm, rules_of_body, Takeover(["intervention_keyboard"])))

    def say(self) -> "Rig":
        """Let the recorder speak, as after every event."""
        if self.saves_at_once:
            for _ in range(self.writer.pending):
                self.writer.work()
        self._say(self.recorder.statuses())
        return self

    def _bring(self, timestep: TimeStep) -> None:
        if not self.loses(timestep):
            self.recorder.hear(TimeStep.from_arrow(*timestep.to_arrow()))
        self.say()

    @property
    def lengths(self) -> list[int]:
        """Return the number of frames of each episode that was to be saved."""
        return [len(episode.rows) for episode in self.writer.episodes]
