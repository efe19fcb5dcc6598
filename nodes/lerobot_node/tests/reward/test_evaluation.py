"""A classifier checked on recorded episodes."""

import json
import shutil
from pathlib import Path

import lamps
import pytest
from lerobot.configs.train import TrainPipelineConfig
from lerobot.datasets.factory import make_train_eval_datasets

from dora_hil.errors import UserError
from lerobot_node.reward.evaluation import Evaluation, held_out


@pytest.fixture(scope="module")
def unseen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record four episodes that nobody was trained on."""
    folder = tmp_path_factory.mktemp("unseen") / "data"
    lamps.write(folder, [4, None, 2, 6])
    return folder


def test_it_is_checked_on_the_episodes_that_its_training_held_out(trained: Path) -> None:
    """The last quarter of twelve, as LeRobot splits them; the threshold comes from them."""
    checked = Evaluation(trained, 1).check_held_out(None)
    assert (checked.told["episodes"], checked.told["frames"]) == (3, 24)
    assert checked.told["accuracy"] == 1.0
    assert "threshold calibrated on these episodes" in checked.lines[0]


def test_what_was_held_out_is_what_lerobots_training_did_not_see(tmp_path: Path) -> None:
    """The last ones of each task, however many episodes each has."""
    tasks, chosen = ("light", "light", "dim"), [0, 2, 3, 4, 6]
    lamps.write(tmp_path / "data", [2] * 7, length=3, tasks=tasks)
    words = lamps.train_config(tmp_path / "data", tmp_path, tmp_path / "out")
    words["dataset"]["episodes"] = chosen
    path = lamps.write_config(tmp_path / "train.json", words)
    train, evaluated = make_train_eval_datasets(TrainPipelineConfig.from_pretrained(path))
    found = held_out(chosen, [[tasks[i % 3]] for i in range(7)], 0.25)
    assert sorted(found) == sorted(evaluated.episodes) == [2, 6]
    assert not set(found) & set(train.episodes)


def test_unseen_episodes_are_held_against_the_threshold_of_the_held_out_ones(
    trained: Path, unseen: Path
) -> None:
    """Never against one that was chosen on themselves."""
    evaluation = Evaluation(trained, 1)
    threshold = evaluation.check_held_out(None).told["threshold"]
    checked = evaluation.check(lamps.REPO_ID, unseen, None, None)
    assert checked.told["threshold"] == threshold
    assert checked.told["onset"]["off_by_frames"] == [0, 0, 0]
    assert checked.told["onset"]["failed_episodes"] == 1
    assert "<html" in checked.html


def test_some_episodes_and_a_threshold_can_be_named(trained: Path, unseen: Path) -> None:
    """Then nothing is calibrated."""
    checked = Evaluation(trained, 2).check(lamps.REPO_ID, unseen, [0, 1], 0.7)
    assert (checked.told["episodes"], checked.told["threshold"]) == (2, 0.7)
    assert checked.told["onset"]["off_by_frames"] == [1]


def test_episodes_with_one_label_only_tell_nothing(trained: Path, unseen: Path) -> None:
    """An accuracy of 100 % would mean nothing."""
    with pytest.raises(UserError, match="every frame has the same label"):
        Evaluation(trained, 1).check(lamps.REPO_ID, unseen, [1], 0.5)


def test_a_training_that_held_nothing_out_needs_a_dataset(trained: Path, tmp_path: Path) -> None:
    """It is not checked on what it has learned by heart."""
    copy = Path(shutil.copytree(trained / "checkpoints/last/pretrained_model", tmp_path / "m"))
    training = json.loads((copy / "train_config.json").read_text())
    training["dataset"]["eval_split"] = 0.0
    (copy / "train_config.json").write_text(json.dumps(training))
    with pytest.raises(UserError, match="held no episodes out"):
        Evaluation(copy, 1).check_held_out(None)
