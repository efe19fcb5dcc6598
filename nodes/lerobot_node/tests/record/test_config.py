"""The record config, from a file and from the command line."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from dora_hil.config import ConfigError
from dora_hil.stream.actions import ActionSpace
from dora_hil_datasets.dataset.config import DatasetConfig, VideoEncoding
from lerobot_node.record.config import RecordConfig, load

SHIPPED = Path(__file__).parents[4] / "configs" / "example_gym_hil_record.json"


def written(folder: Path, content: Any) -> Path:
    """Write a config file."""
    path = folder / "record.json"
    path.write_text(json.dumps(content))
    return path


def test_the_shipped_config_loads() -> None:
    """The one that the dataflow records with."""
    config = load(SHIPPED)
    assert config.dataset.repo_id == "example/gym_hil_trial"
    assert config.dataset.root == Path("outputs/record/gym_hil_trial")
    assert (config.dataset.fps, config.dataset.num_episodes) == (10, 50)
    assert config.dataset.rgb_encoder == VideoEncoding(vcodec="h264", preset="veryfast", crf=18)
    assert config.action_space is ActionSpace.EE_ABSOLUTE
    assert not config.resume


def test_the_defaults_are_the_example(tmp_path: Path) -> None:
    """An empty file records it too."""
    config = load(written(tmp_path, {}))
    assert config == RecordConfig()
    assert config.dataset.repo_id == "example/gym_hil_trial"
    assert config.dataset.root == Path("outputs/record/gym_hil_trial")
    assert not config.dataset.push_to_hub


def test_the_command_line_has_the_last_word() -> None:
    """As LeRobot's own commands have it."""
    words = ["--dataset.num_episodes=5", "--dataset.root", "elsewhere", "--seed=7"]
    config = load(SHIPPED, [*words, "--dataset.rgb_encoder.crf=30", "--action_space=ee_delta"])
    assert (config.dataset.num_episodes, config.dataset.root) == (5, Path("elsewhere"))
    assert (config.seed, config.action_space) == (7, ActionSpace.EE_DELTA)
    assert (config.dataset.rgb_encoder.crf, config.dataset.rgb_encoder.preset) == (30, "veryfast")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            {"sede": 1},
            "unknown key 'sede'; accepted here: dataset, action_space, seed, resume",
        ),
        ({"dataset": {"name": "x"}}, "unknown key 'dataset.name'; accepted here: repo_id, root"),
        (
            {"dataset": {"rgb_encoder": {"codec": "x"}}},
            "unknown key 'dataset.rgb_encoder.codec'; accepted here: vcodec, pix_fmt, g, crf",
        ),
        (
            {"dataset": {"num_episodes": "many"}},
            "dataset.num_episodes: Input should be a valid int",
        ),
        ({"dataset": {"num_episodes": 0}}, "dataset: num_episodes must be 1 or more, got 0"),
        ({"dataset": {"encoder_threads": 0}}, "dataset: encoder_threads must be 1 or more, got 0"),
        ({"dataset": {"fps": 0}}, "dataset: fps must be 1 or more, got 0"),
        ({"dataset": {"fps": 29.97}}, "dataset.fps: Input should be a valid integer"),
        ({"dataset": {"repo_id": "trial"}}, "dataset: repo_id must be 'user/name', got 'trial'"),
        ({"dataset": {"repo_id": "a/b/c"}}, "dataset: repo_id must be 'user/name', got 'a/b/c'"),
        ({"dataset": {"repo_id": "me/my cubes"}}, "dataset: Repo id must use alphanumeric chars"),
        ({"dataset": {"repo_id": "me/cu--bes"}}, "dataset: Cannot have -- or .. in repo_id"),
        ({"dataset": {"tags": "one"}}, "dataset.tags: expected a list, got 'one'"),
        ({"seed": -1}, "seed must be 0 or more, got -1"),
        ({"action_space": "ee"}, "action_space: Input should be 'ee_delta', 'ee_absolute' or"),
        ({"dataset": 3}, "dataset: expected a block of keys, got 3"),
    ],
)
def test_what_cannot_be_used_is_one_line_with_the_key_and_what_is_accepted(
    tmp_path: Path, content: dict[str, Any], says: str
) -> None:
    """Before anything is recorded, and before the Hub would refuse the name."""
    path = written(tmp_path, content)
    with pytest.raises(ConfigError, match=re.escape(says)) as error:
        load(path)
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


def test_the_rate_may_be_left_to_the_body(tmp_path: Path) -> None:
    """Null, as well as not given."""
    assert load(written(tmp_path, {"dataset": {"fps": None}})).dataset.fps is None
    assert DatasetConfig().fps is None
