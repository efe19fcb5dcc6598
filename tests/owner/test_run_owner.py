"""What run owners say on `status`."""

import pytest

from dora_hil.owner.run_owner import RunOwner, SelfOwner
from dora_hil.stream.messages import RunState, Status
from dora_hil.stream.training_progress import TrainingProgress


def test_grants_are_counted_and_carry_their_seeds() -> None:
    """A body takes a grant only if its number is new."""
    owner = RunOwner("recorder", target=3, saved=1)
    grants = [owner.grant(7), owner.grant(7), owner.grant(-1)]
    assert [(s.grant, s.seed) for s in grants] == [(0, 7), (1, 7), (2, -1)]
    assert all(s.state is RunState.GRANTED for s in grants)
    assert all((s.role, s.saved, s.target) == ("recorder", 1, 3) for s in grants)


def test_busy_says_how_far_the_run_is() -> None:
    """And grants nothing."""
    owner = RunOwner("recorder", target=3)
    owner.saved += 1
    assert owner.busy() == Status(RunState.BUSY, role="recorder", saved=1, target=3)


def test_how_a_training_goes_is_said_with_every_word() -> None:
    """Whoever hears one status knows it, the last one included."""
    owner = RunOwner("actor", target=0)
    assert owner.grant(0).training is None
    owner.training = TrainingProgress(100)
    assert [s.training for s in (owner.grant(1), owner.over())] == [owner.training] * 2


@pytest.mark.parametrize(
    ("failure", "outcome", "message"),
    [
        ("", "", ""),
        ("disk full", "", "disk full"),
        ("", "data holds 1 of 1", "data holds 1 of 1"),
        # What went wrong is more important.
        ("disk full", "data holds 1 of 1", "disk full"),
    ],
)
def test_what_went_wrong_or_what_there_is_now_is_the_last_word(
    failure: str, outcome: str, message: str
) -> None:
    """Without a failure all is well."""
    over = RunOwner("recorder", target=1).over(failure, outcome)
    assert (over.state, over.ok, over.message) == (RunState.OVER, not failure, message)


def test_a_run_that_records_nothing_says_so() -> None:
    """A demo is driven, and gone."""
    over = SelfOwner(seed=0).over()
    assert over.ok
    assert over.message.startswith("Nothing was recorded")


def test_the_seeds_of_a_self_owned_run_follow_from_the_kept_episodes() -> None:
    """One that is recorded again starts from the same place."""
    owner = SelfOwner(seed=10, episodes=2)
    seeds = [owner.grant_next().seed, owner.grant_next().seed]
    owner.saved += 1
    seeds.append(owner.grant_next().seed)
    assert seeds == [10, 10, 11]


def test_a_self_owned_run_is_complete_after_its_episodes() -> None:
    """Zero means no limit."""
    owner, endless = SelfOwner(seed=0, episodes=1), SelfOwner(seed=0)
    assert not owner.is_complete
    owner.saved = endless.saved = 1
    assert owner.is_complete
    assert not endless.is_complete
