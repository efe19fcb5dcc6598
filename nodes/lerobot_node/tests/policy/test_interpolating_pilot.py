"""A policy on a body that steps three times as fast."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from dora_hil.stream.actions import Float32Array
from dora_hil.stream.timestep import Kind, TimeStep
from lerobot_node.policy.interpolating_pilot import InterpolatingPilot

MakeStep = Callable[..., TimeStep]


@dataclass
class Places:
    """Answers with ten times the step it is asked for.

    Attributes:
        asked: those steps.
        silent: it has no answer for so many of them.
        is_closed: it was.
    """

    asked: list[int] = field(default_factory=list)
    silent: int = 0
    is_closed: bool = False

    def answer(self, timestep: TimeStep) -> Float32Array | None:
        """Note it."""
        self.asked.append(timestep.step)
        if len(self.asked) <= self.silent or timestep.kind is Kind.LAST:
            return None
        return np.array([10.0 * timestep.step], np.float32)

    def close(self) -> None:
        """Note it."""
        self.is_closed = True


def answers(places: Places, *timesteps: TimeStep) -> list[float | None]:
    """Return what is done at each step of a body, by a policy that was trained at 10 Hz."""
    pilot = InterpolatingPilot(places, 10)
    found = [pilot.answer(timestep) for timestep in timesteps]
    pilot.close()
    assert places.is_closed
    return [None if value is None else round(float(value[0]), 3) for value in found]


@pytest.fixture
def fast(make_step: MakeStep) -> MakeStep:
    """Make the steps of a body at 30 Hz."""
    return lambda step, **fields: make_step(step, control_dt_s=1 / 30, **fields)


def test_between_two_answers_it_goes_straight(fast: MakeStep) -> None:
    """Each is reached in the last step for which it holds; the policy counts its own steps."""
    places = Places()
    assert answers(places, *map(fast, range(9))) == [0, 0, 0, 3.333, 6.667, 10, 13.333, 16.667, 20]
    assert places.asked == [0, 1, 2]


def test_at_its_own_rate_everything_passes_through(make_step: MakeStep) -> None:
    """Every step is asked for."""
    places = Places()
    assert answers(places, *map(make_step, range(3))) == [0, 10, 20]
    assert places.asked == [0, 1, 2]


def test_a_message_that_was_not_heard_shifts_nothing(fast: MakeStep) -> None:
    """The line is that of the steps, not of how often it was asked."""
    places = Places()
    assert answers(places, *(fast(n) for n in (0, 1, 4, 5))) == [0, 0, 6.667, 10]
    assert places.asked == [0, 1]


def test_it_begins_anew_where_a_person_hands_back(fast: MakeStep) -> None:
    """Not with a line from what was planned before they took over."""
    places = Places()
    steps = [fast(0), fast(3), fast(4, is_intervention=True), fast(5), fast(6), fast(7)]
    assert answers(places, *steps) == [0, 3.333, 0, 0, 0, 3.333]
    assert places.asked == [0, 1, 0, 1]


def test_a_pilot_that_has_no_answer_yet_is_asked_again(fast: MakeStep) -> None:
    """Its first chunk is being computed."""
    assert answers(Places(silent=2), *map(fast, range(4))) == [None, None, 0, 3.333]


def test_what_awaits_no_action_is_handed_on(fast: MakeStep) -> None:
    """The pilot has to hear of it."""
    places = Places()
    assert answers(places, fast(0), fast(1, kind=Kind.LAST)) == [0, None]
    assert places.asked == [0, 1]
