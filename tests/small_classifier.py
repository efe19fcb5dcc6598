"""Reward classifiers of a few channels, and one that has made up its mind."""

from pathlib import Path
from typing import Any

import lamps
import torch
import transformers
from harness import command
from lerobot.configs import FeatureType, PolicyFeature
from lerobot.rewards.classifier.configuration_classifier import RewardClassifierConfig
from lerobot.rewards.classifier.processor_classifier import make_classifier_processor

from lerobot_node.reward.patches import RANDOM, PatchedClassifier


def backbone(folder: Path, *, has_random_weights: bool) -> Path:
    """Make a network of a few channels."""
    library: Any = transformers
    config = library.ResNetConfig(
        embedding_size=4, hidden_sizes=[4, 4, 4, 8], depths=[1, 1, 1, 1], layer_type="basic"
    )
    if has_random_weights:
        setattr(config, RANDOM, True)
    library.ResNetModel(config).save_pretrained(folder)
    return folder


def config(folder: Path) -> RewardClassifierConfig:
    """Return settings for two cameras."""
    camera = PolicyFeature(FeatureType.VISUAL, (3, 128, 128))
    return RewardClassifierConfig(
        model_name=str(folder),
        hidden_dim=8,
        latent_dim=8,
        input_features={lamps.FRONT: camera, lamps.WRIST: camera},
    )


def sure(folder: Path, *cameras: str) -> Path:
    """Save a classifier of LeRobot's whose last layer says yes to everything; returns its folder.

    Args:
        folder: a new folder.
        cameras: the columns it looks at, 128 x 128.
    """
    channels = ["--channels", "4", "4", "4", "8"]
    command("classifier backbone")([f"--output={folder / 'backbone'}", *channels])
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
    model = PatchedClassifier(config)
    torch.nn.init.zeros_(model.classifier_head[-1].weight)
    torch.nn.init.constant_(model.classifier_head[-1].bias, 5.0)
    model.save_pretrained(folder / "model")
    for processor in make_classifier_processor(config):
        processor.save_pretrained(folder / "model")
    return folder / "model"
