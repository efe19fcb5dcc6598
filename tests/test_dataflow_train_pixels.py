"""HIL-SERL from pixels: the simulator's cameras, the shipped config and LeRobot's learner."""

from pathlib import Path
from typing import Any

import pytest
import torch
from harness import ROOT
from lerobot.rl import learner
from training_rig import Training, environment_steps, record_demonstrations

from gym_hil_node.config_file import load_config
from gym_hil_node.env import GymHilEnv
from lerobot_node.hil.replay_buffer import WholeReplayBuffer
from lerobot_node.hil.train_config import load
from lerobot_node.hil.transitions import state_of
from lerobot_node.hil.workarounds import make_learner_sound

pytestmark = pytest.mark.slow

ENV = ROOT / "configs/gym_hil_env_train.json"
CONFIG = ROOT / "configs/train_gym_hil_env.json"
CAMERAS = ("observation.images.front", "observation.images.wrist")
FIRST_SEED = 0
CAPACITY = 500
TRAINED = {
    "policy.vision_encoder_name": "null",
    "policy.freeze_vision_encoder": "false",
    "policy.image_encoder_hidden_dim": 4,
}
"""An encoder whose features change while it learns: pictures are stored."""


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record demonstrations as the recorder does by default."""
    return demonstrations(tmp_path_factory.mktemp("videos"), video=True)


@pytest.fixture(scope="module")
def png_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record demonstrations without loss."""
    return demonstrations(tmp_path_factory.mktemp("png_files"), video=False)


def demonstrations(folder: Path, *, video: bool) -> Path:
    """Record two of them."""
    words = (f"--dataset.video={str(video).lower()}", f"--seed={FIRST_SEED}")
    return record_demonstrations(folder, ENV.name, 2, *words)


@pytest.mark.parametrize(
    ("kind", "words", "mean_loss"),
    [
        ("videos", TRAINED, 0.02),
        ("png_files", TRAINED, 0.0),
        ("videos", {}, 2.0),
        ("png_files", {}, 0.0),
    ],
    ids=["videos", "png_files", "features of videos", "features of png_files"],
)
def test_demonstrations_show_the_learner_what_an_actor_would_send(
    kind: str,
    words: dict[str, Any],
    mean_loss: float,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """To the last bit from PNG files; a video is lossy, but in the same range and order.

    Features of ImageNet's encoder have a spread of 7.6; what a video loses moves them by 1.5.
    """
    config = load(
        CONFIG,
        [
            f"--dataset.root={request.getfixturevalue(kind)}",
            f"--output_dir={tmp_path}",
            f"--policy.offline_buffer_capacity={CAPACITY}",
            *(f"--{key}={value}" for key, value in words.items()),
        ],
    )
    monkeypatch.setattr(WholeReplayBuffer, "encoder", None)
    make_learner_sound(config)
    encoder = WholeReplayBuffer.encoder
    buffer = learner.initialize_offline_replay_buffer(config, "cpu", "cpu")
    simulator = GymHilEnv(load_config(ENV))
    observation, _ = simulator.reset(seed=FIRST_SEED)
    for position in range(int(buffer.dones[: len(buffer)].nonzero()[0])):
        seen = state_of(observation, list(config.policy.input_features), encoder)
        observation, *_ = simulator.step(buffer.actions[position].numpy())
        then = state_of(observation, list(config.policy.input_features), encoder)
        for key, before in seen.items():
            tolerance = 0.0 if key == "observation.state" else mean_loss
            assert mean_difference(buffer.states[key][position], before) <= tolerance
            assert mean_difference(buffer.next_states[key][position], then[key]) <= tolerance


def mean_difference(stored: torch.Tensor, seen: torch.Tensor) -> float:
    """Return how far two observations are from one another."""
    return float((stored.float() - seen[0].float()).abs().mean())


@pytest.mark.parametrize("words", [{}, TRAINED], ids=["frozen", "trained"])
def test_a_policy_with_cameras_is_trained_and_no_picture_is_lost(
    words: dict[str, Any], videos: Path, tmp_path: Path
) -> None:
    """Everything is real: rendering, takeover, the service, updates, weights, the checkpoint."""
    training = Training(
        tmp_path,
        videos,
        CONFIG.name,
        batch_size=4,
        log_freq=1,
        **{
            "policy.online_steps": 150,
            "policy.online_buffer_capacity": CAPACITY,
            "policy.offline_buffer_capacity": CAPACITY,
            **words,
        },
    )
    # The actor would be through before the learner has begun.
    training.environ = {"ENV_CONFIG": str(ENV), "HOLD_AFTER_EPISODES": "1"}
    with training.act(with_learner=True) as running:
        running.end_well(240)
    sent = environment_steps(training.episodes())
    assert environment_steps(training.arrived()) == sent
    assert training.updates()
    assert training.episodes()[-1]["weight_updates"] > 1
    buffer = training.stored(CAPACITY)
    assert len(buffer) == sent[-1]
    seen = {key: tensor for key, tensor in buffer.states.items() if key.endswith(CAMERAS)}
    assert len(seen) == len(CAMERAS)
    for key, tensor in seen.items():
        stored = tensor[: len(buffer)].float()
        assert stored.std(0).max() > 0.1, "every picture is the same"
        if key in CAMERAS:
            assert stored.min() >= 0.0
            assert 0.5 < stored.max() <= 1.0
        else:
            assert stored.shape[1:] == (80, 8, 8)
