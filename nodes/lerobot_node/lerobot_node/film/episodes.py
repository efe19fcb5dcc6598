"""The filmed episodes of a training, and which of them tell how it went."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dora_hil.errors import UserError
from dora_hil.stream.timestep import end_words
from dora_hil_datasets.curves.training import TrainingCurves
from lerobot_node.hil.film_thread import FILMS

_NAME: Final = re.compile(r"episode_(\d+)_seed_.*\.mp4")


class NoFilmsError(UserError):
    """A folder in which there is nothing to show."""


@dataclass(frozen=True)
class FilmedEpisode:
    """An episode of a training that was filmed.

    Attributes:
        path: the film.
        number: the first episode is 1.
        steps: environment steps of the training at its end.
        minutes: of the training at its end.
        helped: share of its steps that a person or the operator drove, 0 to 1.
        success: the task was solved.
        end: how it ended, for people.
    """

    path: Path
    number: int
    steps: int
    minutes: float
    helped: float
    success: bool
    end: str


@dataclass(frozen=True)
class Part:
    """Some episodes of one part of a training.

    Attributes:
        title: for people.
        episodes: in order, at least one.
    """

    title: str
    episodes: Sequence[FilmedEpisode]


def filmed_episodes(folder: Path) -> list[FilmedEpisode]:
    """Return the episodes of a training that have a film, in order.

    Raises:
        NoFilmsError: there is none, or no such folder.
        MetricsLinesError: the figures cannot be read.
    """
    if not folder.is_dir():
        raise NoFilmsError(f"{folder}: there is no such folder")
    # Of an episode that was driven anew after a learner's loss, the newest.
    paths = sorted((folder / FILMS).glob("*.mp4"), key=lambda path: path.stat().st_mtime_ns)
    films = {int(found[1]): path for path in paths if (found := _NAME.fullmatch(path.name))}
    if not films:
        raise NoFilmsError(
            f"{folder / FILMS}: no film of an episode; a training with cameras films one of "
            "FILM_EVERY=5 episodes, and 0 films none"
        )
    track = TrainingCurves(folder).episodes
    episodes = {
        int(row["episode"]): FilmedEpisode(
            films[row["episode"]],
            int(row["episode"]),
            int(steps),
            wall_s / 60.0,
            float(row.get("Intervention rate", 0.0)),
            bool(row.get("success")),
            end_words(str(row.get("end_reason", ""))),
        )
        for row, steps, wall_s in zip(track.rows, track.steps, track.wall_s, strict=True)
        if row.get("episode") in films
    }
    if not episodes:
        raise NoFilmsError(f"{folder}: its films are of other episodes than its figures")
    return [episodes[number] for number in sorted(episodes)]


def parts(episodes: Sequence[FilmedEpisode], each: int) -> list[Part]:
    """Return the first episodes, helped ones from between, and the last ones.

    Args:
        episodes: of a training, in order, at least one.
        each: at most so many of each part; fewer where there are not three times as many.
    """
    each = min(each, max(1, len(episodes) // 3))
    first, rest = episodes[:each], episodes[each:]
    last, between = rest[-each:], rest[:-each]
    helped = [episode for episode in between if episode.helped > 0]
    named = (
        ("The first episodes", first),
        ("Later, helped", _spread(helped, each)),
        ("The last episodes", last),
    )
    return [Part(title, some) for title, some in named if some]


def _spread(episodes: Sequence[FilmedEpisode], count: int) -> list[FilmedEpisode]:
    """Return so many, as far apart as may be; those at the ends of an even share of them."""
    count = min(count, len(episodes))
    return [episodes[(2 * place + 1) * len(episodes) // (2 * count)] for place in range(count)]
