"""Episodes recorded from a real body, and a replayer on the stream of another one."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from body_rig import BodyRig

from dora_hil.body.body import Body, BodyConfig
from dora_hil.body.environment import Environment
from dora_hil.body.episode import Advance, EpisodeRules
from dora_hil.body.pace import LockstepGate
from dora_hil.body.takeover import Takeover
from dora_hil.stream.actions import ActionSpace, Float32Array
from dora_hil.stream.frames import frames
from dora_hil.stream.messages import Action, Command, Control, Message, RunState, Status
from dora_hil.stream.timestep import Kind, TimeStep, Verdict
from dora_hil.testing.fake_environment import FakeEnvironment
from dora_hil_datasets.dataset.config import DatasetConfig
from dora_hil_datasets.dataset.existing import ExistingDataset
from dora_hil_datasets.dataset.features import Row, dataset_features, frame_row
from dora_hil_datasets.dataset.store import DatasetStore
from lerobot_node.record.episode_tally import EpisodeTally
from lerobot_node.replay.comparison import Pictures
from lerobot_node.replay.run import Replayer
from lerobot_node.replay.source import SourceEpisode

MAX_TICKS = 2_000


def body_of(environment: Environment, advance: Advance = Advance.AUTO, **rules: Any) -> Body:
    """Return a body in lockstep with `action`; `rules` are `EpisodeRules`."""
    return Body(
        environment,
        BodyConfig(EpisodeRules(advance, **rules)),
        Takeover([], inputs_that_wait=["action"]),
        # Nothing here takes time: what is not there at the next tick was lost.
        LockstepGate(["action"], time_limit_s=0.0),
    )


def wander(seed: int, step: int) -> Float32Array:
    """Return a small step in an arbitrary direction, the gripper closing from step 3 on."""
    delta = np.random.default_rng([seed, step]).uniform(-0.3, 0.3, 3)
    return np.array([*delta, 0.0 if step >= 3 else 1.0], dtype=np.float32)


def perform(
    body: Body, seed: int = 0, presses: Mapping[int, Command] | None = None
) -> list[TimeStep]:
    """Let a body that stands in RESETTING wander through an episode; returns its messages.

    Args:
        body: see `body_of`.
        seed: of the episode.
        presses: by step, what a person presses on seeing it.
    """
    grant = body.cycle.episode + 1
    body.receive_status(Status(RunState.GRANTED, grant=grant, seed=seed))
    heard: list[TimeStep] = []
    for tick in range(MAX_TICKS):
        for timestep in body.tick(tick / 10):
            if timestep.kind is Kind.PHASE:
                continue
            heard.append(timestep)
            if timestep.kind is Kind.LAST:
                return heard
            step = timestep.step
            if presses and step in presses:
                body.receive_control(Control(presses[step]))
            value = wander(seed, step)
            body.receive_action("action", Action(value, episode=timestep.episode, step=step))
    raise AssertionError("the episode did not end")


def rows_of(episode: Sequence[TimeStep], space: ActionSpace) -> list[Row]:
    """Return an episode's frames as they are recorded."""
    return [frame_row(frame, space) for frame in frames(episode)]


def source_of(
    episode: Sequence[TimeStep], space: ActionSpace = ActionSpace.EE_ABSOLUTE
) -> SourceEpisode:
    """Return an episode as it is read from a dataset, without the way over the disk."""
    rows = rows_of(episode, space)
    columns = {
        name: np.stack([row[name] for row in rows])
        for name in rows[0]
        if name.startswith(("action", "next.", "observation.")) and rows[0][name].ndim == 1
    }
    scalars = {name: column[:, 0] for name, column in columns.items() if column.shape[1] == 1}
    last = episode[-1]
    return SourceEpisode(0, {**columns, **scalars}, seed=last.seed, end_reason=last.end_reason)


def existing(
    environment: Environment | None = None,
    space: ActionSpace = ActionSpace.EE_ABSOLUTE,
    *,
    episodes: int = 1,
) -> ExistingDataset:
    """Return the metadata of a dataset that was recorded from an environment."""
    environment = environment or FakeEnvironment()
    features = dataset_features(environment.spec, space, video=True)
    info: Any = {"fps": round(1 / environment.control_dt_s), "features": features}
    return ExistingDataset(Path("nowhere"), info, (10,) * episodes, ())


def save(
    root: Path, episodes: Sequence[Sequence[TimeStep]], space: ActionSpace, *, video: bool
) -> None:
    """Write a dataset with the recorder's own store."""
    store = DatasetStore(DatasetConfig("test/replay", root, video=video), None)
    for index, episode in enumerate(episodes):
        spec = episode[0].spec
        store.begin(dataset_features(spec, space, video=video), 10, spec.body)
        for row in rows_of(episode, space):
            store.add(row)
        tally = EpisodeTally(episode[0])
        for timestep in episode[1:]:
            tally.count(timestep)
        store.save(tally.record(index))


class ReplayRig(BodyRig):
    """A replayer and a body.

    Attributes:
        replayer: the one under test.
        said: what the replayer has said, in order.
    """

    def __init__(
        self,
        body: Body,
        sources: Sequence[SourceEpisode],
        recorded: ExistingDataset | None = None,
        pictures: Pictures | None = None,
        *,
        say_success: bool = False,
    ) -> None:
        """Connect them."""
        super().__init__(body)
        self.replayer = Replayer(recorded or existing(), sources, pictures, say_success=say_success)
        self.said: list[Message] = []

    def run(self) -> Self:
        """Tick until the replayer is done."""
        return self.tick_until(lambda: self.replayer.is_over)

    def _bring(self, timestep: TimeStep) -> None:
        if self.loses(timestep):
            return
        received = TimeStep.from_arrow(*timestep.to_arrow())
        for message in self.replayer.answer(received):
            self.said.append(message)
            if isinstance(message, Action):
                self.body.receive_action("action", message)
            elif isinstance(message, Control):
                self.deliver(self.body.receive_control(message))
        self.replayer.compare(received)
        for status in self.replayer.statuses():
            self.said.append(status)
            self._say([status])

    @property
    def verdicts(self) -> list[Verdict]:
        """Return the verdicts that the body has said."""
        return [timestep.verdict for timestep in self.published if timestep.verdict]
