"""The expert against the real simulator."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pytest

from dora_hil.stream.actions import ActionSpace, Float32Array
from dora_hil.stream.spec import Columns
from dora_hil.stream.timestep import Kind, Phase, TimeStep
from gym_hil_node.config_file import parse_config
from gym_hil_node.simulator import Simulator
from operator_node.engagement import Always, Engagement, WithoutProgress
from operator_node.failing import Failing
from operator_node.scripted_operator import ScriptedOperator

HOLD = np.array([0.0, 0.0, 0.0, 1.0], dtype=np.float32)
Policy = Callable[[int], Float32Array]


@dataclass(frozen=True)
class Episode:
    """What came of one.

    Attributes:
        success: the simulator's own verdict.
        steps: how many were taken.
        engaged: for each step, whether the operator drove.
        actions: what was executed, one float32[4] per step.
    """

    success: bool
    steps: int
    engaged: list[bool]
    actions: list[list[float]]


@pytest.fixture(scope="module")
def pick_cube() -> Simulator:
    """Build PickCube without pictures."""
    return Simulator(parse_config({"env": {"task": "PandaPickCubeBase-v0"}}), render=False)


@pytest.fixture(scope="module")
def arrange_boxes() -> Simulator:
    """Build ArrangeBoxes without pictures."""
    return Simulator(parse_config({"env": {"task": "PandaArrangeBoxesBase-v0"}}), render=False)


def _still(_step: int) -> Float32Array:
    return HOLD


def _seen(
    simulator: Simulator,
    seed: int,
    step: int,
    columns: Columns,
    executed: Mapping[str, Float32Array],
) -> TimeStep:
    """Return what a body says of a step."""
    return TimeStep(
        kind=Kind.MID if step else Kind.FIRST,
        phase=Phase.RUNNING,
        episode=seed,
        step=step,
        columns=columns,
        spec=simulator.spec,
        actions=executed,
        control_dt_s=simulator.control_dt_s,
    )


def _play(
    simulator: Simulator,
    operator: ScriptedOperator,
    seed: int,
    *,
    policy: Policy = _still,
    policy_steps: int = 0,
    max_steps: int = 100,
) -> Episode:
    """Run an episode as a body does: the policy's action unless the operator is engaged.

    In the first `policy_steps` the operator is not even asked.
    """
    columns: Columns = simulator.begin(seed)
    executed: dict[str, Float32Array] = {}
    engaged: list[bool] = []
    actions: list[list[float]] = []
    success = False
    for step in range(max_steps):
        value, drives = policy(step), False
        if step >= policy_steps:
            answer = operator.answer(_seen(simulator, seed, step, columns, executed))
            if answer is not None and answer.engaged:
                value, drives = answer.value, True
        outcome = simulator.execute(ActionSpace.EE_DELTA, value)
        columns, success = outcome.columns, outcome.success
        executed = {"ee_absolute": outcome.executed.by_space["ee_absolute"]}
        engaged.append(drives)
        actions.append(value.tolist())
        if success or outcome.out_of_bounds:
            break
    return Episode(success, len(actions), engaged, actions)


def _play_after(simulator: Simulator, actions: list[list[float]]) -> Episode:
    """Play the block of seed 3; the operator is asked when a policy has done all this."""
    steps = [np.array(action, dtype=np.float32) for action in actions]
    return _play(
        simulator,
        ScriptedOperator(Always()),
        seed=3,
        policy=lambda step: steps[step] if step < len(steps) else HOLD,
        policy_steps=len(steps),
    )


def _lead(simulator: Simulator, operator: ScriptedOperator, seed: int) -> tuple[bool, list[float]]:
    """Let a body follow the operator's hand two steps late, its jaws by half in each.

    Returns:
        Whether the block was lifted, and what was asked of the jaws in each step.
    """
    columns: Columns = simulator.begin(seed)
    executed: dict[str, Float32Array] = {}
    asked: list[Float32Array] = []
    opening, success = 1.0, False
    for step in range(100):
        answer = operator.answer(_seen(simulator, seed, step, columns, executed))
        assert answer is not None
        asked.append(answer.value)
        value = asked[max(step - 2, 0)].copy()
        opening += float(np.clip(value[3] - opening, -0.45, 0.45))
        value[3] = opening
        outcome = simulator.execute(ActionSpace.EE_ABSOLUTE, value)
        columns, success = outcome.columns, outcome.success
        executed = {"ee_absolute": outcome.executed.by_space["ee_absolute"]}
        if success:
            break
    return success, [float(value[3]) for value in asked]


def _random_policy(seed: int) -> Policy:
    """Sink towards the table in a random walk that opens and closes the gripper."""
    rng = np.random.default_rng(seed)
    walk = np.clip(np.cumsum(rng.normal(0, 0.3, (100, 3)), axis=0) + rng.uniform(-1, 1, 3), -1, 1)
    walk[:, 2] = np.clip(walk[:, 2] - 0.3, -1, 1)
    gripper = rng.integers(0, 3, (100, 1))
    actions = np.hstack([walk, gripper]).astype(np.float32)
    return lambda step: actions[step]


@pytest.fixture(scope="module")
def hundred(pick_cube: Simulator) -> list[Episode]:
    """Play 100 random blocks without noise."""
    return [_play(pick_cube, ScriptedOperator(Always()), seed) for seed in range(100)]


@pytest.mark.slow
def test_at_least_98_of_100_random_blocks_are_picked(hundred: list[Episode]) -> None:
    """Within gym-hil's own 100 steps."""
    assert sum(episode.success for episode in hundred) >= 98


@pytest.mark.slow
def test_a_block_is_picked_in_about_a_person_s_time(hundred: list[Episode]) -> None:
    """Not above 25 steps at the median."""
    assert np.median([episode.steps for episode in hundred]) <= 25


@pytest.mark.slow
def test_at_least_95_percent_of_random_blocks_are_picked_with_noise(pick_cube: Simulator) -> None:
    """A third of a step on every delta; 48 of 50."""
    operator = ScriptedOperator(Always(), noise=0.3)
    assert sum(_play(pick_cube, operator, seed).success for seed in range(50)) >= 48


@pytest.mark.slow
def test_a_random_policy_s_attempt_is_taken_over_and_solved(pick_cube: Simulator) -> None:
    """After 15 steps, wherever they left the block; lost before are those that left the table."""
    episodes = [
        _play(
            pick_cube,
            ScriptedOperator(Always()),
            seed,
            policy=_random_policy(seed),
            policy_steps=15,
        )
        for seed in range(20)
    ]
    reached = [e for e in episodes if e.steps > 15]
    assert len(reached) >= 16
    assert sum(e.success for e in reached) >= len(reached) - 1


def test_a_block_dropped_from_the_air_is_picked_again(pick_cube: Simulator) -> None:
    """The policy opens the gripper half-way up."""
    expert = _play(pick_cube, ScriptedOperator(Always()), seed=3)
    drop = [[0.0, 0.0, 0.0, 2.0]] * 3
    assert _play_after(pick_cube, [*expert.actions[:-1], *drop]).success


def test_taking_over_in_the_air_keeps_hold_of_the_block(pick_cube: Simulator) -> None:
    """The gripper is told to stay until the end."""
    expert = _play(pick_cube, ScriptedOperator(Always()), seed=3)
    episode = _play_after(pick_cube, expert.actions[:-2])
    assert episode.success
    assert {action[3] for action in episode.actions[len(expert.actions) - 2 :]} == {1.0}


def test_the_gripper_is_told_to_close_once(pick_cube: Simulator) -> None:
    """Every further command is what LeRobot's discrete penalty is for."""
    gripper = [a[3] for a in _play(pick_cube, ScriptedOperator(Always()), seed=5).actions]
    assert gripper.count(0.0) == 1
    assert gripper.count(2.0) == 0


def test_the_same_seed_gives_the_same_actions(pick_cube: Simulator) -> None:
    """Also after another episode was played in between."""
    operator = ScriptedOperator(Always(), seed=1, noise=0.3)
    before = _play(pick_cube, operator, seed=7).actions
    _play(pick_cube, operator, seed=8)
    assert _play(pick_cube, operator, seed=7).actions == before


@pytest.mark.parametrize(
    "engagement", [WithoutProgress(patience=8), WithoutProgress(patience=8, longest=5)]
)
def test_a_policy_that_does_nothing_is_helped_and_gets_the_arm_back(
    pick_cube: Simulator, engagement: Engagement
) -> None:
    """Engaged and disengaged several times until the block is up."""
    episode = _play(pick_cube, ScriptedOperator(engagement), seed=2)
    bursts = sum(b and not a for a, b in zip(episode.engaged, episode.engaged[1:], strict=False))
    assert episode.success
    assert episode.engaged[:8] == [False] * 8
    assert bursts >= 2


def test_an_episode_that_is_to_fail_does(pick_cube: Simulator) -> None:
    """In whichever way, within 40 steps."""
    operator = ScriptedOperator(Always(), failing=Failing(seed=0, probability=1.0))
    assert not any(_play(pick_cube, operator, seed, max_steps=40).success for seed in range(24))


@pytest.mark.slow
def test_five_boxes_are_brought_home(arrange_boxes: Simulator) -> None:
    """In two shuffles, one with noise; a minute of simulated time is plenty."""
    noises = (0.0, 0.3)
    episodes = [
        _play(arrange_boxes, ScriptedOperator(Always(), noise=noise), seed, max_steps=600)
        for seed, noise in enumerate(noises)
    ]
    assert [e.success for e in episodes] == [True] * 2


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_a_hand_whose_body_follows_late_does_not_open_what_it_closes(
    pick_cube: Simulator, noise: float
) -> None:
    """Half-closed jaws on their way are no open ones; a leader's arm comes two steps after it."""
    for seed in range(10):
        operator = ScriptedOperator(Always(), noise=noise, space=ActionSpace.EE_ABSOLUTE)
        is_lifted, jaws = _lead(pick_cube, operator, seed)
        assert is_lifted, seed
        assert jaws == sorted(jaws, reverse=True), seed
