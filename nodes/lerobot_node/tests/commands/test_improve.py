"""A policy trained on, with LeRobot's own training."""

import json
from pathlib import Path

import pytest
from harness import ROOT, called, command, flags, printed
from small_dataset import REPO_ID, Made, write_dataset

from dora_hil.errors import UserError
from dora_hil_datasets.dataset.existing import read_existing

main = command("improve")


def test_a_policy_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    """Before anything is made."""
    words = ["--policy_path", str(tmp_path / "none"), "--corrections", str(tmp_path)]
    with pytest.raises(UserError, match="none: there is no such folder"):
        main([*words, "--output_dir", str(tmp_path / "out")])
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_two_rounds_go_on_from_one_another_and_one_that_is_done_stays(tmp_path: Path) -> None:
    """ACT on states and actions: a training, then what a person corrected, twice."""
    write_dataset(tmp_path / "demos", [Made(8), Made(9)], video=False)
    for number in (1, 2):
        attempts = [Made(9), Made(10, driven=range(3, 3 + 2 * number))]
        write_dataset(tmp_path / f"corrections{number}", attempts, video=False)
    words = {
        "config_path": ROOT / "configs/example_gym_hil_train_cpu.json",
        "dataset.repo_id": REPO_ID,
        "dataset.root": tmp_path / "demos",
        "output_dir": tmp_path / "first",
        "policy.dim_model": 32,
        "policy.dim_feedforward": 32,
        "policy.pretrained_backbone_weights": "null",
        "batch_size": 2,
        "num_workers": 0,
        "steps": 2,
    }
    printed("lerobot-train", *flags(words), OMP_NUM_THREADS="1")
    policy = tmp_path / "first"
    for number, frames in ((1, 17 + 2), (2, 17 + 2 + 4)):
        output = tmp_path / f"round{number}"
        said = called(
            "improve",
            "--policy_path",
            policy,
            "--corrections",
            tmp_path / f"corrections{number}",
            "--output_dir",
            output,
        )
        assert said.returncode == 0, said.stderr
        assert "1 of 2 attempts were corrected; 1 lessons" in said.stdout
        assert sum(read_existing(output / "dataset").lengths) == frames
        policy = output / "train"
        config = policy / "checkpoints/last/pretrained_model/train_config.json"
        assert json.loads(config.read_text())["policy"]["dim_model"] == 32
    again = called(
        "improve",
        "--policy_path",
        tmp_path / "round1/train",
        "--corrections",
        tmp_path / "corrections2",
        "--output_dir",
        tmp_path / "round2",
    )
    assert "is trained already" in again.stdout
