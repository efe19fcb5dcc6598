"""Which seed comes next."""

from hypothesis import given
from hypothesis import strategies as st

from lerobot_node.record.seeds import SeedPlan


def test_seeds_count_up_from_the_first() -> None:
    """One per episode."""
    plan = SeedPlan(7)
    assert [plan.take() for _ in range(3)] == [7, 8, 9]


def test_a_seed_given_back_comes_again_first() -> None:
    """The episode is recorded again from the same place."""
    plan = SeedPlan(0)
    plan.take()
    plan.give_back(plan.take())
    assert [plan.take(), plan.take()] == [1, 2]


def test_used_seeds_are_left_out_and_gaps_filled() -> None:
    """A resumed dataset of which an episode was deleted."""
    plan = SeedPlan(0, used=[0, 1, 3])
    assert [plan.take() for _ in range(3)] == [2, 4, 5]


def test_seeds_of_a_recording_from_another_first_one_do_no_harm() -> None:
    """The config was changed in between; -1 is an episode without a seed."""
    plan = SeedPlan(100, used=[-1, 0, 1, 100, 100])
    assert [plan.take(), plan.take()] == [101, 102]


@given(
    st.integers(0, 20),
    st.lists(st.integers(-1, 30)),
    st.lists(st.booleans(), max_size=30),
)
def test_no_two_episodes_have_the_same_seed(first: int, used: list[int], kept: list[bool]) -> None:
    """Whatever was recorded before, and whichever attempts are discarded."""
    plan = SeedPlan(first, used)
    seeds = []
    for is_kept in kept:
        seed = plan.take()
        if is_kept:
            seeds.append(seed)
        else:
            plan.give_back(seed)
    assert len({*seeds, *used}) == len(seeds) + len(set(used))
    assert all(seed >= first for seed in seeds)
