"""Which episodes begin alike."""

from typing import Any

import numpy as np
import pytest

from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.dataset.recorded_episode import RecordedEpisode
from dora_hil_datasets.report.initial_state import initial_state_key


def _key(
    digest: str = "", *, has_video: bool = False, seed: int | None = None, **columns: Any
) -> str | None:
    """Return the key of an episode with these pictures, this seed and these observations."""
    arrays: dict[str, Any] = {
        f"observation.{name}": np.array(rows, dtype=np.float32) for name, rows in columns.items()
    }
    record = None if seed is None else EpisodeRecord(0, 2, seed=seed)
    episode = RecordedEpisode(0, 0, 10, (), arrays | {"frame_index": np.arange(2)}, record)
    return initial_state_key(episode, digest, has_video=has_video)


def test_the_first_observation_tells() -> None:
    """A joint stands elsewhere, or only the picture shows where the block lies.

    What comes later does not matter.
    """
    first = _key(state=[[0.1, 0.2], [0.3, 0.4]])
    assert first == _key(state=[[0.1, 0.2], [0.9, 0.9]])
    assert first != _key(state=[[0.1, 0.3], [0.3, 0.4]])
    assert first != _key("a picture", state=[[0.1, 0.2], [0.3, 0.4]])


@pytest.mark.parametrize("seed", [None, -1])
def test_beside_videos_the_arm_alone_does_not_tell(seed: int | None) -> None:
    """Two encodings of one picture differ, the arm is at home always; a seed of -1 is none."""
    assert _key(state=[[0.1, 0.2]], has_video=True, seed=seed) is None


def test_beside_videos_the_seed_tells() -> None:
    """A simulator places everything by it."""
    keys = [_key(state=[[0.1]], has_video=True, seed=seed) for seed in (7, 7, 8)]
    assert keys[0] == keys[1] != keys[2]


def test_beside_videos_the_environment_state_tells() -> None:
    """It says where the block lies."""
    places = ([0.5, 0.0, 0.02], [0.5, 0.1, 0.02])
    one, other = (_key(state=[[0.1]], environment_state=[p], has_video=True) for p in places)
    assert None not in (one, other)
    assert one != other
