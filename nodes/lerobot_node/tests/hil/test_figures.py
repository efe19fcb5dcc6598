"""What the figures say of how well the policy does."""

from pathlib import Path
from typing import Any

from lerobot_node.hil.figures import MAX_POINTS, Figures


def line(step: int, *, success: bool = True, rate: float = 0.0, **figures: Any) -> dict[str, Any]:
    """Return an episode's line of the actor's file."""
    return {"Interaction step": step, "success": success, "Intervention rate": rate, **figures}


def test_a_success_counts_as_the_policys_own_where_nobody_helped() -> None:
    """Not one step."""
    figures = Figures(100)
    shares = [
        figures.add(line(n, success=success, rate=rate)).own_success
        for n, (success, rate) in enumerate([(True, 0.01), (True, 0), (False, 0), (True, 0)])
    ]
    assert shares == [0, 1 / 2, 1 / 3, 2 / 4]


def test_the_shares_are_of_the_last_twenty_episodes() -> None:
    """What came before is forgotten: a policy gets better."""
    figures = Figures(100)
    for n in range(20):
        figures.add(line(n, success=False, rate=1.0))
    point = figures.add(line(20, rate=0.0))
    assert (point.own_success, point.intervention_rate) == (1 / 20, 19 / 20)
    assert figures.progress().episodes == 20
    assert ", 1 of the last 20 succeeded;" in figures.outcome(20, 21, Path("run"))


def test_a_run_that_goes_on_is_as_one_that_was_never_stopped() -> None:
    """From the lines of the file; a line without the figures is no episode's."""
    lines = [line(n, success=n % 3 > 0, rate=n % 2 / 4, learner_updates=n) for n in range(30)]
    whole, resumed = Figures(100, lines), Figures(100, [*lines[:25], {"note": 1}])
    for later in lines[25:]:
        resumed.add(later)
    assert resumed.progress() == whole.progress()


def test_a_long_curve_is_told_in_few_points() -> None:
    """From its beginning to its newest point; the message stays a few kilobytes."""
    figures = Figures(10**6)
    for n in range(3000):
        figures.add(line(n * 70, rate=n / 3000, learner_updates=n * 100, weight_age_s=0.123))
        told = figures.progress()
        steps = [point.steps for point in told.curve]
        assert (steps[0], steps[-1]) == (0, n * 70)
        assert len(steps) <= MAX_POINTS
        assert steps == sorted(set(steps))
    assert len(told.to_json()) < 12_000


def test_before_the_first_episode_there_is_a_training_without_a_curve() -> None:
    """People are told that it runs."""
    told = Figures(100).progress()
    assert (told.target_steps, told.episodes, told.curve) == (100, 0, ())
    assert (told.success, told.helped) == (False, False)
