"""When the operator drives: always, never, by chance, or when the policy gets nowhere."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from operator_node.expert import Progress
from operator_node.random_streams import Draw, random_for


class Mode(StrEnum):
    """When the operator drives."""

    ALWAYS = "always"
    OFF = "off"
    PROBABILITY = "probability"
    NO_PROGRESS = "no_progress"


class Engagement(Protocol):
    """Decides step by step who drives; knows one episode at a time."""

    def engages(self, episode: int, step: int, progress: Progress) -> bool:
        """Say whether the operator drives in answer to this step."""


class Always:
    """Drive in every step."""

    def engages(self, episode: int, step: int, progress: Progress) -> bool:
        """Return true."""
        return True


class ByChance:
    """Take over in some episodes, from a random step on.

    Which ones and when follows from the seed and the episode's number alone.
    """

    def __init__(
        self, seed: int, probability: float, steps: int = 0, latest_start: int = 20
    ) -> None:
        """Set the odds.

        Args:
            seed: of the run.
            probability: that an episode is intervened in.
            steps: how long, 0 until the episode ends.
            latest_start: the takeover begins at a step from 1 to this one.
        """
        self._seed, self._probability = seed, probability
        self._steps, self._latest_start = steps, latest_start

    def engages(self, episode: int, step: int, progress: Progress) -> bool:
        """Say whether this step lies in the episode's intervention, if it has one."""
        draw = random_for(Draw.ENGAGEMENT, self._seed, episode)
        if draw.random() >= self._probability:
            return False
        start = int(draw.integers(1, self._latest_start + 1))
        return start <= step and (self._steps == 0 or step < start + self._steps)


@dataclass
class _Watch:
    """What is remembered of the present episode.

    Attributes:
        best: the highest potential so far.
        gained_at: the step at which it was last raised.
        engaged_at: the step of the takeover, None while the policy drives.
        was_holding: a block was held at the takeover.
        handed_back: the potential at which the policy last got the arm back.
        stays: the policy has lost what it was handed; it does not get the arm back for progress.
    """

    episode: int = -1
    best: float = 0.0
    gained_at: int = 0
    engaged_at: int | None = None
    was_holding: bool = False
    handed_back: float | None = None
    stays: bool = False


class WithoutProgress:
    """Take over when the potential stands still; hand back when it has recovered.

    Short corrections teach best: the policy gets the arm back as soon as it holds a block
    that it did not hold at the takeover, is clearly further than it had ever come, or the
    operator has driven for long enough. A policy that loses what it was handed is shown the
    rest: one that has never seen a reward would drop every block.
    """

    GAIN: Final = 0.02
    """A rise of the potential that counts as progress."""
    RECOVERY: Final = 0.1
    """How far above the best potential before the takeover the policy gets the arm back."""

    def __init__(self, patience: int, longest: int = 0) -> None:
        """Set the limits.

        Args:
            patience: steps without progress after which the operator takes over.
            longest: steps after which it hands back whatever it has reached, 0 for no limit.
        """
        self._patience, self._longest = patience, longest
        self._now = _Watch()

    def engages(self, episode: int, step: int, progress: Progress) -> bool:
        """Follow the episode and say who drives."""
        if episode != self._now.episode:
            self._now = _Watch(episode, progress.potential, step)
        now = self._now
        if now.engaged_at is not None and self._is_back_on_track(step, progress):
            best = max(now.best, progress.potential)
            self._now = now = _Watch(episode, best, step, handed_back=progress.potential)
        if now.engaged_at is not None:
            return True
        if progress.potential > now.best + self.GAIN:
            now.best, now.gained_at = progress.potential, step
        if step - now.gained_at >= self._patience:
            now.engaged_at, now.was_holding = step, progress.is_holding
            now.stays = (now.handed_back or 0.0) - self.GAIN > progress.potential
        return now.engaged_at is not None

    def _is_back_on_track(self, step: int, progress: Progress) -> bool:
        now = self._now
        driven = step - (now.engaged_at or 0)
        if self._longest > 0 and driven >= self._longest:
            return True
        return not now.stays and (
            (progress.is_holding and not now.was_holding)
            or progress.potential >= min(1.0, now.best + self.RECOVERY)
        )
