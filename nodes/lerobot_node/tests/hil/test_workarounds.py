"""What LeRobot's learner gets wrong, put right."""

import queue
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from lerobot.rl import learner

from lerobot_node.hil.replay_buffer import WholeReplayBuffer, shapes_of
from lerobot_node.hil.train_config import load
from lerobot_node.hil.workarounds import make_learner_sound

CONFIG = Path(__file__).parents[4] / "configs/train_gym_hil_state.json"


def test_the_learner_builds_buffers_with_next_states_that_know_their_config(
    restored_learner: None,
) -> None:
    """LeRobot asks for `optimize_memory=True`."""
    config = load(CONFIG)
    make_learner_sound(config)
    made = learner.initialize_replay_buffer(config, "cpu", "cpu")
    assert isinstance(made, WholeReplayBuffer)
    assert not made.optimize_memory
    assert made.shapes == shapes_of(config)


def test_a_config_with_a_reset_block_can_be_logged() -> None:
    """Every documented config has one, and the stock learner dies of it."""
    config = load(CONFIG, ["--env.processor.reset.control_time_s=10.0"])
    assert config.to_dict()["env"]["processor"]["reset"]["control_time_s"] == 10.0


def test_a_config_without_demonstrations_is_valid(tmp_path: Path) -> None:
    """The stock one reads `dataset.repo_id` of nothing."""
    config = load(CONFIG, ["--dataset=null", f"--output_dir={tmp_path}"])
    config.validate()
    assert config.dataset is None
    assert config.output_dir == tmp_path


@pytest.mark.parametrize(("words", "ratio"), [((), 0.5), (("--dataset=null",), 1.0)])
def test_a_batch_is_a_whole_batch_without_demonstrations(
    words: tuple[str, ...], ratio: float, restored_learner: None
) -> None:
    """LeRobot would draw what `online_ratio` says of it, and add nothing."""
    config = load(CONFIG, list(words))
    make_learner_sound(config)
    assert config.online_ratio == ratio


def test_the_learner_rests_until_there_is_enough_to_learn_from(
    restored_learner: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stock loop would burn a core."""
    rests: list[float] = []
    # The module's own clock: another test's thread may still be resting.
    clock = SimpleNamespace(sleep=rests.append)
    monkeypatch.setattr("lerobot_node.hil.workarounds.time", clock)
    make_learner_sound(load(CONFIG, ["--policy.online_step_before_learning=100"]))
    for stored, expected in ((0, 1), (99, 2), (100, 2)):
        learner.process_transitions(
            transition_queue=queue.Queue(),
            replay_buffer=range(stored),
            offline_replay_buffer=None,
            dataset_repo_id=None,
            shutdown_event=threading.Event(),
        )
        assert len(rests) == expected
