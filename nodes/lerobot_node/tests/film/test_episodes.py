"""Which episodes tell how a training went."""

import os
from pathlib import Path

import pytest
from filmed_training import write_film, write_filmed_training

from lerobot_node.film.episodes import FilmedEpisode, NoFilmsError, filmed_episodes, parts


def episode(number: int, helped: float = 0.5) -> FilmedEpisode:
    """Return an episode."""
    return FilmedEpisode(Path(), number, 10 * number, 1.0, helped, True, "success")


def chosen(episodes: list[FilmedEpisode], each: int) -> dict[str, list[int]]:
    """Return the numbers of each part."""
    return {p.title: [e.number for e in p.episodes] for p in parts(episodes, each)}


def test_an_episode_is_told_by_the_figures_of_its_training(tmp_path: Path) -> None:
    """How far the training was at its end, who helped, and how it went."""
    first, fourth = filmed_episodes(write_filmed_training(tmp_path, [4, 1]))
    assert (first.number, first.steps, first.helped, first.success) == (1, 10, 1.0, True)
    assert (fourth.number, fourth.steps, fourth.helped, fourth.success) == (4, 40, 0.25, False)
    assert fourth.minutes == pytest.approx(4 / 60)
    assert fourth.path.name == "episode_004_seed_4_success.mp4"


def test_of_an_episode_that_was_driven_again_the_newest_film_counts(tmp_path: Path) -> None:
    """After a learner's loss the actor goes on from an earlier episode."""
    write_filmed_training(tmp_path, [1])
    newer = write_film(tmp_path / "films" / "episode_001_seed_1_time_limit.mp4")
    os.utime(newer, (2e9, 2e9))
    assert [e.path.name for e in filmed_episodes(tmp_path)] == [newer.name]


def test_a_film_that_is_being_written_and_other_files_are_passed_over(tmp_path: Path) -> None:
    """`running.mp4` is the actor's, until the episode is over."""
    write_filmed_training(tmp_path, [2])
    for name in ("running.mp4", "mine.mp4", "notes.txt"):
        (tmp_path / "films" / name).write_text("")
    assert [e.number for e in filmed_episodes(tmp_path)] == [2]


def test_first_helped_and_last_episodes_are_chosen() -> None:
    """Those that were helped as far apart as may be; one without help is not among them."""
    episodes = [episode(n, helped=0.0 if n % 2 else 0.5) for n in range(1, 21)]
    assert chosen(episodes, 3) == {
        "The first episodes": [1, 2, 3],
        "Later, helped": [6, 10, 14],
        "The last episodes": [18, 19, 20],
    }


@pytest.mark.parametrize(
    ("filmed", "expected"),
    [(1, [[1]]), (2, [[1], [2]]), (3, [[1], [2], [3]]), (8, [[1, 2], [4, 6], [7, 8]])],
)
def test_few_episodes_are_shown_once(filmed: int, expected: list[list[int]]) -> None:
    """A part without any is left out."""
    assert list(chosen([episode(n + 1) for n in range(filmed)], 3).values()) == expected


@pytest.mark.parametrize(
    ("filmed", "says"),
    # The variable and its default; films of another training, of which nobody knows the figures.
    [([], r"no film of an episode.*FILM_EVERY=5"), ([30], "of other episodes")],
)
def test_a_training_without_films_of_its_own_is_not_shown(
    tmp_path: Path, filmed: list[int], says: str
) -> None:
    """It says how there come to be some, or what these are."""
    with pytest.raises(NoFilmsError, match=says):
        filmed_episodes(write_filmed_training(tmp_path, filmed, episodes=2))
