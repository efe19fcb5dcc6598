"""What is checked before a training."""

from pathlib import Path
from typing import Any

import lamps
import pytest
import recordings

from dora_hil.errors import UserError
from lerobot_node.reward.training import check


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record three episodes."""
    folder = tmp_path_factory.mktemp("lamps") / "data"
    lamps.write(folder, [3, None, 5])
    return folder


@pytest.fixture
def config(data: Path, tmp_path: Path) -> dict[str, Any]:
    """Return a config that can be trained with."""
    (tmp_path / "backbone").mkdir()
    (tmp_path / "backbone" / "config.json").write_text("{}")
    return lamps.train_config(data, tmp_path / "backbone", tmp_path / "output")


@pytest.fixture
def words(config: dict[str, Any], tmp_path: Path) -> list[str]:
    """Return a command line with it."""
    return [f"--config_path={lamps.write_config(tmp_path / 'train.json', config)}"]


def test_the_labels_are_reported_before_training(
    words: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """How many show success, and in which episodes."""
    caplog.set_level("INFO")
    check(words)
    assert "24 frames of 3 episodes: 8 show success (33%)" in caplog.text
    assert "5/8, 0/8, 3/8" in caplog.text


def test_the_path_may_stand_apart(words: list[str]) -> None:
    """`--config_path FILE`, as LeRobot accepts it too."""
    check(["--config_path", words[0].partition("=")[2]])


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("--reward_model.type=sarm", "accepted: 'reward_classifier', got 'sarm'"),
        ("--reward_model.num_cameras=3", "num_cameras: is 3, but input_features names 2 camera"),
        ("--reward_model.model_name=/nowhere/backbone", "dora-hil classifier backbone --output"),
        ("--dataset.root=/nowhere/data", "there is no dataset here"),
        ("--reward_model.push_to_hub=true", "push_to_hub: is true where nothing is said"),
        ("--reward_model=7", "reward_model: expected a block of keys, got 7"),
    ],
)
def test_what_lerobot_would_trip_over_is_one_line(words: list[str], word: str, said: str) -> None:
    """With what is accepted, or what to do."""
    with pytest.raises(UserError) as error:
        check([*words, word])
    assert said in str(error.value)


def test_a_camera_that_was_not_recorded_is_named(config: dict[str, Any], tmp_path: Path) -> None:
    """With those that were."""
    model = config["reward_model"]
    model["input_features"]["observation.images.side"] = model["input_features"][lamps.FRONT]
    model["num_cameras"] = 3
    path = lamps.write_config(tmp_path / "train.json", config)
    with pytest.raises(
        UserError, match=r"images\.side is not in the dataset; it has .*front, .*wrist"
    ):
        check([f"--config_path={path}"])


def test_a_cnn_takes_pictures_of_128_pixels_only(config: dict[str, Any], tmp_path: Path) -> None:
    """LeRobot's pooling is made for them; others would end in an error about shapes."""
    recordings.write(tmp_path / "small", [3, 3])
    model = config["reward_model"]
    model["input_features"] = {lamps.FRONT: model["input_features"][lamps.FRONT]}
    model["num_cameras"] = 1
    config["dataset"]["root"] = str(tmp_path / "small")
    path = lamps.write_config(tmp_path / "train.json", config)
    with pytest.raises(UserError, match=r"pictures are 64x64; .* takes 128x128 only"):
        check([f"--config_path={path}"])


def test_lerobot_is_given_paths_that_it_can_open(
    config: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads the file itself, and knows neither a home folder nor where the file lies."""
    home = Path(config["dataset"]["root"]).parent
    monkeypatch.setenv("HOME", str(home))
    config["dataset"]["root"] = "~/data"
    config["reward_model"]["model_name"] = "backbone"
    path = lamps.write_config(tmp_path / "train.json", config)
    assert check([f"--config_path={path}", "--output_dir=~/out"]) == [
        f"--config_path={path}",
        f"--reward_model.model_name={tmp_path / 'backbone'}",
        f"--dataset.root={home / 'data'}",
        f"--output_dir={home / 'out'}",
    ]


def test_without_a_config_it_says_which_there_is() -> None:
    """Instead of LeRobot's usage."""
    with pytest.raises(UserError, match=r"expected configs/train_reward_classifier\.json"):
        check(["--steps=3"])
