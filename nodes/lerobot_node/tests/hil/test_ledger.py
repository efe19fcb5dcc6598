"""What a learner has confirmed, as far as an actor knows."""

from pathlib import Path

from lerobot_node.hil.identity import About
from lerobot_node.hil.ledger import Ledger

ONE, TWO = Path("one"), Path("two")


def said(episodes: int, steps: int) -> About:
    """Return what a learner says that it has."""
    return About("id", "/gpu", {}, episodes, steps)


def corrected(ledger: Ledger) -> tuple[int, int] | None:
    """Return the episodes and steps of the correction that there is."""
    about = ledger.take_correction()
    return None if about is None else (about.episodes, about.steps)


def test_what_is_confirmed_before_a_correction_is_taken_is_in_it() -> None:
    """A learner of an older checkpoint gets what waits on the disk while the actor still starts."""
    ledger = Ledger(10, {ONE: 2})
    ledger.compare(said(1, 3), ledger.confirmed_steps)
    ledger.confirm(ONE)
    assert corrected(ledger) == (2, 5)
    assert (ledger.confirmed_steps, ledger.unconfirmed_steps) == (5, 0)
    assert corrected(ledger) is None


def test_as_many_steps_as_were_counted_are_no_correction() -> None:
    """Also of a learner that does not know how many it has."""
    for steps in (10, -1):
        ledger = Ledger(10, {})
        ledger.compare(said(1, steps), 10)
        assert corrected(ledger) is None


def test_what_the_learner_has_already_is_not_counted_twice() -> None:
    """It has confirmed an episode, and the answer was lost; and somebody else has driven too."""
    ledger = Ledger(10, {ONE: 2})
    ledger.compare(said(5, 25), ledger.confirmed_steps)
    ledger.confirm(ONE)
    assert corrected(ledger) == (5, 25)
    assert ledger.confirmed_steps == 25


def test_a_correction_that_was_made_meanwhile_stands() -> None:
    """Both threads of a link ask; the slower one's answer is from before."""
    ledger = Ledger(10, {ONE: 2})
    before = ledger.confirmed_steps
    ledger.compare(said(1, 3), before)
    ledger.confirm(ONE)
    ledger.compare(said(1, 3), before)
    assert corrected(ledger) == (2, 5)


def test_what_is_confirmed_while_a_learner_answers_is_no_loss() -> None:
    """Nor is an episode that it has taken and has not answered yet a gain."""
    ledger = Ledger(10, {ONE: 2, TWO: 1})
    before = ledger.confirmed_steps
    ledger.confirm(ONE)
    ledger.compare(said(4, 7), before)
    ledger.compare(said(6, 10), ledger.confirmed_steps)
    assert corrected(ledger) is None
