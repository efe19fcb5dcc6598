"""What the report shows of one episode."""

from collections.abc import Sequence
from typing import Final

from dora_hil.stream.timestep import HOLD, end_words
from dora_hil_datasets.dataset.recorded_episode import PERSON, RecordedEpisode
from dora_hil_datasets.report.axes import Axis
from dora_hil_datasets.report.charts import HEIGHT, polylines, runs
from dora_hil_datasets.report.flags import Flag
from dora_hil_datasets.report.page import Card, Vector, number, percent, seconds
from dora_hil_datasets.report.thumbnails import EpisodePictures

RATE_TOLERANCE: Final = 0.05
"""A clock that was off by less than this share of the dataset's rate is not mentioned."""


def make_card(
    episode: RecordedEpisode,
    pictures: EpisodePictures,
    flags: Sequence[Flag],
    action: Vector | None,
    axes: Sequence[Axis] = (),
    *,
    longest: int,
    names_task: bool,
) -> Card:
    """Put together what is shown of an episode.

    Args:
        episode: its numbers.
        pictures: its thumbnails.
        flags: what makes it suspicious.
        action: over the whole dataset, None where there is none.
        axes: what its dimensions are drawn to.
        longest: frames of the longest episode.
        names_task: the episodes have different tasks.
    """
    driven = episode.by_person
    return Card(
        index=episode.index,
        length=episode.length,
        bar=round(HEIGHT * episode.length / longest, 1),
        outcome=episode.outcome,
        flags=flags,
        facts=_facts(episode, names_task),
        cameras=[
            (short_name(name), shown, pictures.sprites.get(name))
            for name, shown in pictures.thumbnails.items()
            if shown
        ],
        lines=() if action is None else _lines(episode, action, axes),
        success_frame=episode.success_frame,
        reward_sum=episode.reward_sum,
        person_share=None if driven is None else float(driven.mean()),
        person_runs=() if driven is None else runs(driven),
    )


def _lines(episode: RecordedEpisode, action: Vector, axes: Sequence[Axis]) -> list[list[str]]:
    columns = episode.columns[action.name].reshape(episode.length, -1).T
    scales = {index: axis for axis in axes for index in axis.dimensions}
    return [
        polylines(column, scales[index].low, scales[index].high)
        for index, column in enumerate(columns)
    ]


def drove(episode: RecordedEpisode) -> str:
    """Return what can be said of a person's share; older recordings know only who overrode."""
    return "a person had the arm" if episode.drivers else "a person took over"


def _drivers(episode: RecordedEpisode) -> str:
    """Return who drove, and which share of the frames."""
    named = {"action": "what is wired to action", HOLD: "at rest"}
    ranked = sorted(episode.drivers.items(), key=lambda item: -item[1])
    return ", ".join(
        f"{named.get(name, name.removeprefix(PERSON))} {percent(count / episode.length)}"
        for name, count in ranked
    )


def _facts(episode: RecordedEpisode, names_task: bool) -> list[tuple[str, str]]:
    facts = [("length", f"{episode.length} frames, {seconds(episode.length, episode.fps)}")]
    if episode.reward_sum is not None:
        facts.append(("sum of rewards", number(episode.reward_sum)))
    driven = episode.by_person
    if driven is not None:
        facts.append((drove(episode), percent(float(driven.mean()))))
    if len(episode.drivers) > 1:
        facts.append(("driven by", _drivers(episode)))
    if names_task:
        facts.append(("task", " · ".join(episode.tasks)))
    record = episode.record
    if record is None:
        return facts
    if record.end_reason not in ("", episode.outcome):
        facts.append(("end", end_words(record.end_reason)))
    if record.seed >= 0:
        facts.append(("seed", str(record.seed)))
    for label, count in (
        ("missed ticks", record.missed_ticks),
        ("late answers", record.late),
        ("safety stepped in", record.safety),
    ):
        if count:
            facts.append((label, str(count)))
    if record.rate_hz and abs(record.rate_hz / episode.fps - 1.0) > RATE_TOLERANCE:
        facts.append(("captured at", f"{record.rate_hz:.1f} Hz"))
    return facts


def short_name(camera: str) -> str:
    """Return a camera's name without the prefix that all have."""
    return camera.removeprefix("observation.images.").removeprefix("observation.")
