"""What the actor needs of its policy and of its way to the learner, and how a learner ends."""

import time
from collections.abc import Callable
from typing import Any, Protocol

from dora_hil.node.node import Event, EventKind, StatusWatch
from dora_hil.stream.actions import Float32Array
from dora_hil.stream.messages import RunState, Status
from dora_hil.stream.spec import Columns
from lerobot_node.encoder.frozen import FrozenEncoder
from lerobot_node.hil.episode_folder import SentEpisode
from lerobot_node.hil.identity import About


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

    failures: int
    has_tried: bool
    refusal: str
    updates: int | None

    @property
    def weights(self) -> Weights:
        """Return where new weights come from."""

    @property
    def unconfirmed(self) -> int:
        """Return how many episodes the learner has not confirmed."""

    @property
    def unconfirmed_steps(self) -> int:
        """Return how many steps these have."""

    def take_correction(self) -> About | None:
        """Return, once, a learner that has another number of steps than was counted here."""

    def send(self, episode: SentEpisode) -> None:
        """Keep an episode, and send it."""

    def deliver(self, time_limit_s: float) -> bool:
        """Wait until the learner has confirmed everything; returns whether it has."""


class LearnerEnd:
    """Whether a learner that is a node of this dataflow has gone before the run was over.

    Attributes:
        fault: why, for people; empty while it is there, and for a learner that is no node.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        """Start with a learner that is there; `now_s` is any monotonic clock."""
        self.fault = ""
        self._now_s = now_s
        self._watch = StatusWatch()

    def hear(self, event: Event) -> None:
        """Take what happens on the input `learner`.

        Raises:
            MessageError: it is no status.
        """
        if event.kind is EventKind.INPUT:
            status = Status.from_arrow(event.value, event.metadata or {})
            if status.state is RunState.OVER and not status.ok:
                self.fault = f"the learner has ended: {status.message}"
        elif event.kind is EventKind.CLOSED:
            self._watch.closed(self._now_s())

    def look(self) -> str:
        """Return the fault; where the learner went without a word, once none can follow."""
        if not self.fault and self._watch.exit_code(self._now_s()) is not None:
            self.fault = (
                "the learner has ended without a word (killed, or out of memory?); nothing driven "
                "is lost, RESUME_TRAINING=1 goes on"
            )
        return self.fault
