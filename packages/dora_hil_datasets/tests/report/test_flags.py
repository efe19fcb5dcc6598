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
    index: int, length: int = 10, *, solved: bool = True, **columns: Any
) -> RecordedEpisode:
    success = np.zeros(length, dtype=bool)
    success[-1] = solved
    given = {
        "frame_index": np.arange(length),
        "action": np.linspace(0.0, 1.0, length, dtype=np.float32),
        "next.success": success,
    }
    return RecordedEpisode(index, 0, 10, ("push",), given | columns)


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


@pytest.mark.parametrize(("length", "flag"), [(4, "short"), (21, "long")])
def test_an_episode_of_unusual_length_is_flagged(length: int, flag: str) -> None:
    """Less than half of the median, or more than twice of it."""
    episodes = [*(_episode(i) for i in range(3)), _episode(3, length, solved=False)]
    assert flag in _names(_find(episodes))[3]


def test_an_episode_that_is_solved_late_is_flagged() -> None:
    """It wandered about before it got to the point."""
    early = np.arange(30) >= 9
    columns: dict[str, Any] = {"next.success": early}
    episodes = [_episode(i, 30, **columns) for i in range(3)]
    assert _names(_find([*episodes, _episode(3, 30)])) == {3: ["late success"]}


def test_a_long_episode_is_not_called_late_besides() -> None:
    """One fact is one flag."""
    assert _names(_find([*(_episode(i) for i in range(3)), _episode(3, 21)])) == {3: ["long"]}


def test_an_episode_that_is_not_solved_among_others_that_are_is_flagged() -> None:
    """Imitation would learn the failure."""
    findings = _find([_episode(0), _episode(1, solved=False), _episode(2)])
    assert _names(findings) == {1: ["no success"]}


def test_a_dataset_in_which_nothing_is_solved_is_warned_about_as_a_whole() -> None:
    """Flagging everything would hide the rest: probably nobody marked successes."""
    findings = _find([_episode(i, solved=False) for i in range(3)])
    assert not findings.flags
    assert findings.warnings == ("No episode is marked as a success.",)


def test_without_a_column_for_success_nothing_is_said_about_it() -> None:
    """A dataset of another recorder need not have one."""
    bare = []
    for index in range(2):
        columns = dict(_episode(index).columns)
        del columns["next.success"]
        bare.append(RecordedEpisode(index, 0, 10, (), columns))
    assert not _find(bare).flags
    assert not _find(bare).warnings


def test_an_episode_in_which_nothing_moves_is_flagged() -> None:
    """The person fell asleep, or the arm was not switched on."""
    still = _episode(1, action=np.full(10, 0.5, dtype=np.float32))
    assert _names(_find([_episode(0), still])) == {1: ["no motion"]}


def test_an_episode_that_nobody_drove_is_flagged_though_it_is_the_only_one() -> None:
    """There is no range of other episodes in which it would not move."""
    record = EpisodeRecord(0, 10, drivers={"hold": 10})
    episode = RecordedEpisode(0, 0, 10, (), _episode(0).columns, record)
    assert _names(_find([episode])) == {0: ["nobody drove"]}
    driven = replace(record, drivers={"hold": 9, "intervention_web": 1})
    assert not _names(_find([replace(episode, record=driven)]))


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
    columns = _episode(1, 100).columns
    episode = RecordedEpisode(1, 0, 10, (), columns, record)
    names = _names(_find([_episode(0, 100), episode]))
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


def test_a_dataset_in_which_all_begin_alike_is_warned_about_as_a_whole() -> None:
    """The block was never moved: a policy will find it in one place only."""
    findings = _find([_episode(i) for i in range(3)], starts=dict.fromkeys(range(3), "a"))
    assert not findings.flags
    assert findings.warnings == ("Every episode begins with the same observation.",)


def test_an_episode_whose_pictures_cannot_be_decoded_is_flagged_with_the_reason() -> None:
    """Training would stop there."""
    findings = _find([_episode(0), _episode(1)], unreadable={1: "invalid data"})
    (flag,) = findings.flags[1]
    assert (flag.name, flag.detail) == ("pictures unreadable", "invalid data")


def test_a_single_episode_is_not_compared_with_itself() -> None:
    """There is nothing to be unusual against."""
    assert not _find([_episode(0)], starts={0: "a"}).flags
