"""Reward classifiers that have made up their mind."""

import subprocess
import sys
from pathlib import Path

import torch
from harness import ROOT
from lerobot.configs import FeatureType, PolicyFeature
from lerobot.rewards.classifier.configuration_classifier import RewardClassifierConfig
from lerobot.rewards.classifier.processor_classifier import make_classifier_processor

from lerobot_node.reward.sound import SoundClassifier


def sure(folder: Path, *cameras: str) -> Path:
    """Save a classifier of LeRobot's whose last layer says yes to everything; returns its folder.

    Args:
        folder: a new folder.
        cameras: the columns it looks at, 128 x 128.
    """
    script = [sys.executable, str(ROOT / "scripts/make_backbone.py")]
    channels = ["--channels", "4", "4", "4", "8"]
    subprocess.run([*script, f"--output={folder / 'backbone'}", *channels], check=True)
    camera = PolicyFeature(FeatureType.VISUAL, (3, 128, 128))
    config = RewardClassifierConfig(
        model_name=str(folder / "backbone"),
        num_cameras=len(cameras),
        hidden_dim=4,
        latent_dim=4,
        device="cpu",
        normalization_mapping={},
        input_features=dict.fromkeys(cameras, camera),
    )
    model = SoundClassifier(config)
    torch.nn.init.zeros_(model.classifier_head[-1].weight)
    torch.nn.init.constant_(model.classifier_head[-1].bias, 5.0)
    model.save_pretrained(folder / "model")
    for processor in make_classifier_processor(config):
        processor.save_pretrained(folder / "model")
    return folder / "model"
