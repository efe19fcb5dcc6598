"""What LeRobot 0.6.1's reward classifier gets wrong, put right from outside.

Nothing is changed on the disk; what is trained here loads in stock LeRobot. Every one can go
when LeRobot has it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import transformers
from lerobot.rewards.classifier import modeling_classifier
from lerobot.rewards.classifier.configuration_classifier import RewardClassifierConfig
from lerobot.rewards.classifier.modeling_classifier import Classifier
from transformers import AutoModel

from dora_hil import logs

BACKBONE = "backbone"
"""Folder in a checkpoint with the config of the network that `model_name` named."""

RANDOM = "has_random_weights"
"""Key in the config of a network that nobody has trained yet."""


class SoundClassifier(Classifier):  # type: ignore[misc] # LeRobot has no types
    """LeRobot's classifier, of which more than the last two layers is trained.

    LeRobot computes everything up to the head without gradients, its own pooling, linear layer and
    norm of each camera included, which therefore keep their random weights. And it freezes the
    backbone, which is right for a pretrained one only.
    """

    def _freeze_encoder(self) -> None:
        if not getattr(self.vision_config, RANDOM, False):
            super()._freeze_encoder()

    def _get_encoder_output(self, x: torch.Tensor, image_key: str) -> torch.Tensor:
        if self.is_cnn:
            return torch.as_tensor(self.encoders[image_key](x))
        return torch.as_tensor(self.encoder(x).last_hidden_state[:, 0, :])

    def extract_images_and_labels(
        self, batch: dict[str, torch.Tensor]
    ) -> tuple[list[torch.Tensor], torch.Tensor]:
        """Return the pictures and a label for each, without the dimension of time."""
        images, labels = super().extract_images_and_labels(batch)
        return images, labels.reshape(len(labels))

    def _save_pretrained(self, save_directory: Path) -> None:
        super()._save_pretrained(save_directory)
        # LeRobot would want the folder of `model_name` again, only to overwrite its weights.
        self.vision_config.save_pretrained(save_directory / BACKBONE)


def make_training_sound() -> None:
    """Let `lerobot-train` use what is right here.

    - More than the head is trained: see `SoundClassifier`.
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
    logs.show("step", "Checkpoint policy", "End of training")
    modeling_classifier.Classifier = SoundClassifier
    RewardClassifierConfig.reward_delta_indices = property(_previous_row)


def _previous_row(_config: RewardClassifierConfig) -> list[int]:
    return [-1]


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
        library: Any = AutoModel
        return library.from_config(transformers.AutoConfig.from_pretrained(self._folder))
