"""Chunks of a real SmolVLA, tiny and untrained, that go on from one another."""

from pathlib import Path

import numpy as np
import pytest
import small_policy
from eval_rig import BlockArm, without_cameras

from dora_hil.stream.actions import Float32Array
from dora_hil.stream.spec import Columns
from lerobot_node.policy.checkpoint import Checkpoint
from lerobot_node.policy.origin import PolicyError
from lerobot_node.policy.runner import PolicyRunner

TASK = "lift the block"
SINCE = 6
HORIZON = 10


@pytest.fixture(scope="module")
def smolvla(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """Save one; chunks of twenty."""
    root = tmp_path_factory.mktemp("smolvla") / "policy"
    return Checkpoint.find(str(small_policy.write_smolvla(root, BlockArm().spec)))


def observation() -> Columns:
    """Return what is seen."""
    noise = np.random.default_rng(0)
    return {
        "observation.state": noise.normal(size=4).astype(np.float32),
        "observation.environment_state": noise.normal(size=3).astype(np.float32),
        "observation.images.front": noise.integers(0, 256, (16, 16, 3), np.uint8),
    }


def two_chunks(runner: PolicyRunner, since: int | None) -> tuple[Float32Array, Float32Array]:
    """Return two; the second begins `SINCE` steps after the first and sees the same."""
    runner.reset(0)
    first = runner.chunk(observation(), TASK)
    return first, runner.chunk(observation(), TASK, since=since, delay_steps=2)


def apart(chunks: tuple[Float32Array, Float32Array], steps: slice) -> float:
    """Return how far the second lies from what the first had planned, in the mean."""
    first, second = chunks
    left = first[SINCE:]
    return float(np.abs(left[steps] - second[: len(left)][steps]).mean())


def test_a_chunk_goes_on_where_the_one_before_it_has_not_ended(smolvla: Checkpoint) -> None:
    """The steps that are over when it is there are the same; without it they are drawn anew."""
    runner = PolicyRunner(smolvla, {}, is_real_time=True)
    guided = two_chunks(runner, SINCE)
    free = two_chunks(runner, None)
    np.testing.assert_array_equal(guided[0], free[0])
    assert apart(guided, slice(0, 2)) < 0.2 * apart(free, slice(0, 2))
    assert apart(guided, slice(HORIZON, None)) > 0.5 * apart(free, slice(HORIZON, None))


def test_without_it_chunks_know_nothing_of_one_another(smolvla: Checkpoint) -> None:
    """As `async` has them."""
    runner = PolicyRunner(smolvla, {})
    np.testing.assert_array_equal(two_chunks(runner, SINCE)[1], two_chunks(runner, None)[1])
    assert runner.n_action_steps == 20


def test_the_next_chunk_has_something_to_go_on_from(smolvla: Checkpoint) -> None:
    """LeRobot's horizon is left of the present one when it is asked for."""
    assert PolicyRunner(smolvla, {}, is_real_time=True).n_action_steps == 20 - HORIZON
    assert PolicyRunner(smolvla, {"n_action_steps": 4}, is_real_time=True).n_action_steps == 4
    shorter = {"rtc_config": {"execution_horizon": 5}}
    assert PolicyRunner(smolvla, shorter, is_real_time=True).n_action_steps == 20 - 5


def test_what_is_left_is_none_where_the_last_chunk_is_over(smolvla: Checkpoint) -> None:
    """A policy that was too slow for all of it."""
    runner = PolicyRunner(smolvla, {}, is_real_time=True)
    np.testing.assert_array_equal(two_chunks(runner, 20)[1], two_chunks(runner, None)[1])


def test_a_policy_without_it_is_refused_with_those_that_have_it(tmp_path: Path) -> None:
    """ACT plans its chunk in one pass: there is nothing to guide."""
    root = small_policy.write(tmp_path / "act", without_cameras(BlockArm().spec))
    with pytest.raises(PolicyError, match=r"'act' has no real-time chunking; .*use async$"):
        PolicyRunner(Checkpoint.find(str(root)), {}, is_real_time=True)
