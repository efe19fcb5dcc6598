"""Who drives, step by step."""

import pytest

from operator_node.engagement import Always, ByChance, WithoutProgress
from operator_node.expert import Progress


def _progress(potential: float, *, holding: bool = False) -> Progress:
    return Progress(potential, is_holding=holding, is_solved=False)


IDLE = _progress(0.3)


def test_always_drives_in_every_step() -> None:
    """From the first one on."""
    assert all(Always().engages(0, step, IDLE) for step in range(5))


def test_by_chance_intervenes_in_the_given_share_of_episodes() -> None:
    """Within three standard deviations."""
    engagement = ByChance(seed=0, probability=0.3)
    share = sum(engagement.engages(episode, 99, IDLE) for episode in range(1000)) / 1000
    assert share == pytest.approx(0.3, abs=0.044)


def test_by_chance_drives_from_its_step_until_the_episode_ends() -> None:
    """Never in the first step: the policy begins."""
    engaged = [ByChance(seed=0, probability=1.0).engages(4, step, IDLE) for step in range(40)]
    start = engaged.index(True)
    assert 1 <= start <= 20
    assert all(engaged[start:])


def test_by_chance_drives_for_the_given_number_of_steps() -> None:
    """Then the policy has the arm back."""
    engagement = ByChance(seed=0, probability=1.0, steps=7)
    assert sum(engagement.engages(4, step, IDLE) for step in range(100)) == 7


def test_the_same_seed_intervenes_at_the_same_steps_in_any_order_of_episodes() -> None:
    """Nothing is remembered from one episode to the next."""
    one, other = ByChance(3, 0.5, steps=4), ByChance(3, 0.5, steps=4)
    steps = [(episode, step) for episode in range(20) for step in range(30)]
    forwards = {key: one.engages(*key, IDLE) for key in steps}
    backwards = {key: other.engages(*key, IDLE) for key in reversed(steps)}
    assert forwards == backwards


def test_a_policy_that_stands_still_is_taken_over_from_after_the_patience() -> None:
    """Counted in steps of the episode."""
    engagement = WithoutProgress(patience=5)
    assert [engagement.engages(0, step, IDLE) for step in range(7)] == [False] * 5 + [True] * 2


def test_a_policy_that_comes_nearer_is_left_alone() -> None:
    """As long as the potential rises every now and then."""
    engagement = WithoutProgress(patience=3)
    assert not any(engagement.engages(0, s, _progress(s // 2 * 0.05)) for s in range(40))


def test_a_policy_that_creeps_is_taken_over_from() -> None:
    """Less than the least gain is no progress."""
    engagement = WithoutProgress(patience=3)
    assert any(engagement.engages(0, s, _progress(0.001 * s)) for s in range(5))


def test_the_arm_is_handed_back_once_a_block_is_held() -> None:
    """The policy goes on from the grasp."""
    engagement = WithoutProgress(patience=2)
    assert engagement.engages(0, 2, IDLE) is False
    assert engagement.engages(0, 4, IDLE) is True
    assert engagement.engages(0, 5, _progress(0.31, holding=True)) is False


def test_a_block_held_at_the_takeover_does_not_hand_back_at_once() -> None:
    """A policy that holds the block and does not lift it needs help all the same."""
    engagement, stuck = WithoutProgress(patience=2), _progress(0.7, holding=True)
    driven = [engagement.engages(0, step, stuck) for step in range(6)]
    assert driven == [False, False, True, True, True, True]


def test_the_arm_is_handed_back_once_it_is_further_than_the_policy_had_come() -> None:
    """Recovered and clearly beyond."""
    engagement = WithoutProgress(patience=2)
    engagement.engages(0, 0, _progress(0.5))
    assert engagement.engages(0, 2, _progress(0.2)) is True
    assert engagement.engages(0, 3, _progress(0.55)) is True
    assert engagement.engages(0, 4, _progress(0.61)) is False


def test_the_arm_is_handed_back_after_the_longest_intervention() -> None:
    """And taken again after another spell of patience."""
    engagement = WithoutProgress(patience=2, longest=3)
    engaged = [engagement.engages(0, step, IDLE) for step in range(9)]
    assert engaged == [False, False, True, True, True, False, False, True, True]


def test_a_policy_that_drops_what_it_was_handed_is_shown_the_rest() -> None:
    """Without that a policy that always drops the block never sees a reward."""
    engagement, held = WithoutProgress(patience=2), _progress(0.7, holding=True)
    dropped = [engagement.engages(0, s, p) for s, p in ((0, IDLE), (2, IDLE), (3, held), (4, IDLE))]
    assert dropped == [False, True, False, False]
    assert engagement.engages(0, 6, IDLE)
    assert engagement.engages(0, 7, held)
    assert engagement.engages(0, 8, _progress(1.0, holding=True))
    assert not engagement.engages(1, 0, IDLE)


def test_a_policy_that_keeps_what_it_was_handed_gets_the_arm_back_again() -> None:
    """The second help is as short as the first."""
    engagement, held = WithoutProgress(patience=2), _progress(0.7, holding=True)
    assert engagement.engages(0, 0, IDLE) is False
    assert engagement.engages(0, 2, IDLE) is True
    assert engagement.engages(0, 3, held) is False
    assert engagement.engages(0, 5, held) is True
    assert engagement.engages(0, 6, _progress(0.81, holding=True)) is False


def test_a_new_episode_starts_with_fresh_patience() -> None:
    """What was learnt of the last one is forgotten."""
    engagement = WithoutProgress(patience=2)
    assert engagement.engages(0, 0, IDLE) is False
    assert engagement.engages(0, 2, IDLE) is True
    assert engagement.engages(1, 0, IDLE) is False
