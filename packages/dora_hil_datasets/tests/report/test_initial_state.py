"""Which episodes begin alike."""

from typing import Any

import numpy as np

from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.dataset.recorded_episode import RecordedEpisode
from dora_hil_datasets.report.initial_state import initial_state_key


def _episode(seed: int | None = None, **columns: list[list[float]]) -> RecordedEpisode:
    arrays: dict[str, Any] = {
        f"observation.{name}": np.array(rows, dtype=np.float32) for name, rows in columns.items()
    }
    record = None if seed is None else EpisodeRecord(0, 2, seed=seed)
    return RecordedEpisode(0, 0, 10, (), arrays | {"frame_index": np.arange(2)}, record)


def test_the_same_first_observation_gives_the_same_key() -> None:
    """What comes later does not matter."""
    one = _episode(state=[[0.1, 0.2], [0.3, 0.4]])
    other = _episode(state=[[0.1, 0.2], [0.9, 0.9]])
    assert initial_state_key(one, "", has_video=False) == initial_state_key(
        other, "", has_video=False
    )


def test_another_first_vector_gives_another_key() -> None:
    """A joint stands elsewhere."""
    one, other = _episode(state=[[0.1, 0.2]]), _episode(state=[[0.1, 0.3]])
    assert initial_state_key(one, "", has_video=False) != initial_state_key(
        other, "", has_video=False
    )


def test_another_first_picture_gives_another_key() -> None:
    """The arm is at home always: only the picture shows where the block lies."""
    episode = _episode(state=[[0.1, 0.2]])
    assert initial_state_key(episode, "a", has_video=False) != initial_state_key(
        episode, "b", has_video=False
    )


def test_beside_videos_the_arm_alone_does_not_tell() -> None:
    """Two encodings of one picture differ, and the arm is at home in every episode."""
    assert initial_state_key(_episode(state=[[0.1, 0.2]]), "", has_video=True) is None


def test_beside_videos_the_seed_tells() -> None:
    """A simulator places everything by it."""
    one, other, third = (_episode(seed, state=[[0.1]]) for seed in (7, 7, 8))
    keys = [initial_state_key(e, "", has_video=True) for e in (one, other, third)]
    assert keys[0] == keys[1] != keys[2]


def test_beside_videos_a_missing_seed_does_not_tell() -> None:
    """A seed of -1 is none."""
    assert initial_state_key(_episode(-1, state=[[0.1]]), "", has_video=True) is None


def test_beside_videos_the_environment_state_tells() -> None:
    """It says where the block lies."""
    one = _episode(state=[[0.1]], environment_state=[[0.5, 0.0, 0.02]])
    other = _episode(state=[[0.1]], environment_state=[[0.5, 0.1, 0.02]])
    assert initial_state_key(one, "", has_video=True) is not None
    assert initial_state_key(one, "", has_video=True) != initial_state_key(
        other, "", has_video=True
    )
