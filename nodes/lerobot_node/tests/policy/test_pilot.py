"""A policy asked at every step."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from dora_hil.stream.actions import Float32Array
from dora_hil.stream.spec import Columns
from dora_hil.stream.timestep import Kind, Phase, TimeStep
from lerobot_node.policy.pilot import NotFiniteError, StepPilot

MakeStep = Callable[..., TimeStep]


@dataclass
class CountingPolicy:
    """Counts the steps of its plan.

    Attributes:
        calls: what was asked, in order: "reset" and the seed, "act" and the task.
        action: a number of every action.
        n_action_steps: as in `PolicyRunner`.
        ensemble_coefficient: as in `PolicyRunner`.
    """

    calls: list[tuple[str, object]] = field(default_factory=list)
    action: float = 0.5
    n_action_steps: int = 1
    ensemble_coefficient: float | None = None
    _planned: int = 0

    def reset(self, seed: int) -> None:
        """Begin a new plan."""
        self.calls.append(("reset", seed))
        self._planned = 0

    def act(self, columns: Columns, task: str) -> Float32Array:
        """Return how far the plan is, and what was seen."""
        self.calls.append(("act", task))
        self._planned += 1
        seen = columns["observation.state"][0]
        return np.array([self._planned, seen, self.action], np.float32)

    def chunk(self, columns: Columns, task: str, **_: object) -> Float32Array:
        """Refuse."""
        raise AssertionError("nobody asked for a chunk")

    @property
    def resets(self) -> list[object]:
        """Return the seeds it was reset with."""
        return [what for call, what in self.calls if call == "reset"]


def answers(policy: CountingPolicy, *timesteps: TimeStep) -> list[list[float] | None]:
    """Return how far the plan was at each step, and what was seen there."""
    pilot = StepPilot(policy)
    values = [pilot.answer(timestep) for timestep in timesteps]
    pilot.close()
    return [None if value is None else value[:2].tolist() for value in values]


def test_every_step_is_answered_from_its_own_observation(make_step: MakeStep) -> None:
    """In one plan from the first to the last."""
    policy = CountingPolicy()
    assert answers(policy, *(make_step(i) for i in range(3))) == [[1, 0], [2, 1], [3, 2]]
    assert policy.resets == [-1]


def test_the_policy_is_told_the_task(make_step: MakeStep) -> None:
    """In words."""
    policy = CountingPolicy()
    answers(policy, make_step(0))
    assert policy.calls[-1] == ("act", "pick up the cube")


def test_every_episode_begins_with_a_new_plan_and_its_own_seed(make_step: MakeStep) -> None:
    """Nothing of the last one is left."""
    policy = CountingPolicy()
    steps = [make_step(i, episode=e, seed=40 + e) for e in (0, 1) for i in (0, 1)]
    assert answers(policy, *steps) == [[1, 0], [2, 1], [1, 0], [2, 1]]
    assert policy.resets == [40, 41]


def test_a_new_episode_is_known_by_its_number_where_its_first_message_was_missed(
    make_step: MakeStep,
) -> None:
    """A slow policy hears the newest message alone."""
    steps = [make_step(4, episode=0), make_step(2, episode=1), make_step(5, episode=1)]
    assert answers(CountingPolicy(), *steps) == [[1, 4], [1, 2], [2, 5]]


def test_the_plan_is_made_anew_while_a_person_drives(make_step: MakeStep) -> None:
    """What was planned before they took over leads elsewhere; they hand back at any step."""
    driven = [False, False, True, True, False, False]
    steps = [make_step(i, is_intervention=is_driven) for i, is_driven in enumerate(driven)]
    planned = [answer and answer[0] for answer in answers(CountingPolicy(), *steps)]
    assert planned == [1, 2, 1, 1, 2, 3]


@pytest.mark.parametrize("kind", [Kind.PHASE, Kind.LAST])
def test_what_awaits_no_action_gets_none(make_step: MakeStep, kind: Kind) -> None:
    """The policy is not even asked: it would execute a step of its plan."""
    policy = CountingPolicy()
    other = make_step(1, kind=kind, phase=Phase.RESETTING, episode=1)
    assert answers(policy, make_step(0), other) == [[1, 0], None]
    assert [call for call, _ in policy.calls] == ["reset", "act"]


def test_a_phase_between_two_episodes_does_not_hide_the_new_one(make_step: MakeStep) -> None:
    """It carries the number of the old one, or already of the new one."""
    between = make_step(1, kind=Kind.PHASE, phase=Phase.RESETTING, episode=1)
    steps = [make_step(0), make_step(1), between, make_step(0, episode=1)]
    assert answers(CountingPolicy(), *steps) == [[1, 0], [2, 1], None, [1, 0]]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_an_action_that_is_not_finite_is_refused(make_step: MakeStep, value: float) -> None:
    """With the step, the episode and the action."""
    pilot = StepPilot(CountingPolicy(action=value))
    with pytest.raises(NotFiniteError) as error:
        pilot.answer(make_step(3, episode=2))
    assert str(error.value) == (
        f"the policy's action at step 3 of episode 2 is not finite: [1.0, 3.0, {value}]; "
        "the arm holds still"
    )
