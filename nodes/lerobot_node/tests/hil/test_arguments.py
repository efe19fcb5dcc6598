"""What actor and learner are told alike."""

from collections.abc import Callable
from pathlib import Path

import pytest
from lerobot.rl.train_rl import TrainRLServerPipelineConfig

from lerobot_node.hil import actor_command, learner_command
from lerobot_node.hil.arguments import training_arguments, training_config
from lerobot_node.hil.episode_folder import RECEIVED, UNCONFIRMED, EpisodeFolderError, held

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


@pytest.mark.parametrize(
    ("start", "part"), [(actor_command.start, UNCONFIRMED), (learner_command.start, RECEIVED)]
)
def test_a_second_training_does_not_start_in_a_folder(
    start: Callable[[list[str]], int], part: str, tmp_path: Path
) -> None:
    """On another port too: it ends before it has read anything there."""
    with (
        held(tmp_path, part),
        pytest.raises(EpisodeFolderError, match="another training is writing here"),
    ):
        start([f"--config_path={CONFIG}", f"--output_dir={tmp_path}", "--dataset=null"])
    assert [path.name for path in tmp_path.iterdir()] == [part]
