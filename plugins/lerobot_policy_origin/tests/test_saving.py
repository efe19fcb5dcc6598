"""What stands beside a policy that LeRobot has trained."""

import json
import shutil
from pathlib import Path

import pytest
from lerobot.configs.default import DatasetConfig
from lerobot.configs.train import TrainPipelineConfig
from lerobot.policies.act.configuration_act import ACTConfig
from small_dataset import ACTION_NAMES, REPO_ID, Made, write_dataset

import lerobot_policy_origin  # noqa: F401 - as LeRobot imports it
from lerobot_node.policy.origin import FILE, Origin


def save_training(folder: Path, root: Path) -> None:
    """Save a training's config as LeRobot does with every checkpoint."""
    folder.mkdir()
    policy = ACTConfig(device="cpu", push_to_hub=False)
    TrainPipelineConfig(DatasetConfig(REPO_ID, root=str(root)), policy=policy).save_pretrained(
        folder
    )


def test_a_policy_keeps_what_it_was_trained_on(tmp_path: Path) -> None:
    """Columns, rate and sentences, whatever lies in the dataset's folder later."""
    root = write_dataset(tmp_path / "data", [Made(3)], video=False)
    save_training(tmp_path / "policy", root)
    shutil.rmtree(root)
    origin = Origin.beside(tmp_path / "policy")
    assert origin is not None
    assert (origin.fps, origin.tasks) == (10, ("push the bar",))
    assert origin.features["action"]["names"] == ACTION_NAMES
    assert (tmp_path / "policy/train_config.json").is_file()


def test_a_dataset_that_cannot_be_described_does_not_end_a_training(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The checkpoint is saved; one line says what is missing beside it."""
    root = write_dataset(tmp_path / "data", [Made(3)], video=False)
    (root / "meta/info.json").write_text("{")
    save_training(tmp_path / "policy", root)
    assert json.loads((tmp_path / "policy/train_config.json").read_text())["policy"]
    assert not (tmp_path / "policy" / FILE).exists()
    assert f"no {FILE} beside the policy" in caplog.text
