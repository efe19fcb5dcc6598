"""A dataset that is made of parts of the episodes of others."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from lerobot.datasets import LeRobotDataset

from dora_hil_datasets.dataset.config import DatasetConfig
from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.dataset.existing import video_keys
from dora_hil_datasets.dataset.local import LocalDataset
from dora_hil_datasets.dataset.pictures import read_pictures
from dora_hil_datasets.dataset.recorded_episode import RecordedEpisode, read_episodes
from dora_hil_datasets.dataset.store import DatasetStore
from dora_hil_datasets.edit.aside import written_aside
from dora_hil_datasets.edit.session import EditError
from dora_hil_datasets.edit.with_lerobot import own_cache

_COUNTERS: Final = ("timestamp", "frame_index", "episode_index", "index", "task_index")
"""Columns that LeRobot fills."""


@dataclass(frozen=True)
class Segment:
    """Rows of an episode that become an episode of their own.

    Attributes:
        source: number of the dataset that they are from.
        episode: number of the episode in it.
        first, end: its rows from `first` on, before `end`.
    """

    source: int
    episode: int
    first: int
    end: int


def write_segments(
    sources: Sequence[LocalDataset],
    segments: Sequence[Segment],
    new_root: Path,
    repo_id: str,
    notes: Mapping[str, str] | None = None,
) -> None:
    """Write them as the episodes of a new dataset, in order; the sources are only read.

    Pictures are encoded again: a part of a video that others share cannot be copied.

    Args:
        sources: with the same columns and rate.
        segments: at least one.
        new_root: where the dataset goes; the folder does not exist yet.
        repo_id: LeRobot's name of it.
        notes: texts that go with it, by their path in it.

    Raises:
        EditError: the folder exists, or the sources do not fit one another.
    """
    first = sources[0].existing
    for other in sources[1:]:
        _check_fits(sources[0], other)
    features = {n: f for n, f in first.features.items() if n not in _COUNTERS}
    config = DatasetConfig(repo_id=repo_id, video=bool(video_keys(first.info)))
    body = str(first.info.get("robot_type") or "")
    with own_cache(), written_aside(new_root) as beside:
        opened = [_Opened(source) for source in sources]
        store = DatasetStore(replace(config, root=beside), None)
        for number, segment in enumerate(segments):
            source = opened[segment.source]
            store.begin(features, first.fps, body)
            for row in source.rows(segment):
                store.add(row)
            store.save(source.record(segment, number))
        for name, text in (notes or {}).items():
            (beside / name).write_text(text, encoding="utf-8")


class _Opened:
    """A dataset of which rows are taken."""

    def __init__(self, local: LocalDataset) -> None:
        self._dataset: LeRobotDataset = local.open()
        self._episodes = read_episodes(self._dataset, local.records)
        # LeRobot numbers the sentences of its table.
        self._sentences = list(self._dataset.meta.tasks.index)

    def rows(self, segment: Segment) -> Iterator[dict[str, Any]]:
        """Yield what `LeRobotDataset.add_frame` takes."""
        episode = self._episodes[segment.episode]
        numbers = {n: c for n, c in episode.columns.items() if n not in _COUNTERS}
        for frame in range(segment.first, segment.end):
            values = {name: column[frame].reshape(-1) for name, column in numbers.items()}
            pictures = read_pictures(self._dataset, episode.first_row + frame)
            task = self._sentences[int(episode.columns["task_index"][frame])]
            yield {**values, **pictures, "task": task}

    def record(self, segment: Segment, number: int) -> EpisodeRecord:
        """Return what is known of the new episode."""
        episode = self._episodes[segment.episode]
        known = episode.record or EpisodeRecord(segment.episode, episode.length)
        return replace(
            known,
            episode_index=number,
            length=segment.end - segment.first,
            success=known.success and segment.end == episode.length,
            interventions=_driven(episode, segment),
            drivers={},
        )


def _driven(episode: RecordedEpisode, segment: Segment) -> int:
    driven = episode.interventions
    return 0 if driven is None else int(driven[segment.first : segment.end].sum())


def _check_fits(one: LocalDataset, other: LocalDataset) -> None:
    a, b = one.existing, other.existing
    if a.fps != b.fps:
        raise EditError(f"{one.root} has {a.fps} frames per second, {other.root} {b.fps}")
    for name in sorted({*a.features, *b.features}):
        mine, theirs = (_shape(existing.features.get(name)) for existing in (a, b))
        if mine != theirs:
            raise EditError(f"{name} is {mine} in {one.root}, {theirs} in {other.root}")


def _shape(feature: Any) -> str:
    """Return what has to be alike of a column, for people; a picture may be stored either way."""
    if feature is None:
        return "missing"
    dtype = "image" if feature["dtype"] == "video" else feature["dtype"]
    return f"{dtype} {list(feature['shape'])} {feature.get('names') or ''}".strip()
