"""Which episodes go and which stay."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.dataset.existing import ExistingDataset
from dora_hil_datasets.edit.deletion import Deletion, DeletionError

LENGTHS = (20, 31, 42)
RECORDS = tuple(
    EpisodeRecord(index, length, seed=100 + index, end_reason="success")
    for index, length in enumerate(LENGTHS)
)
INFO: Any = {"fps": 10, "features": {}}
EXISTING = ExistingDataset(Path("data"), INFO, LENGTHS, RECORDS)
UNKNOWN = replace(EXISTING, records=())


def test_the_episodes_that_stay_keep_their_seeds_under_new_numbers() -> None:
    """So that the missing ones can be recorded again from their own."""
    deletion = Deletion(EXISTING, [1])
    assert deletion.kept == (0, 2)
    assert [(r.episode_index, r.length, r.seed) for r in deletion.records] == [
        (0, 20, 100),
        (1, 42, 102),
    ]


def test_an_episode_that_is_named_twice_goes_once() -> None:
    """In whatever order."""
    assert Deletion(EXISTING, [2, 0, 2]).deleted == (0, 2)


def test_without_records_none_are_made_up() -> None:
    """The dataset is another's."""
    assert Deletion(UNKNOWN, [1]).records == []


@pytest.mark.parametrize("index", [-1, 3])
def test_an_episode_that_does_not_exist_is_named_with_those_that_do(index: int) -> None:
    """Before anything is done."""
    with pytest.raises(DeletionError, match=f"there is no episode {index}; there are 0 to 2"):
        Deletion(EXISTING, [0, index])


def test_all_episodes_cannot_be_deleted_and_the_text_says_what_to_do() -> None:
    """LeRobot has no empty datasets."""
    with pytest.raises(DeletionError, match=r"all 3 episodes of data.* remove or rename"):
        Deletion(EXISTING, [0, 1, 2])


def test_frames_seconds_outcome_and_seed_of_each_are_said(tmp_path: Path) -> None:
    """A number alone is easily the wrong one."""
    (tmp_path / "meta/episodes").mkdir(parents=True)
    text = "\n".join(Deletion(replace(EXISTING, root=tmp_path), [1]).lines())
    assert "delete episode 1: 31 frames, 3.1 s, success, seed 101" in text
    assert "2 episodes, 62 frames are left" in text


def test_an_episode_that_a_person_ended_is_said_to_be(tmp_path: Path) -> None:
    """Not `operator`, which is a node's name."""
    (tmp_path / "meta/episodes").mkdir(parents=True)
    records = tuple(replace(record, end_reason="operator") for record in EXISTING.records)
    existing = replace(EXISTING, root=tmp_path, records=records)
    assert "3.1 s, ended by a person, seed 101" in "\n".join(Deletion(existing, [1]).lines())
