"""The command line of the next training."""

import json
from pathlib import Path
from typing import Any

import pytest

from lerobot_node.improve.training import Training
from lerobot_node.improve.training_set import ImproveError
from lerobot_node.policy.checkpoint import Checkpoint


def save(folder: Path, step: int, **config: Any) -> Path:
    """Write what a training leaves of itself; returns the policy's folder."""
    policy, state = folder / "pretrained_model", folder / "training_state"
    policy.mkdir(parents=True)
    state.mkdir()
    (policy / "train_config.json").write_text(json.dumps({"steps": 20, **config}))
    (state / "training_step.json").write_text(json.dumps({"step": step}))
    return policy


@pytest.fixture
def training(tmp_path: Path) -> Training:
    """Return one that goes on from a policy."""
    policy = save(tmp_path / "before", 20, dataset={"repo_id": "a/b", "root": "nowhere"})
    return Training(Checkpoint(policy, {}, None), tmp_path / "after")


@pytest.mark.parametrize("from_scratch", [False, True])
def test_it_is_the_policys_own_training_on_the_new_dataset(
    training: Training, from_scratch: bool
) -> None:
    """With its weights, or with new ones; LeRobot's own words come last."""
    words = training.words("a/new", Path("new"), ["--steps=7"], from_scratch=from_scratch)
    policy = training.checkpoint.path
    assert words is not None
    assert words[0] == f"--config_path={policy / 'train_config.json'}"
    assert (f"--policy.path={policy}" in words) is not from_scratch
    assert {"--dataset.repo_id=a/new", "--dataset.root=new", "--resume=false"} < {*words}
    assert words[-1] == "--steps=7"


def test_a_killed_training_goes_on_from_its_last_checkpoint(training: Training) -> None:
    """With the config that lies there."""
    policy = save(training.output_dir / "checkpoints/last", 10)
    words = training.words("a/new", Path("new"), [], from_scratch=False)
    assert words == [f"--config_path={policy / 'train_config.json'}", "--resume=true"]


def test_one_that_has_saved_nothing_is_begun_again(training: Training) -> None:
    """LeRobot refuses a folder that is there."""
    (training.output_dir / "checkpoints").mkdir(parents=True)
    assert training.words("a/new", Path("new"), [], from_scratch=False)
    assert not training.output_dir.exists()


def test_one_that_is_done_is_left_alone(training: Training) -> None:
    """There is nothing left to do."""
    save(training.output_dir / "checkpoints/last", 20)
    assert training.words("a/new", Path("new"), [], from_scratch=False) is None


def test_a_policy_of_which_nobody_knows_how_it_was_trained_is_refused(tmp_path: Path) -> None:
    """With the file that is missing."""
    with pytest.raises(ImproveError, match=r"train_config\.json is missing"):
        _ = Training(Checkpoint(tmp_path, {}, None), tmp_path / "after").dataset
