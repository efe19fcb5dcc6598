"""A classifier's training on features that were made before it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import lamps
import pytest
import torch
from lerobot.datasets import LeRobotDataset
from lerobot.rewards.classifier.processor_classifier import make_classifier_processor
from small_classifier import backbone, config

from lerobot_node.encoder.frozen import FrozenEncoder
from lerobot_node.reward.encoded_views import ENCODED, VIEWS, EncodedViews
from lerobot_node.reward.patches import PatchedClassifier, encoder_of


@pytest.fixture
def encoder(tmp_path: Path) -> FrozenEncoder:
    """Return that of a pretrained backbone of a few channels."""
    settings = config(backbone(tmp_path / "backbone", has_random_weights=False))
    settings.normalization_mapping = {}
    normalise, _ = make_classifier_processor(settings)
    made = encoder_of(PatchedClassifier(settings), normalise.process_observation, "small", "cpu")
    assert made is not None
    return made


def dataset(folder: Path, transforms: Callable[..., Any] | None) -> LeRobotDataset:
    """Return one of two episodes."""
    lamps.write(folder, [1, None])
    return LeRobotDataset("example/lamps", root=folder, image_transforms=transforms)


def test_features_stand_for_the_pictures_of_a_frame(encoder: FrozenEncoder, tmp_path: Path) -> None:
    """What else a row has stays, and LeRobot finds what it asks of a dataset."""
    frames = dataset(tmp_path / "data", None)
    views = EncodedViews(frames, encoder)
    sample, frame = views[1], frames[1]
    assert len(views) == len(frames) == views.num_frames
    assert set(sample) == {
        *(set(frame) - set(encoder.stored)),
        *(f"{ENCODED}{c}" for c in encoder.stored),
    }
    expected = encoder.encode({key: frame[key][None] for key in encoder.stored})
    for key, name in encoder.stored.items():
        torch.testing.assert_close(sample[f"{ENCODED}{key}"], expected[name][0])


def test_random_changes_are_drawn_a_few_times_for_each_frame(
    encoder: FrozenEncoder, tmp_path: Path
) -> None:
    """And never again: the features are what is kept."""
    drawn: list[int] = []

    def darken(picture: torch.Tensor) -> torch.Tensor:
        drawn.append(1)
        return picture // 2

    frames = dataset(tmp_path / "data", darken)
    views = EncodedViews(frames, encoder)
    assert len(drawn) == VIEWS * len(encoder.stored) * len(frames)
    for _ in range(10):
        views[0]
    assert len(drawn) == VIEWS * len(encoder.stored) * len(frames)
