"""Episodes as numbers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small_dataset

from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.dataset.local import LocalDataset
from dora_hil_datasets.dataset.recorded_episode import (
    INTERVENTION,
    Outcome,
    RecordedEpisode,
    read_episodes,
    vectors,
)


@pytest.fixture
def local(small: Path) -> LocalDataset:
    """Return the small dataset."""
    return LocalDataset(small_dataset.REPO_ID, small)


def _episode(**columns: list[Any]) -> RecordedEpisode:
    arrays = {name.replace("__", "."): np.array(values) for name, values in columns.items()}
    return RecordedEpisode(0, 0, 10, (), {"frame_index": np.arange(3), **arrays})


def test_every_episode_is_read_with_its_own_frames(local: LocalDataset) -> None:
    """Their number, length, first row and actions are those that were written.

    Pictures are not read: decoding is somebody else's, who knows which frames are needed.
    """
    episodes = read_episodes(local.open(), local.records)
    assert [(e.index, e.length) for e in episodes] == [
        (i, made.length) for i, made in enumerate(small_dataset.EPISODES)
    ]
    assert [e.first_row for e in episodes] == [0, 10, 22, 26, 37]
    assert episodes[3].columns["action"][2, 0] == pytest.approx(0.32)
    assert small_dataset.CAMERA not in episodes[0].columns


def test_of_some_opened_episodes_the_rows_are_those_of_the_opened_dataset(
    local: LocalDataset,
) -> None:
    """`dataset[first_row]` is the episode's first frame, whatever was left out before it."""
    dataset = local.open([1, 4])
    last = read_episodes(dataset, local.records)[-1]
    assert last.index == 4
    assert dataset[last.first_row]["episode_index"] == 4
    assert dataset[last.first_row]["frame_index"] == 0


def test_an_episode_knows_its_task_and_what_the_recorder_noted(local: LocalDataset) -> None:
    """Both belong to the episode, not to the opened part of the dataset."""
    (episode,) = read_episodes(local.open([3]), local.records)
    assert episode.tasks == ("push the bar",)
    assert episode.record is not None
    assert (episode.record.seed, episode.record.end_reason) == (3, "time_limit")


@pytest.mark.parametrize(
    ("columns", "outcome"),
    [
        ({"next__success": [False, False, True], "next__done": [False, False, True]}, "success"),
        ({"next__success": [False] * 3, "next__truncated": [False, False, True]}, "truncated"),
        ({"next__success": [False] * 3, "next__done": [False, False, True]}, "failure"),
        ({"next__done": [False, False, True]}, "ended"),
        ({}, "unknown"),
    ],
)
def test_the_outcome_is_what_the_columns_say(columns: dict[str, Any], outcome: str) -> None:
    """A dataset without `next.success` is not accused of failures."""
    assert _episode(**columns).outcome is Outcome(outcome)


@pytest.mark.parametrize(("success", "frame"), [([False, True, True], 1), ([False] * 3, None)])
def test_the_success_frame_is_the_first_one(success: list[bool], frame: int | None) -> None:
    """An episode may go on after it; without success it is none, not frame 0."""
    assert _episode(next__success=success).success_frame == frame


def test_rewards_are_summed_and_what_a_dataset_lacks_is_not_known() -> None:
    """Undiscounted. None is not 0: no column for rewards is not a reward of 0."""
    assert _episode(next__reward=[0.0, 0.5, 1.0]).reward_sum == 1.5
    assert _episode().reward_sum is None
    assert _episode().interventions is None


def test_interventions_are_told_frame_by_frame(local: LocalDataset) -> None:
    """They are drawn as a band over time."""
    episode = read_episodes(local.open([4]))[0]
    assert episode.interventions is not None
    assert np.flatnonzero(episode.interventions).tolist() == [3, 4, 5, 6]
    assert episode.columns[INTERVENTION].dtype == np.bool_


@pytest.mark.parametrize(
    ("drivers", "driven"),
    [
        ({"intervention_keyboard": 2, "hold": 1}, [True, True, True]),
        ({"intervention_web": 1, "intervention_gamepad": 2}, [True, True, True]),
        ({"intervention_web": 1, "action": 2}, [False, True, False]),
        ({"action": 3}, [False, True, False]),
        ({"hold": 3}, [False, True, False]),
        ({}, [False, True, False]),
    ],
)
def test_a_person_who_drives_alone_drives_from_end_to_end(
    drivers: dict[str, int], driven: list[bool]
) -> None:
    """Nobody is overridden then; beside a policy it is the frames in which one is."""
    columns = {"frame_index": np.arange(3), INTERVENTION: np.array([False, True, False])}
    record = EpisodeRecord(0, 3, drivers=drivers)
    by_person = RecordedEpisode(0, 0, 10, (), columns, record).by_person
    assert by_person is not None
    assert by_person.tolist() == driven


def test_the_dimensions_of_vectors_have_the_features_names() -> None:
    """Only of what was done and what was observed; pictures are no vectors."""
    features: dict[str, dict[str, Any]] = {
        "action": {"dtype": "float32", "shape": (2,), "names": ["x_m", "y_m"]},
        "observation.state": {"dtype": "float32", "shape": (2,), "names": None},
        "observation.images.front": {"dtype": "video", "shape": (4, 4, 3), "names": None},
        "next.reward": {"dtype": "float32", "shape": (1,), "names": None},
    }
    assert vectors(features) == {"action": ["x_m", "y_m"], "observation.state": ["0", "1"]}
