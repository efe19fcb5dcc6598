"""A chunk executed while the next is computed."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from lerobot.policies.act.modeling_act import ACTTemporalEnsembler

from dora_hil.stream.actions import Float32Array
from dora_hil.stream.spec import Columns
from dora_hil.stream.timestep import Kind, Phase, TimeStep
from lerobot_node.policy.chunk_pilot import ChunkPilot
from lerobot_node.policy.pilot import NotFiniteError

MakeStep = Callable[..., TimeStep]
PATIENCE_S = 30.0


class HeldPolicy:
    """Computes a chunk each time a test lets it.

    An action says which chunk it is of, from 0, which step that was computed from, and which
    step it is for.

    Attributes:
        seen: the step of each observation that a chunk was asked for.
        resets: the seeds it was reset with.
        failure: what it raises, in place of a chunk.
        bad_step: the step for which its action is NaN; -1 for none.
        ensemble_coefficient: as in `PolicyRunner`.
    """

    def __init__(self, length: int = 8, n_action_steps: int = 4, *, is_held: bool = True) -> None:
        """Plan `length` steps; a policy that is not held is as fast as can be."""
        self.n_action_steps = n_action_steps
        self.ensemble_coefficient: float | None = None
        self.seen: list[int] = []
        self.resets: list[int] = []
        self.failure: Exception | None = None
        self.bad_step = -1
        self._length = length
        self._is_held = is_held
        self._may_go_on = threading.Semaphore(0)

    def let_go(self) -> None:
        """Let one chunk be computed."""
        self._may_go_on.release()

    def reset(self, seed: int) -> None:
        """Note it."""
        self.resets.append(seed)

    def act(self, columns: Columns, task: str) -> Float32Array:
        """Refuse."""
        raise AssertionError("nobody asked for a single action")

    def chunk(self, columns: Columns, task: str) -> Float32Array:
        """Wait for the test, then plan; what is seen is looked at as late as possible."""
        number = len(self.seen)
        self.seen.append(int(columns["observation.state"][0]))
        if self._is_held:
            assert self._may_go_on.acquire(timeout=PATIENCE_S)
        if self.failure is not None:
            raise self.failure
        start = int(columns["observation.state"][0])
        steps = np.arange(start, start + self._length, dtype=np.float32)
        actions = np.stack([np.full_like(steps, number), np.full_like(steps, start), steps], axis=1)
        actions[steps == self.bad_step] = np.nan
        return actions


def until[T](find: Callable[[], T | None]) -> T:
    """Return what `find` returns once it is something; the policy's thread needs a moment."""
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s:
        if found := find():
            return found
        time.sleep(0.001)
    raise AssertionError("it never came")


@pytest.fixture
def start() -> Iterator[Callable[[HeldPolicy], ChunkPilot]]:
    """Start a pilot for a policy; its thread ends with the test."""
    started: list[tuple[HeldPolicy, ChunkPilot]] = []

    def start(policy: HeldPolicy) -> ChunkPilot:
        started.append((policy, ChunkPilot(policy)))
        return started[-1][1]

    yield start
    for policy, pilot in started:
        pilot.close()
        policy.let_go()


Start = Callable[[HeldPolicy], ChunkPilot]


def answer(pilot: ChunkPilot, timestep: TimeStep) -> list[float] | None:
    """Return number, origin and target step of the action for a step."""
    value = pilot.answer(timestep)
    return None if value is None else value.tolist()


def arrived(pilot: ChunkPilot, timestep: TimeStep) -> list[float]:
    """Return the action for a step as soon as there is one."""
    return until(lambda: answer(pilot, timestep))


def test_a_policy_that_computes_is_not_waited_for(start: Start, make_step: MakeStep) -> None:
    """There is no action yet: the body holds, and goes on."""
    policy = HeldPolicy()
    pilot = start(policy)
    assert [answer(pilot, make_step(i)) for i in range(5)] == [None] * 5
    until(lambda: policy.seen)
    assert policy.seen == [0]


def test_a_chunk_belongs_to_the_step_that_it_was_computed_from(
    start: Start, make_step: MakeStep
) -> None:
    """What has become past meanwhile is left out: at step 3 its fourth action is due."""
    policy = HeldPolicy()
    pilot = start(policy)
    for step in range(3):
        assert answer(pilot, make_step(step)) is None
    policy.let_go()
    assert arrived(pilot, make_step(3)) == [0, 0, 3]
    assert answer(pilot, make_step(4)) == [0, 0, 4]


def test_a_chunk_that_comes_too_late_for_all_of_its_steps_is_not_executed(
    start: Start, make_step: MakeStep
) -> None:
    """Another one is asked for."""
    policy = HeldPolicy(length=3)
    pilot = start(policy)
    answer(pilot, make_step(0))
    policy.let_go()
    until(lambda: answer(pilot, make_step(3)) is None and len(policy.seen) == 2)
    assert policy.seen == [0, 3]
    policy.let_go()
    assert arrived(pilot, make_step(4)) == [1, 3, 4]


@pytest.mark.parametrize(("lag_steps", "asks_at"), [(1, 3), (2, 2), (3, 3), (6, 6)])
def test_the_next_chunk_is_asked_for_as_early_as_the_last_one_was_late(
    start: Start, make_step: MakeStep, lag_steps: int, asks_at: int
) -> None:
    """So that it is there when four steps are executed, or as soon as it can be."""
    policy = HeldPolicy()
    pilot = start(policy)
    answer(pilot, make_step(0))
    until(lambda: policy.seen)
    policy.let_go()
    # The chunk is looked for at this step, and not before.
    assert arrived(pilot, make_step(lag_steps)) == [0, 0, lag_steps]
    for step in range(lag_steps + 1, 8):
        answer(pilot, make_step(step))
    until(lambda: len(policy.seen) == 2)
    assert policy.seen == [0, asks_at]


def test_the_rest_of_the_chunk_goes_on_while_the_next_is_awaited(
    start: Start, make_step: MakeStep
) -> None:
    """Beyond the steps that are executed of it as a rule, to its end and no further."""
    policy = HeldPolicy(length=8, n_action_steps=4)
    pilot = start(policy)
    answer(pilot, make_step(0))
    policy.let_go()
    assert arrived(pilot, make_step(1)) == [0, 0, 1]
    later = [answer(pilot, make_step(step)) for step in range(2, 10)]
    assert later == [*([0, 0, step] for step in range(2, 8)), None, None]
    policy.let_go()
    assert arrived(pilot, make_step(10)) == [1, 3, 10]


def test_the_next_chunk_takes_over_where_it_is_due(start: Start, make_step: MakeStep) -> None:
    """Step for step, none twice and none left out."""
    policy = HeldPolicy(is_held=False)
    pilot = start(policy)
    targets = [arrived(pilot, make_step(step))[2] for step in range(20)]
    assert targets == list(range(20))


def test_a_chunk_from_before_a_reset_is_dropped(start: Start, make_step: MakeStep) -> None:
    """The arm is elsewhere now; the next episode waits for its own."""
    policy = HeldPolicy()
    pilot = start(policy)
    answer(pilot, make_step(5, episode=0, seed=40))
    until(lambda: policy.seen)
    policy.let_go()
    new = make_step(2, episode=1, seed=41)
    until(lambda: answer(pilot, new) is None and len(policy.seen) == 2)
    assert policy.seen == [5, 2]
    policy.let_go()
    assert arrived(pilot, new) == [1, 2, 2]
    assert policy.resets == [40, 41]


def test_a_plan_does_not_outlive_its_episode(start: Start, make_step: MakeStep) -> None:
    """It has actions left for that step."""
    policy = HeldPolicy()
    pilot = start(policy)
    answer(pilot, make_step(0))
    policy.let_go()
    assert arrived(pilot, make_step(1)) == [0, 0, 1]
    assert answer(pilot, make_step(2, episode=1)) is None


def test_a_plan_from_before_a_person_took_over_is_not_gone_on_with(
    start: Start, make_step: MakeStep
) -> None:
    """Nor one that was asked for at any step but the last that they drove."""
    policy = HeldPolicy()
    pilot = start(policy)
    answer(pilot, make_step(0))
    policy.let_go()
    assert arrived(pilot, make_step(1)) == [0, 0, 1]
    assert answer(pilot, make_step(2, is_intervention=True)) is None
    assert answer(pilot, make_step(3, is_intervention=True)) is None
    policy.let_go()
    until(lambda: answer(pilot, make_step(4)) is None and len(policy.seen) == 3)
    policy.let_go()
    assert arrived(pilot, make_step(5)) == [2, 4, 5]


@pytest.mark.parametrize("kind", [Kind.PHASE, Kind.LAST])
def test_what_awaits_no_action_gets_none(start: Start, make_step: MakeStep, kind: Kind) -> None:
    """And is planned for by nobody."""
    policy = HeldPolicy()
    pilot = start(policy)
    answer(pilot, make_step(0))
    policy.let_go()
    arrived(pilot, make_step(1))
    assert answer(pilot, make_step(2, kind=kind, phase=Phase.RESETTING)) is None
    assert policy.seen == [0]


def test_the_observation_is_the_one_that_was_sent(start: Start, make_step: MakeStep) -> None:
    """The message's memory is dora's, and is used again before the policy is done."""
    policy = HeldPolicy()
    pilot = start(policy)
    memory = np.array([0.0, 0.5], np.float32)
    sent = make_step(0)
    pilot.answer(replace(sent, columns={**sent.columns, "observation.state": memory}))
    memory[:] = 99.0
    policy.let_go()
    assert arrived(pilot, make_step(1)) == [0, 0, 1]


def test_what_the_policy_raises_is_raised_where_it_is_heard(
    start: Start, make_step: MakeStep
) -> None:
    """Not in a thread that nobody looks at."""
    policy = HeldPolicy()
    policy.failure = RuntimeError("out of memory")
    pilot = start(policy)
    answer(pilot, make_step(0))
    policy.let_go()
    with pytest.raises(RuntimeError, match="out of memory"):
        arrived(pilot, make_step(1))


def test_an_action_that_is_not_finite_is_refused_at_its_step(
    start: Start, make_step: MakeStep
) -> None:
    """Those before it are good."""
    policy = HeldPolicy()
    policy.bad_step = 2
    pilot = start(policy)
    answer(pilot, make_step(0, episode=3))
    policy.let_go()
    assert arrived(pilot, make_step(1, episode=3)) == [0, 0, 1]
    with pytest.raises(NotFiniteError, match="at step 2 of episode 3 is not finite"):
        pilot.answer(make_step(2, episode=3))


def policy_threads() -> set[threading.Thread]:
    """Return the threads that policies run in."""
    return {thread for thread in threading.enumerate() if thread.name == "policy"}


def test_closing_waits_for_nothing_and_ends_the_thread(make_step: MakeStep) -> None:
    """As soon as the policy is done."""
    others = policy_threads()
    policy = HeldPolicy()
    pilot = ChunkPilot(policy)
    pilot.answer(make_step(0))
    until(lambda: policy.seen)
    [thread] = policy_threads() - others
    pilot.close()
    assert thread.is_alive()
    policy.let_go()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()


def let_one_arrive(policy: HeldPolicy, pilot: ChunkPilot) -> None:
    """Let one chunk be computed, until the pilot can take it."""
    policy.let_go()
    until(lambda: not pilot._chunks.empty())


def asked(policy: HeldPolicy, times: int) -> None:
    """Wait until a chunk has been asked for so often."""
    until(lambda: len(policy.seen) == times)


@pytest.mark.parametrize("coefficient", [0.01, 0.5, 0.0])
def test_temporal_ensembling_averages_all_chunks_that_planned_a_step(
    start: Start, make_step: MakeStep, coefficient: float
) -> None:
    """With the weights of LeRobot's own; the oldest counts most. What is over plans no more."""
    policy = HeldPolicy(length=4, n_action_steps=1)
    policy.ensemble_coefficient = coefficient
    pilot = start(policy)
    weights = ACTTemporalEnsembler(coefficient, chunk_size=4).ensemble_weights.numpy()
    answer(pilot, make_step(0))
    for step in range(1, 7):
        # The chunk of the step before is there, and those of the three steps before that.
        let_one_arrive(policy, pilot)
        planned = np.arange(max(0, step - 3), step)
        weighted = np.average(planned, weights=weights[: len(planned)])
        assert answer(pilot, make_step(step)) == pytest.approx([weighted, weighted, step])
        asked(policy, step + 1)


def test_without_temporal_ensembling_the_newest_chunk_alone_counts(
    start: Start, make_step: MakeStep
) -> None:
    """As in LeRobot's own loop."""
    policy = HeldPolicy(length=4, n_action_steps=1)
    pilot = start(policy)
    answer(pilot, make_step(0))
    for step in (1, 2):
        let_one_arrive(policy, pilot)
        assert answer(pilot, make_step(step)) == [step - 1, step - 1, step]
        asked(policy, step + 1)
