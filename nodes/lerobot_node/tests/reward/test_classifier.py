"""LeRobot's classifier, loaded and asked."""

import json
import shutil
from pathlib import Path

import lamps
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lerobot_node.reward.classifier import ClassifierError, RewardClassifier


@pytest.fixture(scope="module")
def classifier(trained: Path) -> RewardClassifier:
    """Load the trained one."""
    return RewardClassifier(trained)


@pytest.fixture
def copy(trained: Path, tmp_path: Path) -> Path:
    """Copy the folder with `config.json`, to be broken."""
    last = trained / "checkpoints/last/pretrained_model"
    return Path(shutil.copytree(last, tmp_path / "model"))


def columns(*, is_lit: bool) -> dict[str, NDArray[np.uint8]]:
    """Return pictures of an episode that was not trained on."""
    pixels = lamps.picture(99, 0, is_lit=is_lit)
    return {lamps.FRONT: pixels, lamps.WRIST: pixels}


def test_it_tells_success_from_none(classifier: RewardClassifier) -> None:
    """On pictures that it has not seen."""
    assert classifier.probability(columns(is_lit=True)) > 0.6
    assert classifier.probability(columns(is_lit=False)) < 0.4


def test_a_batch_of_bytes_and_one_of_floats_come_to_the_same(classifier: RewardClassifier) -> None:
    """As LeRobot's datasets return videos and pictures."""
    pixels = torch.from_numpy(lamps.picture(99, 0, is_lit=True)).permute(2, 0, 1)[None]
    packed = {lamps.FRONT: pixels, lamps.WRIST: pixels}
    floats = {key: value.float() / 255 for key, value in packed.items()}
    torch.testing.assert_close(classifier.probabilities(packed), classifier.probabilities(floats))


@pytest.mark.parametrize("inside", ["", "checkpoints/last", "checkpoints/last/pretrained_model"])
def test_any_folder_of_a_training_will_do(trained: Path, inside: str) -> None:
    """The one it was told to write into, or one further down."""
    assert RewardClassifier(trained / inside).shapes[lamps.WRIST] == (3, 128, 128)


def test_a_missing_camera_is_named(classifier: RewardClassifier) -> None:
    """And that the body does not show it."""
    with pytest.raises(ClassifierError, match=r"looks at observation\.images\.wrist, which"):
        classifier.probability({lamps.FRONT: lamps.picture(0, 0, is_lit=False)})


def test_a_picture_of_another_size_is_refused(classifier: RewardClassifier) -> None:
    """With both sizes."""
    small = np.zeros((64, 96, 3), np.uint8)
    with pytest.raises(ClassifierError, match="is 64x96x3, the classifier was trained on 128x128"):
        classifier.probability({lamps.FRONT: small, lamps.WRIST: small})


def test_an_empty_folder_says_how_a_classifier_is_made(tmp_path: Path) -> None:
    """With the script's name."""
    with pytest.raises(ClassifierError, match=r"dora-hil classifier train makes"):
        RewardClassifier(tmp_path)


@pytest.mark.parametrize("name", ["model.safetensors", "classifier_preprocessor.json"])
def test_a_missing_file_is_named(copy: Path, name: str) -> None:
    """Before anything is loaded."""
    (copy / name).unlink()
    with pytest.raises(ClassifierError, match=f"{name} is missing"):
        RewardClassifier(copy)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        # LeRobot would go on with random weights.
        ({"num_cameras": 2, "hidden_dim": 32}, "size mismatch"),
        # Success is yes or no.
        ({"num_classes": 3}, "with 2 classes"),
    ],
)
def test_another_network_is_refused(copy: Path, changed: dict[str, int], says: str) -> None:
    """Of other sizes than its weights, or of other classes than two."""
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(config | changed))
    with pytest.raises(ClassifierError, match=says):
        RewardClassifier(copy)
