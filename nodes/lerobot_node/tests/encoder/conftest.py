"""The shipped config from cameras, with its encoder in a folder of the tests' own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from lerobot.rl.train_rl import TrainRLServerPipelineConfig

from lerobot_node.encoder.frozen import FrozenEncoder
from lerobot_node.hil.train_config import load

CONFIG = Path(__file__).parents[4] / "configs/train_gym_hil_env.json"

type Configured = Callable[..., TrainRLServerPipelineConfig]


@pytest.fixture(scope="session")
def encoder_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Name where the encoder lies, or will be made."""
    return tmp_path_factory.mktemp("encoders") / "efficientnet_lite0"


@pytest.fixture
def configured(encoder_folder: Path) -> Configured:
    """Read the shipped config with these words."""

    def read(*words: str) -> TrainRLServerPipelineConfig:
        return load(CONFIG, [f"--policy.vision_encoder_name={encoder_folder}", *words])

    return read


@pytest.fixture
def encoder(configured: Configured) -> FrozenEncoder:
    """Load the encoder of the shipped config."""
    return FrozenEncoder.of_policy(configured().policy)
