"""What LeRobot 0.6.1's reward classifier gets wrong, put right from outside.

Nothing is changed on the disk; what is trained here loads in stock LeRobot. Every one can go
when LeRobot has it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import transformers
from lerobot.rewards.classifier import modeling_classifier
from lerobot.rewards.classifier.configuration_classifier import RewardClassifierConfig
from lerobot.rewards.classifier.modeling_classifier import Classifier
from lerobot.rewards.classifier.processor_classifier import make_classifier_processor
from lerobot.utils.constants import OBS_IMAGE, REWARD
from transformers import AutoConfig, AutoModel
from transformers.modeling_outputs import BaseModelOutput

from dora_hil import logs
from lerobot_node.encoder.embedding import embedded
from lerobot_node.encoder.frozen import FrozenEncoder
from lerobot_node.encoder.modeling_timm_trunk import TimmTrunk, TimmTrunkConfig
from lerobot_node.reward.encoded_views import ENCODED, EncodedViews

BACKBONE = "backbone"
"""Folder in a checkpoint with the config of the network that `model_name` named."""

_RGB = 3

RANDOM = "has_random_weights"
"""Key in the config of a network that nobody has trained yet."""


class PatchedClassifier(Classifier):  # type: ignore[misc] # LeRobot has no types
    """LeRobot's classifier, of which more than the last two layers is trained.

    LeRobot computes everything up to the head without gradients, its own pooling, linear layer and
    norm of each camera included, which therefore keep their random weights. And it freezes the
    backbone, which is right for a pretrained one only.
    """

    def _freeze_encoder(self) -> None:
        if not getattr(self.vision_config, RANDOM, False):
            super()._freeze_encoder()

    def _get_encoder_output(self, x: torch.Tensor, image_key: str) -> torch.Tensor:
        if not self.is_cnn:
            return torch.as_tensor(self.encoder(x).last_hidden_state[:, 0, :])
        layers = self.encoders[image_key]
        if x.shape[1] == _RGB:
            return torch.as_tensor(layers(x))
        # Features, of `encoder_of`.
        cells = torch.nn.functional.pixel_unshuffle(x.float(), _unshuffle(self.encoder))
        return torch.as_tensor(layers[2:](embedded(layers[1].kernel, cells)))

    def extract_images_and_labels(
        self, batch: dict[str, torch.Tensor]
    ) -> tuple[list[torch.Tensor], torch.Tensor]:
        """Return the pictures, or their features, and a label for each, without a time."""
        names = [(f"{ENCODED}{key}", key) for key in self._cameras()]
        pictures = [batch[made if made in batch else key] for made, key in names]
        return pictures, batch[REWARD].reshape(len(batch[REWARD]))

    def _cameras(self) -> list[str]:
        return [key for key in self.config.input_features if key.startswith(OBS_IMAGE)]

    def _save_pretrained(self, save_directory: Path) -> None:
        super()._save_pretrained(save_directory)
        # LeRobot would want the folder of `model_name` again, only to overwrite its weights.
        self.vision_config.save_pretrained(save_directory / BACKBONE)


def encoder_of(
    model: Classifier, normalise: Callable[[dict[str, torch.Tensor]], Any], name: str, device: str
) -> FrozenEncoder | None:
    """Return what makes the features that a classifier looks at, where its backbone is frozen.

    Args:
        model: LeRobot's.
        normalise: what was before it in its training.
        name: of the backbone; only told.
        device: torch's name.

    Returns:
        None for a backbone that was trained with the rest, and for a transformer.
    """
    if not model.is_cnn or getattr(model.vision_config, RANDOM, False):
        return None
    shapes = {key: tuple(f.shape) for key, f in model.config.input_features.items()}
    return FrozenEncoder(name, _Base(model.encoder), normalise, shapes, device)


class _Base(torch.nn.Module):
    """A backbone with its cells where they were before they became channels."""

    def __init__(self, backbone: torch.nn.Module) -> None:
        super().__init__()
        self.backbone = backbone

    def forward(self, pictures: torch.Tensor) -> BaseModelOutput:
        features = self.backbone(pictures).last_hidden_state
        cells: Any = torch.nn.functional.pixel_shuffle(features, _unshuffle(self.backbone))
        return BaseModelOutput(last_hidden_state=cells)


def _unshuffle(backbone: torch.nn.Module) -> int:
    return int(getattr(backbone.config, "unshuffle", 1))


def patch_training() -> None:
    """Let `lerobot-train` use what is right here.

    - Pictures of a frozen backbone are encoded once, before the first step.
    - More than the head is trained: see `PatchedClassifier`.
    - A picture gets its own label. A row of a dataset holds the observation before an action and
      the reward after it, so that LeRobot would teach success a frame too early.
    - The terminal shows a line for every `log_freq` steps, evaluation and checkpoint. LeRobot sets
      up logging anew, prints its config on 120 lines, and draws a bar through all of it.
    """
    # Imported late: a classifier that only judges does without it, and without what it imports.
    from lerobot.scripts import lerobot_train

    lerobot_train.init_logging = lambda **_options: None
    bar = lerobot_train.tqdm
    lerobot_train.tqdm = lambda *steps, **options: bar(*steps, **{**options, "disable": True})
    logs.show("step", "Checkpoint policy", "End of training", "encoded")
    stock = lerobot_train.make_train_eval_datasets
    lerobot_train.make_train_eval_datasets = lambda cfg: _encoded(cfg, *stock(cfg))
    modeling_classifier.Classifier = PatchedClassifier
    RewardClassifierConfig.reward_delta_indices = property(lambda _config: [-1])


def _encoded(cfg: Any, *datasets: Any) -> tuple[Any, ...]:
    config = cfg.reward_model
    stats = datasets[0].meta.stats
    normalise, _ = make_classifier_processor(config, dataset_stats=stats)
    model = PatchedClassifier(config)
    encoder = encoder_of(model, normalise.process_observation, config.model_name, config.device)
    if encoder is None:
        return datasets
    return tuple(each and EncodedViews(each, encoder) for each in datasets)


@contextmanager
def backbone_from(folder: Path) -> Iterator[None]:
    """Build a classifier's backbone from its checkpoint; its weights come with all the others."""
    if not (folder / BACKBONE).is_dir():
        yield
        return

    library: Any = transformers
    stock, library.AutoModel = library.AutoModel, _Built(folder / BACKBONE)
    try:
        yield
    finally:
        library.AutoModel = stock


class _Built:
    """Stands where LeRobot expects Transformers' `AutoModel`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def from_pretrained(self, _name: str, **_options: Any) -> Any:
        configs: Any = AutoConfig
        models: Any = AutoModel
        # Our own trunk is here already: no code out of a checkpoint has to be run for it.
        configs.register(TimmTrunkConfig.model_type, TimmTrunkConfig, exist_ok=True)
        models.register(TimmTrunkConfig, TimmTrunk, exist_ok=True)
        return models.from_config(configs.from_pretrained(self._folder))
