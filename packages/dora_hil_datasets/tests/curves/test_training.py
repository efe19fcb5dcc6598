"""A training's figures as curves."""

from pathlib import Path

import numpy as np
import pytest
from trainings import Row, episode, update, write_lines, write_training

from dora_hil_datasets.curves.metrics_lines import MetricsLinesError
from dora_hil_datasets.curves.training import ACTOR, LEARNER, Curve, NoEpisodesError, TrainingCurves

REWARD = "Episodic reward"

EPISODES = [
    episode(100.0, 10, **{REWARD: 0.0}, length=10, wall_s=5.0),
    episode(110.0, 25, **{REWARD: 1.0}, length=15, wall_s=15.0),
    episode(120.0, 40, **{REWARD: 1.0}, length=15, wall_s=25.0),
]
UPDATES = [
    update(99.0, 50, loss_critic=3.0),
    update(105.0, 100, loss_critic=2.0),
    update(125.0, 200, loss_critic=1.0),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write a training of three episodes and three updates."""
    return write_training(tmp_path / "run", EPISODES, UPDATES)


def test_episodes_stand_at_their_steps_and_times(folder: Path) -> None:
    """Time counts from the actor's beginning."""
    curve = TrainingCurves(folder).episodes.curve(REWARD)
    assert curve.along("steps").tolist() == [10, 25, 40]
    assert curve.along("time").tolist() == [5.0, 15.0, 25.0]
    assert curve.values.tolist() == [0.0, 1.0, 1.0]


def test_updates_stand_at_the_environment_step_of_their_time(folder: Path) -> None:
    """The learner does not count the actor's steps."""
    curve = TrainingCurves(folder).updates.curve("loss_critic")
    assert curve.steps.tolist() == [0, 10, 40]
    assert curve.wall_s.tolist() == [4.0, 10.0, 30.0]
    assert curve.values.tolist() == [3.0, 2.0, 1.0]


def test_a_line_that_lacks_a_figure_is_left_out_of_its_curve(tmp_path: Path) -> None:
    """There are no weights to be old before the first ones have come."""
    lines = [episode(1.0, 10, weight_age_s=None), episode(2.0, 20, weight_age_s=0.5)]
    curve = TrainingCurves(write_training(tmp_path, lines)).episodes.curve("weight_age_s")
    assert curve.steps.tolist() == [20]
    assert curve.values.tolist() == [0.5]


def test_a_loss_that_diverged_stays_in_its_curve(tmp_path: Path) -> None:
    """It is what somebody looks for."""
    folder = write_training(tmp_path, EPISODES, [update(105.0, 50, loss_critic=float("nan"))])
    assert np.isnan(TrainingCurves(folder).updates.curve("loss_critic").values).tolist() == [True]


@pytest.mark.parametrize(
    ("over", "means"),
    [(1, [4, 1, 1, 6]), (2, [4, 2.5, 1, 3.5]), (4, [4, 2.5, 2, 3]), (9, [4, 2.5, 2, 3])],
)
def test_a_running_mean_begins_with_what_there_is(over: int, means: list[float]) -> None:
    """Over fewer values until there are enough."""
    values = np.array([4.0, 1.0, 1.0, 6.0])
    curve = Curve(values, values, values, np.ones_like(values))
    assert curve.running_mean(over).values.tolist() == means


def test_a_running_mean_of_nothing_is_nothing(folder: Path) -> None:
    """Nobody has written that figure."""
    assert TrainingCurves(folder).episodes.curve("success").running_mean(20).values.size == 0


def test_a_mean_rate_is_what_grew_over_the_time_it_took(tmp_path: Path) -> None:
    """So that a long episode counts for longer."""
    times_s = [(1.0, 10), (2.0, 20), (12.0, 30)]
    lines = [episode(100.0 + s, step, length=10, wall_s=s) for s, step in times_s]
    curve = TrainingCurves(write_training(tmp_path, lines)).steps_per_s()
    assert curve.values.tolist() == [10.0, 1.0]
    assert curve.running_mean(2).values[-1] == pytest.approx(20 / 11)


def test_episodes_that_were_heard_of_at_once_are_one_value(tmp_path: Path) -> None:
    """The learner was busy; the robot was no faster for that."""
    times_s = [(0.0, 10), (4.0, 20), (4.001, 30), (8.0, 40)]
    lines = [episode(100.0 + s, step) for s, step in times_s]
    curve = TrainingCurves(write_training(tmp_path, [], lines)).steps_per_s()
    assert curve.values.tolist() == [10 / 4, 20 / 4]


def test_a_resumed_run_goes_on_without_the_night_between(tmp_path: Path) -> None:
    """Its actor counts seconds and episodes anew, steps not."""
    again = [episode(90_000.0, 60, length=20, wall_s=8.0)]
    curves = TrainingCurves(write_training(tmp_path, EPISODES + again))
    assert curves.episodes.steps.tolist() == [10, 25, 40, 60]
    assert curves.episodes.wall_s.tolist() == [5.0, 15.0, 25.0, 33.0]
    assert curves.restarts.steps.tolist() == [40]
    assert curves.restarts.wall_s.tolist() == [25.0]


@pytest.mark.parametrize(
    ("before", "counted", "steps"),
    [
        (EPISODES, 20, [10, 25, 40, 60]),
        (EPISODES, 45, [10, 25, 40, 60]),
        ([], 5020, [5020]),
    ],
)
def test_steps_that_are_counted_from_another_number_go_on(
    tmp_path: Path, before: list[Row], counted: int, steps: list[int]
) -> None:
    """From zero, or from the checkpoint: the robot has made them all the same.

    A file that begins in the middle keeps its steps: the first session was on another disk.
    """
    again = [episode(200.0, counted, length=20, wall_s=8.0)]
    curves = TrainingCurves(write_training(tmp_path, before + again))
    assert curves.episodes.steps.tolist() == steps


def test_a_learner_that_goes_back_to_its_checkpoint_has_no_rate_there(folder: Path) -> None:
    """A count that falls is no speed."""
    write_lines(folder / LEARNER, [update(130.0, 150), update(140.0, 250)])
    curves = TrainingCurves(folder)
    assert curves.updates_per_s().values.tolist() == [50 / 6, 100 / 20, 100 / 10]
    assert curves.restarts.steps.tolist() == [40]
    assert curves.restarts.wall_s.tolist() == [30.0]


def test_a_run_in_one_go_has_no_restarts(folder: Path) -> None:
    """Nothing is marked."""
    assert TrainingCurves(folder).restarts.steps.size == 0


def test_an_actor_alone_has_its_episodes(folder: Path) -> None:
    """The learner's file is on another disk."""
    (folder / LEARNER).unlink()
    curves = TrainingCurves(folder)
    assert curves.episodes.curve(REWARD).values.size == 3
    assert curves.updates.curve("loss_critic").values.size == 0
    assert curves.updates_per_s().values.size == 0


def test_a_learner_alone_has_the_episodes_it_heard_of(tmp_path: Path) -> None:
    """The actor's file is on another disk."""
    heard = [episode(100.0, 10, **{REWARD: 0.0}), episode(110.0, 25, **{REWARD: 1.0})]
    curves = TrainingCurves(write_training(tmp_path, [], [heard[0], UPDATES[1], heard[1]]))
    assert curves.episodes.steps.tolist() == [10, 25]
    assert curves.episodes.wall_s.tolist() == [0.0, 10.0]
    assert curves.updates.steps.tolist() == [10]
    assert curves.restarts.steps.size == 0


def test_the_summary_says_how_far_it_has_come(folder: Path) -> None:
    """In a few words."""
    assert TrainingCurves(folder).summary() == "3 episodes, 40 steps, 0.4 min"


def test_a_folder_without_an_episode_is_one_line(tmp_path: Path) -> None:
    """With the names of the files that would have one."""
    with pytest.raises(NoEpisodesError, match=r"no episode yet in actor_metrics\.jsonl or learner"):
        TrainingCurves(tmp_path)


def test_an_episode_without_its_step_is_said(folder: Path) -> None:
    """Nobody knows where it stands."""
    write_lines(folder / ACTOR, [{"time_s": 130.0, REWARD: 1.0}])
    with pytest.raises(MetricsLinesError, match="line 4: 'Interaction step' is missing"):
        TrainingCurves(folder)
