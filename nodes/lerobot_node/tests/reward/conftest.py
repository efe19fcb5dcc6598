"""A classifier that has learned to see a lamp."""

import json
from pathlib import Path

import lamps
import numpy as np
import pytest
import torch
from harness import command
from lerobot.configs import FeatureType, PolicyFeature
from lerobot.rewards.classifier.configuration_classifier import RewardClassifierConfig
from lerobot.rewards.classifier.processor_classifier import make_classifier_processor

from lerobot_node.reward.patches import PatchedClassifier

STEPS = 25


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train in a few steps, and save as `lerobot-train` does; returns the output folder."""
    folder = tmp_path_factory.mktemp("trained")
    lamps.write(folder / "data", [3, 5, None, 4, 6, None, 2, 5, 4, None, 3, 5])
    command("classifier backbone")(
        [f"--output={folder / 'backbone'}", "--channels", "8", "8", "8", "16"]
    )
    camera = PolicyFeature(FeatureType.VISUAL, (3, lamps.SIZE_PX, lamps.SIZE_PX))
    config = RewardClassifierConfig(
        model_name=str(folder / "backbone"),
        hidden_dim=16,
        latent_dim=16,
        device="cpu",
        normalization_mapping={},
        input_features={lamps.FRONT: camera, lamps.WRIST: camera},
    )
    model = taught(PatchedClassifier(config))
    last = folder / "output/checkpoints/last/pretrained_model"
    model.save_pretrained(last)
    for processor in make_classifier_processor(config):
        processor.save_pretrained(last)
    words = lamps.train_config(folder / "data", folder / "backbone", folder / "output")
    (last / "train_config.json").write_text(json.dumps(words), encoding="utf-8")
    return folder / "output"


def taught(model: PatchedClassifier) -> PatchedClassifier:
    """Show lamps that are lit and lamps that are not."""
    torch.manual_seed(0)
    # On a machine that is busy with other tests, more threads wait for each other.
    torch.set_num_threads(1)
    pixels = [lamps.picture(200 + i, 0, is_lit=i % 2 == 1) for i in range(16)]
    pictures = torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).float() / 255
    labels = (torch.arange(16) % 2).float()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    batch = {lamps.FRONT: pictures, lamps.WRIST: pictures, "next.reward": labels}
    for _ in range(STEPS):
        loss, _ = model.forward(batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    return model
