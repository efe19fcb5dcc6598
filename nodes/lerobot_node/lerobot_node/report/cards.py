"""What the report shows of one episode."""

from collections.abc import Sequence
from typing import Final

from lerobot_node.dataset.recorded_episode import RecordedEpisode
from lerobot_node.report.charts import HEIGHT, polylines, runs
from lerobot_node.report.flags import Flag
from lerobot_node.report.page import Card, Vector, number, percent, seconds
from lerobot_node.report.thumbnails import EpisodePictures

RATE_TOLERANCE: Final = 0.05
"""A clock that was off by less than this share of the dataset's rate is not mentioned."""


def make_card(
    episode: RecordedEpisode,
    pictures: EpisodePictures,
    flags: Sequence[Flag],
    action: Vector | None,
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
        longest: frames of the longest episode.
        names_task: the episodes have different tasks.
    """
    driven = episode.interventions
    return Card(
        index=episode.index,
        length=episode.length,
        bar=round(HEIGHT * episode.length / longest, 1),
        outcome=episode.outcome,
        flags=flags,
        facts=_facts(episode, names_task),
        cameras=[(short_name(name), shown) for name, shown in pictures.thumbnails.items() if shown],
        lines=() if action is None else _lines(episode, action),
        success_frame=episode.success_frame,
        reward_sum=episode.reward_sum,
        person_share=None if driven is None else float(driven.mean()),
        person_runs=() if driven is None else runs(driven),
    )


def _lines(episode: RecordedEpisode, action: Vector) -> list[list[str]]:
    columns = episode.columns[action.name].reshape(episode.length, -1).T
    return [
        polylines(column, dimension.low, dimension.high)
        for column, dimension in zip(columns, action.dimensions, strict=True)
    ]


def _facts(episode: RecordedEpisode, names_task: bool) -> list[tuple[str, str]]:
    facts = [("length", f"{episode.length} frames, {seconds(episode.length, episode.fps)}")]
    if episode.reward_sum is not None:
        facts.append(("sum of rewards", number(episode.reward_sum)))
    if episode.interventions is not None:
        facts.append(("a person drove", percent(float(episode.interventions.mean()))))
    if names_task:
        facts.append(("task", " · ".join(episode.tasks)))
    record = episode.record
    if record is None:
        return facts
    if record.end_reason not in ("", episode.outcome):
        facts.append(("ended by", record.end_reason.replace("_", " ")))
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
