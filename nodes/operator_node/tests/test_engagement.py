"""Who drives, step by step."""

import pytest

from operator_node.engagement import Always, ByChance, WithoutProgress
from operator_node.expert import Progress


def _progress(potential: float, *, holding: bool = False) -> Progress:
    return Progress(potential, is_holding=holding, is_solved=False)


IDLE, HELD, SOLVED = _progress(0.3), _progress(0.7, holding=True), _progress(1.0, holding=True)


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


POLICIES: dict[str, tuple[WithoutProgress, list[tuple[int, Progress]], list[bool]]] = {
    "one that stands still is taken over from after the patience": (
        WithoutProgress(patience=5),
        [(step, IDLE) for step in range(7)],
        [False] * 5 + [True] * 2,
    ),
    "one that comes nearer every now and then is left alone": (
        WithoutProgress(patience=3),
        [(step, _progress(step // 2 * 0.05)) for step in range(40)],
        [False] * 40,
    ),
    "to creep, by less than the least gain, is no progress": (
        WithoutProgress(patience=3),
        [(step, _progress(0.001 * step)) for step in range(5)],
        [False] * 3 + [True] * 2,
    ),
    "one for which a block is held goes on from the grasp": (
        WithoutProgress(patience=2),
        [(2, IDLE), (4, IDLE), (5, _progress(0.31, holding=True))],
        [False, True, False],
    ),
    "one that holds a block and does not lift it needs help all the same": (
        WithoutProgress(patience=2),
        [(step, HELD) for step in range(6)],
        [False, False, True, True, True, True],
    ),
    "it goes on clearly beyond where it had come": (
        WithoutProgress(patience=2),
        [(0, _progress(0.5)), (2, _progress(0.2)), (3, _progress(0.55)), (4, _progress(0.61))],
        [False, True, True, False],
    ),
    "it goes on after the longest intervention, for another spell of patience": (
        WithoutProgress(patience=2, longest=3),
        [(step, IDLE) for step in range(9)],
        [False, False, True, True, True, False, False, True, True],
    ),
    "one that keeps what it was handed gets the arm back as soon again": (
        WithoutProgress(patience=2),
        [(0, IDLE), (2, IDLE), (3, HELD), (5, HELD), (6, _progress(0.81, holding=True))],
        [False, True, False, True, False],
    ),
    "one that drops what it was handed is shown the rest, else it never sees a reward": (
        WithoutProgress(patience=2),
        [*[(0, IDLE), (2, IDLE), (3, HELD), (4, IDLE)], *[(6, IDLE), (7, HELD), (8, SOLVED)]],
        [*[False, True, False, False], *[True, True, True]],
    ),
}


@pytest.mark.parametrize(("engagement", "steps", "engaged"), POLICIES.values(), ids=POLICIES)
def test_a_policy_is_helped_where_it_makes_no_progress(
    engagement: WithoutProgress, steps: list[tuple[int, Progress]], engaged: list[bool]
) -> None:
    """And in the next episode its patience is fresh, whatever was learnt in this one."""
    assert [engagement.engages(0, step, progress) for step, progress in steps] == engaged
    assert not engagement.engages(1, 0, IDLE)
