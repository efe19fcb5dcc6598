"""What a replay config may say."""

import json
from pathlib import Path
from typing import Any

import pytest
from replay_rig import existing

from dora_hil.config import ConfigError
from dora_hil_datasets.dataset.existing import DatasetError
from lerobot_node.replay.config import ReplayConfig, load

ROOT = Path(__file__).parents[4]


def read(tmp_path: Path, *overrides: str, **keys: Any) -> ReplayConfig:
    """Load a config that holds `keys`."""
    path = tmp_path / "replay.json"
    path.write_text(json.dumps(keys))
    return load(path, overrides)


def test_the_shipped_config_says_what_the_defaults_say() -> None:
    """Save for where the deviation is written."""
    config = load(ROOT / "configs/example_gym_hil_replay.json", ["--output=null"])
    assert config == ReplayConfig()


@pytest.mark.parametrize(
    ("given", "indices"), [("3", (3,)), ("[4,0,4]", (4, 0, 4)), ("all", (0, 1, 2, 3, 4))]
)
def test_one_episode_several_or_all_can_be_named(
    tmp_path: Path, given: str, indices: tuple[int, ...]
) -> None:
    """On the command line as in the file."""
    config = read(tmp_path, f"--dataset.replay_episode={given}")
    assert config.dataset.indices(existing(episodes=5)) == indices


@pytest.mark.parametrize("given", ["some", "-1", "[]", "[0,-1]", "1.5", "true", "null"])
def test_what_names_no_episode_is_one_line_that_says_what_does(tmp_path: Path, given: str) -> None:
    """Not a line for each member of the union."""
    with pytest.raises(ConfigError, match=r"dataset\.replay_episode: expected an index from 0, a"):
        read(tmp_path, f"--dataset.replay_episode={given}")


def test_an_episode_that_does_not_exist_is_refused_with_those_that_do(tmp_path: Path) -> None:
    """The first one that is missing."""
    config = read(tmp_path, dataset={"replay_episode": [1, 5]})
    with pytest.raises(DatasetError, match="has no episode 5; there are 0 to 4"):
        config.dataset.indices(existing(episodes=5))


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("seed", -1, "seed must be 0 or more"),
        ("tolerance", -0.1, "tolerance must be 0 or more"),
        ("fps", 10, "unknown key 'fps'; accepted here: dataset, seed"),
    ],
)
def test_a_bad_value_is_one_line(tmp_path: Path, key: str, value: object, says: str) -> None:
    """With the key in it."""
    with pytest.raises(ConfigError, match=says):
        read(tmp_path, **{key: value})
