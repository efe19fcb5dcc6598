"""What LeRobot's reward classifier gets wrong, and that it is put right."""

import logging
from collections.abc import Iterator
from pathlib import Path

import lamps
import pytest
import torch
import transformers
from lerobot.rewards.classifier import modeling_classifier
from lerobot.rewards.classifier.configuration_classifier import RewardClassifierConfig
from lerobot.rewards.classifier.modeling_classifier import Classifier
from lerobot.rewards.factory import get_reward_model_class
from lerobot.scripts import lerobot_train
from small_classifier import backbone, config

from dora_hil import logs
from lerobot_node.reward.patches import (
    PatchedClassifier,
    backbone_from,
    patch_training,
)


def learning(model: Classifier) -> set[str]:
    """Return the parts that a step of training reaches."""
    batch = {
        lamps.FRONT: torch.rand(4, 3, 128, 128),
        lamps.WRIST: torch.rand(4, 3, 128, 128),
        "next.reward": torch.tensor([[0.0], [1.0], [0.0], [1.0]]),
    }
    loss, _ = model.forward(batch)
    loss.backward()
    return {name.split(".")[0] for name, weight in model.named_parameters() if _moves(weight)}


def _moves(weight: torch.nn.Parameter) -> bool:
    return weight.grad is not None and bool(weight.grad.abs().sum() > 0)


@pytest.fixture
def restored() -> Iterator[None]:
    """Undo, afterwards, what was put right."""
    delta = RewardClassifierConfig.reward_delta_indices
    yield
    modeling_classifier.Classifier = Classifier
    RewardClassifierConfig.reward_delta_indices = delta


def test_stock_trains_its_head_alone(tmp_path: Path) -> None:
    """The reason for all this; when LeRobot trains more, this can go."""
    stock = Classifier(config(backbone(tmp_path / "b", has_random_weights=True)))
    stock.extract_images_and_labels = lambda batch: (  # labels with a time, as ours have
        [batch[lamps.FRONT], batch[lamps.WRIST]],
        batch["next.reward"][:, 0],
    )
    assert learning(stock) == {"classifier_head"}


@pytest.mark.parametrize(("is_random", "parts"), [(True, {"encoder"}), (False, set())])
def test_pooling_is_trained_and_a_backbone_where_nobody_has(
    tmp_path: Path, is_random: bool, parts: set[str]
) -> None:
    """A pretrained one stays as it is."""
    folder = backbone(tmp_path / "b", has_random_weights=is_random)
    trained = learning(PatchedClassifier(config(folder)))
    assert trained == {"classifier_head", "encoders", *parts}


def test_a_picture_gets_the_reward_of_the_row_before(restored: None) -> None:
    """That led to it; LeRobot then reads it as a sequence of one."""
    patch_training()
    assert RewardClassifierConfig().reward_delta_indices == [-1]
    assert get_reward_model_class("reward_classifier") is PatchedClassifier


def test_lerobots_training_leaves_the_terminal_to_us(
    restored: None, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its own logging is not set up, its bar is not drawn; lines about its steps are shown."""
    for name in ("init_logging", "tqdm"):
        monkeypatch.setattr(lerobot_train, name, getattr(lerobot_train, name))
    shown = logs.LibraryFilter(set())
    handler = logging.NullHandler()
    handler.addFilter(shown)
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    patch_training()
    lerobot_train.init_logging(accelerator=None)
    assert list(lerobot_train.tqdm([1, 2], desc="Training", disable=False)) == [1, 2]
    assert logging.getLogger().handlers == [handler]
    texts = ["{'batch_size': 4,\n 'steps': 6}", "step:2 smpl:8 loss:0.7", "Creating dataset"]
    records = [logging.LogRecord("root", logging.INFO, "f", 1, t, None, None) for t in texts]
    assert [bool(shown.filter(record)) for record in records] == [False, True, False]
    assert capfd.readouterr() == ("", "")


def test_a_checkpoint_loads_without_the_folder_it_was_made_from(tmp_path: Path) -> None:
    """And the same pictures get the same probabilities."""
    folder = backbone(tmp_path / "b", has_random_weights=True)
    settings = config(folder)
    model = PatchedClassifier(settings).eval()
    model.save_pretrained(tmp_path / "saved")
    for path in folder.iterdir():
        path.unlink()
    with backbone_from(tmp_path / "saved"):
        again = Classifier.from_pretrained(tmp_path / "saved")
    pictures = [torch.rand(2, 3, 128, 128), torch.rand(2, 3, 128, 128)]
    with torch.inference_mode():
        torch.testing.assert_close(
            again.predict(pictures).probabilities, model.predict(pictures).probabilities
        )


def test_transformers_is_as_before_after_a_backbone_was_built(tmp_path: Path) -> None:
    """Also when building failed."""
    before = transformers.AutoModel
    (tmp_path / "backbone").mkdir()
    with pytest.raises(ValueError, match="Unrecognized"), backbone_from(tmp_path):
        transformers.AutoModel.from_pretrained("anything")
    assert transformers.AutoModel is before
