"""A chunk executed while the next is computed."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from lerobot.policies.act.modeling_act import ACTTemporalEnsembler

from dora_hil.stream.actions import Float32Array
from dora_hil.stream.spec import Columns
from dora_hil.stream.timestep import Kind, Phase, TimeStep
from lerobot_node.policy import chunk_pilot
from lerobot_node.policy.chunk_pilot import ChunkPilot
from lerobot_node.policy.pilot import NotFiniteError

PATIENCE_S = 30.0


@dataclass
class HeldPolicy:
    """Computes a chunk each time a test lets it.

    An action says which chunk it is of, from 0, which step that was computed from, and which
    step it is for.

    Attributes:
        length: steps that it plans.
        n_action_steps, ensemble_coefficient: as in `PolicyRunner`.
        is_held: it waits for the test; else it is as fast as can be.
        bad_step: the step for which its action is NaN; -1 for none.
        failure: what it raises, in place of a chunk.
        seen: the step of each observation that a chunk was asked for.
        resets: the seeds it was reset with.
        guides: how long ago the chunk before began, and how late each was expected to be.
    """

    length: int = 8
    n_action_steps: int = 4
    ensemble_coefficient: float | None = None
    is_held: bool = True
    bad_step: int = -1
    failure: Exception | None = None
    seen: list[int] = field(default_factory=list)
    resets: list[int] = field(default_factory=list)
    guides: list[tuple[int | None, int]] = field(default_factory=list)
    _may_go_on: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def let_go(self) -> None:
        """Let one chunk be computed."""
        self._may_go_on.release()

    def reset(self, seed: int) -> None:
        """Note it."""
        self.resets.append(seed)

    def act(self, columns: Columns, task: str) -> Float32Array:
        """Refuse."""
        raise AssertionError("nobody asked for a single action")

    def chunk(
        self, columns: Columns, task: str, *, since: int | None, delay_steps: int
    ) -> Float32Array:
        """Wait for the test, then plan; what is seen is looked at as late as possible."""
        number = len(self.seen)
        self.guides.append((since, delay_steps))
        self.seen.append(int(columns["observation.state"][0]))
        if self.is_held:
            assert self._may_go_on.acquire(timeout=PATIENCE_S)
        if self.failure is not None:
            raise self.failure
        start = int(columns["observation.state"][0])
        steps = np.arange(start, start + self.length, dtype=np.float32)
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


class Rig:
    """A policy, and the pilot that asks it.

    Attributes:
        policy: the one that is asked.
        pilot: the one under test.
        make_step: makes the body's messages.
    """

    def __init__(self, make_step: Callable[..., TimeStep], **settings: Any) -> None:
        """Start the pilot of a `HeldPolicy` with these settings."""
        self.policy = HeldPolicy(**settings)
        self.pilot = ChunkPilot(self.policy)
        self.make_step = make_step

    def answer(self, step: int, **fields: Any) -> list[float] | None:
        """Return number, origin and target step of the action for a step."""
        value = self.pilot.answer(self.make_step(step, **fields))
        return None if value is None else value.tolist()

    def arrived(self, step: int, **fields: Any) -> list[float]:
        """Return the action for a step as soon as there is one."""
        return until(lambda: self.answer(step, **fields))

    def asked(self, *steps: int) -> None:
        """Wait until chunks have been asked for from these steps."""
        until(lambda: len(self.policy.seen) == len(steps))
        assert self.policy.seen == list(steps)

    def planned_from(self, step: int, **fields: Any) -> None:
        """Ask at a step, and let the chunk be computed; the next step has its action."""
        assert self.answer(step, **fields) is None
        self.policy.let_go()
        assert self.arrived(step + 1, **fields) == [0, step, step + 1]


type Start = Callable[..., Rig]


@pytest.fixture
def start(make_step: Callable[..., TimeStep]) -> Iterator[Start]:
    """Start pilots; their threads end with the test."""
    started: list[Rig] = []

    def start(**settings: Any) -> Rig:
        started.append(Rig(make_step, **settings))
        return started[-1]

    yield start
    for rig in started:
        rig.policy.let_go()
        rig.pilot.close()


@pytest.fixture
def rig(start: Start) -> Rig:
    """Return one that plans eight steps, of which four are executed."""
    return start()


def test_a_policy_that_computes_is_not_waited_for(rig: Rig) -> None:
    """There is no action yet: the body holds, and goes on."""
    assert [rig.answer(i) for i in range(5)] == [None] * 5
    rig.asked(0)


def test_a_chunk_belongs_to_the_step_that_it_was_computed_from(rig: Rig) -> None:
    """What has become past meanwhile is left out: at step 3 its fourth action is due."""
    for step in range(3):
        assert rig.answer(step) is None
    rig.policy.let_go()
    assert rig.arrived(3) == [0, 0, 3]
    assert rig.answer(4) == [0, 0, 4]


def test_a_chunk_that_comes_too_late_for_all_of_its_steps_is_not_executed(start: Start) -> None:
    """Another one is asked for."""
    rig = start(length=3)
    rig.answer(0)
    rig.policy.let_go()
    until(lambda: rig.answer(3) is None and len(rig.policy.seen) == 2)
    rig.asked(0, 3)
    rig.policy.let_go()
    assert rig.arrived(4) == [1, 3, 4]


@pytest.mark.parametrize(("lag_steps", "asks_at"), [(1, 3), (2, 2), (3, 3), (6, 6)])
def test_the_next_chunk_is_asked_for_as_early_as_the_last_one_was_late(
    rig: Rig, lag_steps: int, asks_at: int
) -> None:
    """So that it is there when four steps are executed, or as soon as it can be."""
    rig.answer(0)
    rig.asked(0)
    rig.policy.let_go()
    # The chunk is looked for at this step, and not before.
    assert rig.arrived(lag_steps) == [0, 0, lag_steps]
    for step in range(lag_steps + 1, 8):
        rig.answer(step)
    rig.asked(0, asks_at)


def test_the_rest_of_the_chunk_goes_on_while_the_next_is_awaited(rig: Rig) -> None:
    """Beyond the steps that are executed of it as a rule, to its end and no further."""
    rig.planned_from(0)
    later = [rig.answer(step) for step in range(2, 10)]
    assert later == [*([0, 0, step] for step in range(2, 8)), None, None]
    rig.policy.let_go()
    assert rig.arrived(10) == [1, 3, 10]


def test_the_next_chunk_takes_over_where_it_is_due(start: Start) -> None:
    """Step for step, none twice and none left out."""
    rig = start(is_held=False)
    assert [rig.arrived(step)[2] for step in range(20)] == list(range(20))


def test_a_chunk_from_before_a_reset_is_dropped(rig: Rig) -> None:
    """The arm is elsewhere now; the next episode waits for its own."""
    rig.answer(5, episode=0, seed=40)
    rig.asked(5)
    rig.policy.let_go()
    new = {"episode": 1, "seed": 41}
    until(lambda: rig.answer(2, **new) is None and len(rig.policy.seen) == 2)
    rig.asked(5, 2)
    rig.policy.let_go()
    assert rig.arrived(2, **new) == [1, 2, 2]
    assert rig.policy.resets == [40, 41]


def test_a_plan_does_not_outlive_its_episode(rig: Rig) -> None:
    """It has actions left for that step."""
    rig.planned_from(0)
    assert rig.answer(2, episode=1) is None


def test_a_plan_from_before_a_person_took_over_is_not_gone_on_with(rig: Rig) -> None:
    """Nor one that was asked for at any step but the last that they drove."""
    rig.planned_from(0)
    assert rig.answer(2, is_intervention=True) is None
    assert rig.answer(3, is_intervention=True) is None
    rig.policy.let_go()
    until(lambda: rig.answer(4) is None and len(rig.policy.seen) == 3)
    rig.policy.let_go()
    assert rig.arrived(5) == [2, 4, 5]


@pytest.mark.parametrize("kind", [Kind.PHASE, Kind.LAST])
def test_what_awaits_no_action_gets_none(rig: Rig, kind: Kind) -> None:
    """And is planned for by nobody."""
    rig.planned_from(0)
    assert rig.answer(2, kind=kind, phase=Phase.RESETTING) is None
    assert rig.policy.seen == [0]


def test_the_observation_is_the_one_that_was_sent(rig: Rig) -> None:
    """The message's memory is dora's, and is used again before the policy is done."""
    memory = np.array([0.0, 0.5], np.float32)
    sent = rig.make_step(0)
    rig.pilot.answer(replace(sent, columns={**sent.columns, "observation.state": memory}))
    memory[:] = 99.0
    rig.policy.let_go()
    assert rig.arrived(1) == [0, 0, 1]


def test_what_the_policy_raises_is_raised_where_it_is_heard(start: Start) -> None:
    """Not in a thread that nobody looks at."""
    rig = start(failure=RuntimeError("out of memory"))
    rig.answer(0)
    rig.policy.let_go()
    with pytest.raises(RuntimeError, match="out of memory"):
        rig.arrived(1)


def test_an_action_that_is_not_finite_is_refused_at_its_step(start: Start) -> None:
    """Those before it are good."""
    rig = start(bad_step=2)
    rig.planned_from(0, episode=3)
    with pytest.raises(NotFiniteError, match="at step 2 of episode 3 is not finite"):
        rig.answer(2, episode=3)


def policy_threads() -> set[threading.Thread]:
    """Return the threads that policies run in."""
    return {thread for thread in threading.enumerate() if thread.name == "policy"}


def test_closing_waits_for_a_policy_that_computes(start: Start) -> None:
    """An interpreter that ends while torch computes in a thread of it ends with an abort."""
    others = policy_threads()
    rig = start()
    rig.answer(0)
    rig.asked(0)
    [thread] = policy_threads() - others
    rig.policy.let_go()
    rig.pilot.close()
    assert not thread.is_alive()


def test_closing_does_not_wait_for_ever(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a policy that does not come back the process is rid when it ends."""
    monkeypatch.setattr(chunk_pilot, "END_TIME_LIMIT_S", 0.01)
    others = policy_threads()
    rig = start()
    rig.answer(0)
    rig.asked(0)
    [thread] = policy_threads() - others
    rig.pilot.close()
    assert thread.is_alive()


@pytest.mark.parametrize("coefficient", [0.01, 0.5, 0.0, None])
def test_temporal_ensembling_averages_all_chunks_that_planned_a_step(
    start: Start, coefficient: float | None
) -> None:
    """With LeRobot's own weights, the oldest counts most; without it the newest counts alone."""
    rig = start(length=4, n_action_steps=1, ensemble_coefficient=coefficient)
    weights = ACTTemporalEnsembler(coefficient or 0.0, chunk_size=4).ensemble_weights.numpy()
    rig.answer(0)
    for step in range(1, 7):
        # The chunk of the step before is there, and those of the three steps before that.
        rig.policy.let_go()
        until(lambda: not rig.pilot._chunks.empty())
        planned = np.arange(max(0, step - 3), step)
        weighted = np.average(planned, weights=weights[: len(planned)])
        source = step - 1 if coefficient is None else weighted
        assert rig.answer(step) == pytest.approx([source, source, step])
        rig.asked(*range(step + 1))


def test_a_chunk_is_told_where_the_one_before_it_stands(start: Start) -> None:
    """And how long the last ones took; after a new beginning there is none to go on from."""
    rig = start(n_action_steps=4)
    rig.planned_from(0)
    for step in (2, 3):
        rig.answer(step)
    rig.asked(0, 3)
    for step in (4, 5):
        rig.answer(step)
    rig.policy.let_go()
    assert until(lambda: rig.arrived(6)[1] == 3)
    rig.asked(0, 3, 6)
    assert rig.policy.guides == [(None, 1), (3, 1), (3, 3)]
    rig.policy.let_go()
    until(lambda: rig.answer(0, episode=1) is None and len(rig.policy.seen) == 4)
    assert rig.policy.guides[3] == (None, 3)
