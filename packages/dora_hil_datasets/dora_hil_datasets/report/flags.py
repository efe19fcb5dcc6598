"""What makes an episode worth a look before anything is trained on it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from lerobot.utils.constants import SUCCESS
from numpy.typing import NDArray

from dora_hil.stream.timestep import HOLD
from dora_hil_datasets.dataset.recorded_episode import Outcome, RecordedEpisode

LENGTH_RATIO: Final = 2.0
"""Shorter or longer than the median by more than this factor."""
LATE_RATIO: Final = 2.0
"""Solved later than the median by more than this factor."""
STILL_SHARE: Final = 0.02
"""Of a dimension's range over the dataset: an episode that stays within it does not move."""
MISSED_SHARE: Final = 0.02
"""Of an episode's frames: missed ticks beyond it are more than a hiccup."""


@dataclass(frozen=True)
class Flag:
    """Something suspicious about one episode.

    Attributes:
        name: a word or two.
        detail: the figures behind it.
    """

    name: str
    detail: str


@dataclass(frozen=True)
class Findings:
    """What was found.

    Attributes:
        flags: by episode; only those that have any.
        warnings: what holds for every episode, and therefore flags none.
    """

    flags: Mapping[int, tuple[Flag, ...]]
    warnings: tuple[str, ...]


Finding = tuple[int, Flag]


def find(
    episodes: Sequence[RecordedEpisode],
    vectors: Sequence[str],
    starts: Mapping[int, str],
    unreadable: Mapping[int, str],
) -> Findings:
    """Look for suspicious episodes.

    Args:
        episodes: all of the dataset.
        vectors: the features in which motion shows; see `recorded_episode.vectors`.
        starts: a key of what an episode began with, by episode; see `initial_state_key`.
        unreadable: by episode, why its pictures could not be decoded.
    """
    warnings = []
    found = [
        *((index, Flag("pictures unreadable", why)) for index, why in unreadable.items()),
        *_not_finite(episodes),
        *_undriven(episodes),
        *_still(episodes, vectors),
        *_unusual_length(episodes),
        *_late_success(episodes),
        *_missed_ticks(episodes),
    ]
    unsolved = [e for e in episodes if _is_unsolved(e)]
    if len(unsolved) == len(episodes) > 1:
        warnings.append("No episode is marked as a success.")
    else:
        found += [(e.index, Flag("no success", e.outcome)) for e in unsolved]
    if len(starts) == len(episodes) > 1 and len(set(starts.values())) == 1:
        warnings.append("Every episode begins with the same observation.")
    else:
        found += _same_start(starts)
    flags: dict[int, list[Flag]] = {}
    for index, flag in found:
        flags.setdefault(index, []).append(flag)
    return Findings({index: tuple(flags[index]) for index in sorted(flags)}, tuple(warnings))


def _not_finite(episodes: Sequence[RecordedEpisode]) -> Iterator[Finding]:
    for episode in episodes:
        for name, column in episode.columns.items():
            bad = ~np.isfinite(column).reshape(len(column), -1).all(axis=1)
            if bad.any():
                yield (
                    episode.index,
                    Flag("not finite", f"{name}: {bad.sum()} frame(s), first {bad.argmax()}"),
                )


def _undriven(episodes: Sequence[RecordedEpisode]) -> Iterator[Finding]:
    """Find what nobody drove, which shows without another episode to compare it with."""
    for episode in episodes:
        if set(episode.drivers) == {HOLD}:
            yield episode.index, Flag("nobody drove", f"{episode.length} frames at rest")


def _still(episodes: Sequence[RecordedEpisode], vectors: Sequence[str]) -> Iterator[Finding]:
    detail = f"within {STILL_SHARE:.0%} of the dataset's range"
    whole = {v: _span(np.concatenate([e.columns[v] for e in episodes])) for v in vectors}
    for episode in episodes:
        spans = [(_span(episode.columns[v]), whole[v]) for v in vectors]
        if spans and all((span <= STILL_SHARE * limit).all() for span, limit in spans):
            yield episode.index, Flag("no motion", detail)


def _span(column: NDArray[Any]) -> NDArray[np.float64]:
    """Return how far each dimension moves, float64[d]; not finite numbers do not count."""
    values = column.reshape(len(column), -1).astype(np.float64)
    is_finite = np.isfinite(values)
    high = np.where(is_finite, values, -np.inf).max(axis=0)
    low = np.where(is_finite, values, np.inf).min(axis=0)
    return np.asarray(np.maximum(high - low, 0.0))


def _unusual_length(episodes: Sequence[RecordedEpisode]) -> Iterator[Finding]:
    median = float(np.median([e.length for e in episodes]))
    for episode in episodes:
        detail = f"{episode.length} frames, median {median:g}"
        if episode.length * LENGTH_RATIO < median:
            yield episode.index, Flag("short", detail)
        elif episode.length > LENGTH_RATIO * median:
            yield episode.index, Flag("long", detail)


def _late_success(episodes: Sequence[RecordedEpisode]) -> Iterator[Finding]:
    """Find what is solved late in an episode of ordinary length; of a long one it goes without."""
    long = {index for index, flag in _unusual_length(episodes) if flag.name == "long"}
    frames = {e.index: e.success_frame + 1 for e in episodes if e.success_frame is not None}
    median = float(np.median(list(frames.values()))) if frames else 0.0
    for index, frame in frames.items():
        if index not in long and frame > LATE_RATIO * median:
            yield index, Flag("late success", f"after {frame} frames, median {median:g}")


def _missed_ticks(episodes: Sequence[RecordedEpisode]) -> Iterator[Finding]:
    for episode in episodes:
        missed = episode.record.missed_ticks if episode.record else 0
        if missed > MISSED_SHARE * episode.length:
            yield episode.index, Flag("missed ticks", f"{missed} in {episode.length} frames")


def _is_unsolved(episode: RecordedEpisode) -> bool:
    return SUCCESS in episode.columns and episode.outcome is not Outcome.SUCCESS


def _same_start(starts: Mapping[int, str]) -> Iterator[Finding]:
    alike: dict[str, list[int]] = {}
    for index, key in starts.items():
        alike.setdefault(key, []).append(index)
    for group in alike.values():
        for index in group if len(group) > 1 else ():
            others = ", ".join(str(other) for other in group if other != index)
            yield index, Flag("same start", f"begins as episode {others}")
