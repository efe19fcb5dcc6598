"""What is said of steps that were dropped."""

from collections.abc import Callable

import pytest

from dora_hil.stream.timestep import TimeStep
from rerun_node.missing_steps import MissingSteps

MakeStep = Callable[..., TimeStep]


@pytest.fixture(autouse=True)
def _log_everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")


def test_dropped_steps_are_counted_once_the_next_episode_begins(
    make_step: MakeStep, caplog: pytest.LogCaptureFixture
) -> None:
    """In the log, for the person who wonders about a jump."""
    missing = MissingSteps()
    for step in (0, 1, 5, 9):
        missing.shown(make_step(step))
    assert caplog.messages == []
    missing.shown(make_step(0, episode=1))
    (line,) = caplog.messages
    assert line.startswith("episode 0: at least 6 steps are not in the view")


def test_an_episode_that_is_whole_is_not_spoken_of(
    make_step: MakeStep, make_phase: MakeStep, caplog: pytest.LogCaptureFixture
) -> None:
    """PHASE comes as often as there is time for it."""
    missing = MissingSteps()
    for message in (make_phase(), make_step(0), make_phase(0), make_step(1)):
        missing.shown(message)
    missing.say()
    assert caplog.messages == []


def test_a_first_that_was_dropped_counts_as_well(
    make_step: MakeStep, caplog: pytest.LogCaptureFixture
) -> None:
    """And each episode by itself."""
    missing = MissingSteps()
    for episode, step in ((0, 0), (0, 2), (1, 3)):
        missing.shown(make_step(step, episode=episode))
    missing.say()
    counts = [line.split(" steps")[0] for line in caplog.messages]
    assert counts == ["episode 0: at least 1", "episode 1: at least 3"]
