"""Which seed comes next."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest
import recordings
from hypothesis import given
from hypothesis import strategies as st
from lerobot.datasets import LeRobotDataset, dataset_tools

from dora_hil_datasets.dataset.existing import read_existing
from lerobot_node.record.seeds import SeedPlan, plan_seeds


@pytest.mark.parametrize(
    ("first", "used", "taken"),
    [
        (7, [], [7, 8, 9]),
        # A resumed dataset of which an episode was deleted.
        (0, [0, 1, 3], [2, 4, 5]),
        # The config's first seed was changed in between; -1 is an episode without a seed.
        (100, [-1, 0, 1, 100, 100], [101, 102, 103]),
    ],
)
def test_seeds_count_up_from_the_first_and_fill_the_gaps(
    first: int, used: list[int], taken: list[int]
) -> None:
    """One per episode, none of those that are used."""
    plan = SeedPlan(first, used)
    assert [plan.take() for _ in range(3)] == taken


def test_a_seed_given_back_comes_again_first() -> None:
    """The episode is recorded again from the same place."""
    plan = SeedPlan(0)
    plan.take()
    plan.give_back(plan.take())
    assert [plan.take(), plan.take()] == [1, 2]


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


def test_a_dataset_that_lerobot_has_edited_gets_no_seed_again_that_it_may_have(
    dataset: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its seeds were 100 to 102, and its tool leaves our file behind; said in one line."""
    edited = tmp_path / "edited"
    before = LeRobotDataset(recordings.REPO_ID, root=dataset)
    dataset_tools.delete_episodes(before, [0], edited, recordings.REPO_ID)
    existing = read_existing(edited)
    assert existing.records == ()
    plan = plan_seeds(100, existing)
    assert plan.take() > 100 + 1000
    (line,) = [r.getMessage() for r in caplog.records if r.name.startswith("lerobot_node")]
    assert f"{edited}: the seeds of 2 of its 2 episodes are not known" in line


def test_seeds_are_kept_again_from_there_on(dataset: Path) -> None:
    """A gap among the known ones is filled, the others are never met."""
    (dataset / "meta/dora_hil_episodes.jsonl").unlink()
    first = plan_seeds(100, read_existing(dataset)).take()
    recordings.write(dataset, [5, 6])
    existing = read_existing(dataset)
    known = [replace(r, seed=first + i * 2) for i, r in enumerate(existing.records[3:])]
    plan = plan_seeds(100, replace(existing, records=(*existing.records[:3], *known)))
    assert [plan.take(), plan.take()] == [first + 1, first + 3]


def test_a_second_loss_does_not_lead_to_the_same_seeds(
    dataset: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """They are chosen by what the dataset holds by then."""
    caplog.set_level(logging.ERROR)
    starts = set()
    for length in (5, 6, 7):
        (dataset / "meta/dora_hil_episodes.jsonl").unlink()
        starts.add(plan_seeds(0, read_existing(dataset)).take())
        recordings.write(dataset, [length])
    assert len(starts) == 3


def test_the_seeds_of_our_own_datasets_are_all_known(
    dataset: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is said."""
    assert plan_seeds(100, read_existing(dataset)).take() == 103
    assert plan_seeds(7, None).take() == 7
    assert not caplog.records
