"""Which episodes are suspicious."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.dataset.recorded_episode import RecordedEpisode
from dora_hil_datasets.report.flags import Findings, find


def _episode(
    index: int,
    length: int = 10,
    *,
    solved: bool = True,
    record: EpisodeRecord | None = None,
    **columns: Any,
) -> RecordedEpisode:
    success = np.zeros(length, dtype=bool)
    success[-1] = solved
    given = {
        "frame_index": np.arange(length),
        "action": np.linspace(0.0, 1.0, length, dtype=np.float32),
        "next.success": success,
    }
    return RecordedEpisode(index, 0, 10, ("push",), given | columns, record)


def _find(
    episodes: Sequence[RecordedEpisode],
    starts: Mapping[int, str] | None = None,
    unreadable: Mapping[int, str] | None = None,
) -> Findings:
    return find(episodes, ["action"], starts or {}, unreadable or {})


def _names(findings: Findings) -> dict[int, list[str]]:
    return {index: [flag.name for flag in flags] for index, flags in findings.flags.items()}


def test_ordinary_episodes_have_no_flags() -> None:
    """A flag is worth something only if most episodes have none."""
    findings = _find([_episode(i, 10 + i) for i in range(4)])
    assert not findings.flags
    assert not findings.warnings


@pytest.mark.parametrize(
    ("odd", "flag"),
    [
        (_episode(3, 4), "short"),
        # Solved late, too: one fact is one flag.
        (_episode(3, 21), "long"),
        # Imitation would learn the failure.
        (_episode(3, solved=False), "no success"),
        # The person fell asleep, or the arm was not switched on.
        (_episode(3, action=np.full(10, 0.5, dtype=np.float32)), "no motion"),
    ],
)
def test_an_episode_that_is_unlike_the_others_is_flagged(odd: RecordedEpisode, flag: str) -> None:
    """Less than half of the median length, or more than twice of it, for instance."""
    assert _names(_find([*(_episode(i) for i in range(3)), odd])) == {3: [flag]}


@pytest.mark.parametrize(
    ("solved", "starts", "warning"),
    [
        (False, {}, "No episode is marked as a success."),
        (True, {0: "a", 1: "a", 2: "a"}, "Every episode begins with the same observation."),
    ],
)
def test_what_holds_for_every_episode_is_a_warning_and_flags_none(
    starts: dict[int, str], warning: str, *, solved: bool
) -> None:
    """Probably nobody marked successes; or the block was never moved."""
    findings = _find([_episode(i, solved=solved) for i in range(3)], starts)
    assert not findings.flags
    assert findings.warnings == (warning,)


def test_an_episode_that_is_solved_late_is_flagged() -> None:
    """It wandered about before it got to the point."""
    early = np.arange(30) >= 9
    columns: dict[str, Any] = {"next.success": early}
    episodes = [_episode(i, 30, **columns) for i in range(3)]
    assert _names(_find([*episodes, _episode(3, 30)])) == {3: ["late success"]}


def test_without_a_column_for_success_nothing_is_said_about_it() -> None:
    """A dataset of another recorder need not have one."""
    bare = [_episode(index) for index in range(2)]
    columns = {n: column for n, column in bare[0].columns.items() if n != "next.success"}
    bare = [replace(episode, columns=columns) for episode in bare]
    assert not _find(bare).flags
    assert not _find(bare).warnings


def test_an_episode_that_nobody_drove_is_flagged_though_it_is_the_only_one() -> None:
    """There is no range of other episodes in which it would not move."""
    still = EpisodeRecord(0, 10, drivers={"hold": 10})
    assert _names(_find([_episode(0, record=still)])) == {0: ["nobody drove"]}
    driven = EpisodeRecord(0, 10, drivers={"hold": 9, "intervention_web": 1})
    assert not _names(_find([_episode(0, record=driven)]))


def test_an_episode_with_a_number_that_is_not_finite_is_flagged_with_its_place() -> None:
    """A NaN ends a training run hours later, without a word about where it came from."""
    action = np.linspace(0.0, 1.0, 10, dtype=np.float32)
    action[[6, 7]] = np.nan
    findings = _find([_episode(0), _episode(1, action=action)])
    (flag,) = findings.flags[1]
    assert (flag.name, flag.detail) == ("not finite", "action: 2 frame(s), first 6")


@pytest.mark.parametrize(("missed", "is_flagged"), [(3, True), (2, False)])
def test_missed_ticks_are_flagged_beyond_a_hiccup(missed: int, *, is_flagged: bool) -> None:
    """One in fifty frames is what a busy machine does."""
    record = EpisodeRecord(1, 100, missed_ticks=missed)
    names = _names(_find([_episode(0, 100), _episode(1, 100, record=record)]))
    assert names == ({1: ["missed ticks"]} if is_flagged else {})


def test_episodes_that_begin_alike_name_each_other() -> None:
    """A dataset that was merged with itself has every episode twice."""
    episodes = [_episode(i) for i in range(4)]
    findings = _find(episodes, starts={0: "a", 1: "b", 2: "a", 3: "a"})
    details = {i: flag.detail for i, (flag,) in findings.flags.items()}
    assert details == {
        0: "begins as episode 2, 3",
        2: "begins as episode 0, 3",
        3: "begins as episode 0, 2",
    }


def test_an_episode_whose_pictures_cannot_be_decoded_is_flagged_with_the_reason() -> None:
    """Training would stop there."""
    findings = _find([_episode(0), _episode(1)], unreadable={1: "invalid data"})
    (flag,) = findings.flags[1]
    assert (flag.name, flag.detail) == ("pictures unreadable", "invalid data")


def test_a_single_episode_is_not_compared_with_itself() -> None:
    """There is nothing to be unusual against."""
    assert not _find([_episode(0)], starts={0: "a"}).flags
