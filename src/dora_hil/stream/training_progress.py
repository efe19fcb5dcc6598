"""How well a policy does while it trains, as its run owner says on `status`."""

from dataclasses import dataclass
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from dora_hil.stream.codec import MessageError

WINDOW_EPISODES = 20
"""Shares are of so many episodes, as in the HIL-SERL paper; of all while there are fewer."""


class CurvePoint(NamedTuple):
    """Where a training stood at the end of an episode.

    Attributes:
        steps: environment steps of all episodes until then.
        own_success: share of the last episodes that succeeded without one step of a person's.
        intervention_rate: share of the steps that a person drove, mean of the last episodes.
        weight_updates: how often the policy has got weights in that run.
        learner_updates: optimization steps of the learner; None where it does not say.
        weight_age_s: since the policy got its weights; None before the first ones.
    """

    steps: int
    own_success: float
    intervention_rate: float
    weight_updates: int = 0
    learner_updates: int | None = None
    weight_age_s: float | None = None


@dataclass(frozen=True)
class TrainingProgress:
    """What a person wants to know of a training; the newest one says all of it.

    Attributes:
        target_steps: environment steps that there shall be.
        episodes: how many the newest point is of, at most `WINDOW_EPISODES`.
        success: the newest episode succeeded; false before the first.
        helped: a person drove in the newest episode; false before the first.
        curve: from the beginning of the training on, the newest point last; empty before the first
            episode's end. Points are left out of a long one.
    """

    target_steps: int
    episodes: int = 0
    success: bool = False
    helped: bool = False
    curve: tuple[CurvePoint, ...] = ()

    def to_json(self) -> str:
        """Return the text that travels in the metadata; a point is a list of its numbers."""
        return _ADAPTER.dump_json(self).decode()

    @staticmethod
    def from_json(text: str) -> "TrainingProgress":
        """Read `to_json` again.

        Raises:
            MessageError: it is something else.
        """
        try:
            return _ADAPTER.validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(["training", *map(str, first["loc"])])
            raise MessageError(f"status: metadata {where!r}: {first['msg']}") from None


_ADAPTER = TypeAdapter(TrainingProgress)
