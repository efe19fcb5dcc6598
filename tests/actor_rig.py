"""An actor on the stream of a real body, with a policy and a link that note what happens."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
from body_rig import BodyRig
from eval_rig import PERSON, body_of
from lerobot.transport.utils import bytes_to_python_object, bytes_to_transitions

from dora_hil.body.episode import Advance
from dora_hil.stream.actions import Float32Array, hold_ee_delta
from dora_hil.stream.messages import Action, RunState, Status
from dora_hil.stream.spec import Columns
from dora_hil.stream.timestep import TimeStep
from dora_hil.testing.fake_environment import FakeEnvironment
from lerobot_node.encoder.frozen import FrozenEncoder
from lerobot_node.hil.actor import Actor
from lerobot_node.hil.episode_folder import SentEpisode
from lerobot_node.hil.identity import About
from lerobot_node.hil.metrics import MetricsFile


@dataclass
class NotedPolicy:
    """A policy that moves by as much as its weights say.

    Attributes:
        state_keys, encoder, updates, loaded_s, latencies_s: as in `LearningPolicy`.
        step: the delta of each action.
        gripper: what it asks of the gripper.
    """

    state_keys: tuple[str, ...] = ("observation.state",)
    encoder: FrozenEncoder | None = None
    updates: int = 0
    loaded_s: float | None = None
    latencies_s: list[float] = field(default_factory=list)
    step: float = 0.1
    gripper: float = 1.0

    def load(self, weights: dict[str, Any]) -> None:
        """Take another delta."""
        self.step = weights["step"]
        self.updates += 1
        self.loaded_s = 0.0

    def act(self, columns: Columns) -> Float32Array:
        """Move."""
        assert set(self.state_keys) <= set(columns)
        self.latencies_s.append(0.01)
        return np.array([self.step, 0, 0, self.gripper], np.float32)


@dataclass
class NotedLink:
    """A link that keeps what was sent.

    Attributes:
        sent: the transitions and the figures of each episode.
        new_weights: what the policy gets next.
        correction: what a learner says that has another number of steps.
        waited_s: time limits within which everything was to be delivered.
    """

    sent: list[tuple[list[dict[str, Any]], dict[str, Any]]] = field(default_factory=list)
    new_weights: dict[str, Any] | None = None
    unconfirmed: int = 0
    unconfirmed_steps: int = 0
    failures: int = 0
    has_tried: bool = True
    refusal: str = ""
    updates: int | None = None
    correction: About | None = None
    waited_s: list[float] = field(default_factory=list)

    @property
    def weights(self) -> "NotedLink":
        """Be the weights too."""
        return self

    def take(self) -> dict[str, Any] | None:
        """Return what is new, once."""
        taken, self.new_weights = self.new_weights, None
        return taken

    def take_correction(self) -> About | None:
        """Return what the learner says it has, once."""
        taken, self.correction = self.correction, None
        return taken

    def send(self, episode: SentEpisode) -> None:
        """Keep an episode."""
        transitions = bytes_to_transitions(episode.transitions)
        self.sent.append((transitions, bytes_to_python_object(episode.figures)))

    def deliver(self, time_limit_s: float) -> bool:
        """Say whether everything has arrived."""
        self.waited_s.append(time_limit_s)
        return self.unconfirmed == 0


class ActorRig(BodyRig):
    """An actor and a body.

    Attributes:
        actor, policy, link: the parts.
        person_drives_steps: in these the person does.
    """

    press = BodyRig.command

    def __init__(
        self,
        folder: Path,
        *,
        steps: int = 12,
        advance: Advance = Advance.AUTO,
        succeed_at_step: int = 4,
        max_steps: int = 6,
        **options: Any,
    ) -> None:
        """Connect them."""
        arm = FakeEnvironment(succeed_at_step=succeed_at_step)
        super().__init__(body_of(arm, advance, max_steps=max_steps))
        self.policy, self.link = NotedPolicy(), NotedLink()
        self.metrics = folder / "metrics.jsonl"
        self.actor = Actor(
            self.policy,
            self.link,
            MetricsFile(self.metrics),
            steps=steps,
            first_seed=100,
            folder=Path("outputs/train/a run"),
            **options,
        )
        self.person_drives_steps: Sequence[int] = ()

    @property
    def grants(self) -> list[Status]:
        """Return what the actor has granted, in order."""
        return [status for status in self.statuses if status.state is RunState.GRANTED]

    def run(self) -> Self:
        """Tick until the actor is done."""
        return self.tick_until(lambda: self.actor.is_over)

    def _bring(self, timestep: TimeStep) -> None:
        if self.loses(timestep):
            return
        received = TimeStep.from_arrow(*timestep.to_arrow())
        self.actor.hear(received)
        drives = received.step in self.person_drives_steps
        person = Action(
            np.array([0, 0.5, 0, 1], np.float32) if drives else hold_ee_delta(),
            episode=received.episode,
            step=received.step,
            engaged=drives,
        )
        self.body.receive_action(PERSON, person)
        action = self.actor.answer(received)
        if action is not None:
            self.body.receive_action("action", action)
        self._say(self.actor.statuses())
