"""What actor and learner are told alike."""

from pathlib import Path

import pytest
from lerobot.rl.train_rl import TrainRLServerPipelineConfig

from lerobot_node.hil.arguments import training_arguments, training_config

CONFIG = Path(__file__).parents[4] / "configs/train_gym_hil_state.json"


def read(*argv: str) -> TrainRLServerPipelineConfig:
    """Read these words on top of the shipped config."""
    parser = training_arguments("lerobot-node actor", "Act.")
    args, words = parser.parse_node_and_rest([f"--config_path={CONFIG}", *argv])
    return training_config(args, words)


def test_words_and_their_variable_are_keys_of_the_config(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dataflow has the variable alone."""
    monkeypatch.setenv("TRAIN_ARGS", "--batch_size=7")
    config = read("--seed=5")
    assert (config.seed, config.batch_size, config.resume) == (5, 7, False)


@pytest.mark.parametrize("way", ["flag", "variable", "key"])
def test_a_run_goes_on_however_it_is_said(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`RESUME_TRAINING=1`, the flag, or LeRobot's own key."""
    if way == "variable":
        monkeypatch.setenv("RESUME_TRAINING", "1")
    if way == "key":
        monkeypatch.setenv("TRAIN_ARGS", "--resume=true")
    assert read(*(["--resume=1"] if way == "flag" else [])).resume is True
