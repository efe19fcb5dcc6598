"""The shipped training configs, read by LeRobot's own classes and run by `lerobot-train`."""

import shutil
from pathlib import Path

import lerobot.policies  # noqa: F401 - registers the types of policies
import pytest
import recordings
from harness import ROOT, flags, printed
from lerobot.configs.train import TrainPipelineConfig
from training_rig import ENVIRONMENTS

from gym_hil_node.config_file import load_config
from gym_hil_node.simulator import Simulator
from lerobot_node.hil.train_config import load
from lerobot_node.policy.checkpoint import Checkpoint

CONFIGS = sorted((ROOT / "configs").glob("example_gym_hil_train*.json"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_lerobot_accepts_a_config_its_device_is_one_field_and_it_sends_nothing(path: Path) -> None:
    """LeRobot refuses unknown keys and wrong types by itself; its own default pushes to the Hub."""
    config = TrainPipelineConfig.from_pretrained(path, cli_args=["--policy.device=cpu"])
    assert config.policy is not None
    assert config.policy.device == "cpu"
    assert not config.policy.push_to_hub
    assert not config.wandb.enable


@pytest.mark.parametrize(("config", "environment"), ENVIRONMENTS.items())
def test_a_hil_config_fits_its_environment(config: str, environment: str) -> None:
    """What the policy sees has the simulator's names and sizes, at its rate."""
    training = load(ROOT / "configs" / config, ["--policy.device=cpu"])
    simulated = load_config(ROOT / "configs" / environment)
    columns = Simulator(simulated, render=False).spec.columns
    shapes = {key: c.shape for key, c in columns.items() if key.startswith("observation.")}
    for name, camera in simulated.sim.cameras.items():
        shapes[f"observation.images.{name}"] = (3, camera.height_px, camera.width_px)
    seen = training.policy.input_features
    assert {key: tuple(feature.shape) for key, feature in seen.items()} == shapes
    assert {key: training.env.features[key] for key in seen} == seen
    assert (training.env.task, training.env.fps) == (simulated.env.task, simulated.env.fps)


@pytest.mark.parametrize("config", ENVIRONMENTS)
def test_a_hil_config_normalises_everything_that_its_policy_sees(config: str) -> None:
    """One number for each of a state, and for each channel of a picture."""
    policy = load(ROOT / "configs" / config).policy
    for key, feature in policy.input_features.items():
        lengths = {len(numbers) for numbers in policy.dataset_stats[key].values()}
        assert lengths == {feature.shape[0]}


@pytest.mark.parametrize("config", ENVIRONMENTS)
def test_a_hil_config_sends_nothing_to_anybody(config: str) -> None:
    """Except to its learner, on this machine."""
    training = load(ROOT / "configs" / config)
    assert not training.policy.push_to_hub
    assert not training.wandb.enable
    assert training.policy.actor_learner_config.learner_host == "127.0.0.1"


@pytest.mark.slow
def test_lerobot_train_makes_a_policy_that_knows_its_dataset(tmp_path: Path) -> None:
    """With pictures, on a CPU, without a network: a few fields over the shipped config."""
    recordings.write(tmp_path / "data", [6, 5])
    words = {
        "config_path": ROOT / "configs/example_gym_hil_train.json",
        "dataset.repo_id": recordings.REPO_ID,
        "dataset.root": tmp_path / "data",
        "output_dir": tmp_path / "trained",
        "policy.device": "cpu",
        "policy.pretrained_backbone_weights": "null",
        "policy.dim_model": 32,
        "policy.dim_feedforward": 32,
        "batch_size": 2,
        "num_workers": 0,
        "steps": 1,
    }
    printed("lerobot-train", *flags(words), WANDB_MODE="offline", OMP_NUM_THREADS="1")
    # Whatever is recorded into the folder later: the policy has it with it.
    shutil.rmtree(tmp_path / "data")
    origin = Checkpoint.find(str(tmp_path / "trained")).origin
    assert origin is not None
    assert origin.features["action"]["names"] == ["x", "y", "z", "gripper"]
    assert origin.tasks == ("pick",)
