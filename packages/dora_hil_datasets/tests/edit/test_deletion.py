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


def test_all_episodes_cannot_be_deleted_and_the_text_says_what_to_do() -> None:
    """LeRobot has no empty datasets."""
    with pytest.raises(DeletionError, match=r"all 3 episodes of data.* remove or rename"):
        Deletion(EXISTING, [0, 1, 2])


@pytest.mark.parametrize(
    ("reason", "said"), [("success", "success"), ("operator", "ended by a person")]
)
def test_frames_seconds_outcome_and_seed_of_each_are_said(reason: str, said: str) -> None:
    """A number alone is easily the wrong one; `operator` is a node's name."""
    records = tuple(replace(record, end_reason=reason) for record in RECORDS)
    text = "\n".join(Deletion(replace(EXISTING, records=records), [1]).lines())
    assert f"delete episode 1: 31 frames, 3.1 s, {said}, seed 101" in text
    assert "2 episodes, 62 frames are left" in text
