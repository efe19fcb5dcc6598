"""LeRobot's reward classifier, loaded for looking at the pictures of a stream or a dataset."""

from collections.abc import Mapping
from pathlib import Path

import torch
from lerobot.configs.rewards import RewardModelConfig
from lerobot.processor import PolicyProcessorPipeline
from lerobot.rewards.classifier.configuration_classifier import RewardClassifierConfig
from safetensors.torch import load_model

from dora_hil.errors import UserError, one_line
from dora_hil.stream.spec import Columns
from lerobot_node.encoder.frozen import FrozenEncoder
from lerobot_node.encoder.pictures import as_numbers, batch_of
from lerobot_node.reward.patches import PatchedClassifier, backbone_from, encoder_of

PREPROCESSOR = "classifier_preprocessor.json"
CONFIG = "config.json"
WEIGHTS = "model.safetensors"

_INSIDE = ("", "pretrained_model", "checkpoints/last/pretrained_model")


class ClassifierError(UserError):
    """A classifier that cannot be used; the text says what is wrong with it."""


class RewardClassifier:
    """A trained classifier, with the normaliser that it was trained with.

    LeRobot's own inference leaves the normaliser out.

    Attributes:
        folder: with its `config.json`.
        shapes: float32 pictures that it wants, channels first, by column.
        encoder: of its pictures, where the backbone is frozen: each is encoded once.
    """

    def __init__(self, path: Path, device: str = "cpu") -> None:
        """Load it.

        Args:
            path: the output folder of a training, or the folder with `config.json` in it.
            device: torch's name.

        Raises:
            ClassifierError: there is none, a part is missing, or it has not two classes.
        """
        folder = _find(path)
        try:
            config = RewardModelConfig.from_pretrained(folder)
        except Exception as error:
            raise ClassifierError(f"{folder}: {one_line(error)}") from None
        if not isinstance(config, RewardClassifierConfig) or config.num_classes != 2:
            raise ClassifierError(
                f"{folder}: expected a reward_classifier with 2 classes, as lerobot-train makes it"
            )
        config.device = device
        try:
            with backbone_from(folder):
                self._model = PatchedClassifier(config)
            # LeRobot's own loading accepts a file of another network with a warning.
            missing, _ = load_model(self._model, folder / WEIGHTS, strict=False)
            if missing:
                raise ClassifierError(f"{folder / WEIGHTS}: has no {missing[0]}")
            self._model.to(device).eval()
            self._preprocessor = PolicyProcessorPipeline.from_pretrained(
                folder, PREPROCESSOR, overrides={"device_processor": {"device": device}}
            )
        except (OSError, ValueError, RuntimeError) as error:
            raise ClassifierError(f"{folder}: {one_line(error)}") from None
        self.folder = folder
        self._device = torch.device(device)
        self.shapes: Mapping[str, tuple[int, ...]] = {
            key: tuple(feature.shape) for key, feature in config.input_features.items()
        }
        self.encoder: FrozenEncoder | None = encoder_of(
            self._model, self._preprocessor.process_observation, str(config.model_name), device
        )

    def probability(self, columns: Columns) -> float:
        """Return the probability that a step's pictures show success.

        Args:
            columns: of a `TimeStep`; its pictures are uint8, height x width x rgb.

        Raises:
            ClassifierError: a picture is missing, or of another size.
        """
        for key, shape in self.shapes.items():
            picture = columns.get(key)
            if picture is None:
                raise ClassifierError(
                    f"the classifier looks at {key}, which the body does not show"
                )
            if (picture.shape[2], *picture.shape[:2]) != shape:
                found = "x".join(str(part) for part in picture.shape)
                wanted = "x".join(str(part) for part in (*shape[1:], shape[0]))
                raise ClassifierError(f"{key} is {found}, the classifier was trained on {wanted}")
        if self.encoder is not None:
            features = self.encoder.look(columns)
            seen = [features[name].to(self._device) for name in self.encoder.stored.values()]
            return float(self._probabilities(seen)[0])
        return float(self.probabilities({key: batch_of(columns[key]) for key in self.shapes})[0])

    def probabilities(self, pictures: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """Return the probabilities of a batch, float32 [n] on the CPU.

        Args:
            pictures: by column, [n, 3, height, width]; bytes, or floats in [0, 1].
        """
        floats = {key: as_numbers(tensor).to(self._device) for key, tensor in pictures.items()}
        batch = self._preprocessor(floats)
        return self._probabilities([batch[key] for key in self.shapes])

    @torch.inference_mode()
    def _probabilities(self, seen: list[torch.Tensor]) -> torch.Tensor:
        return torch.as_tensor(self._model.predict(seen).probabilities).cpu()

    def encoded(self, columns: Columns) -> Columns:
        """Return the features that were made of a step, for those who look at it afterwards."""
        if self.encoder is None:
            return {}
        return self.encoder.columns(self.encoder.look(columns))


def _find(path: Path) -> Path:
    for inside in _INSIDE:
        folder = path / inside
        if (folder / CONFIG).is_file():
            for needed in (WEIGHTS, PREPROCESSOR):
                if not (folder / needed).is_file():
                    raise ClassifierError(f"{folder}: {needed} is missing")
            return folder
    raise ClassifierError(
        f"{path}: there is no classifier here ({CONFIG} is missing); expected a folder such as "
        "outputs/train/reward_classifier, which dora-hil classifier train makes"
    )
