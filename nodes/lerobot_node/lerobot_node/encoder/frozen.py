"""Pictures that are encoded when they are seen, and never again."""

import hashlib
from collections import deque
from collections.abc import Mapping
from typing import Any

import torch
from lerobot.policies import make_pre_post_processors
from lerobot.policies.gaussian_actor.configuration_gaussian_actor import GaussianActorConfig
from lerobot.policies.gaussian_actor.modeling_gaussian_actor import PretrainedImageEncoder

from dora_hil.environment import Columns

Features = dict[str, torch.Tensor]
"""float16[n, channels, height, width] on the CPU, by stored name."""

PREFIX = "encoded"
"""Of stored names; LeRobot shifts and normalises what begins with `observation.image`."""


def is_frozen(policy: GaussianActorConfig) -> bool:
    """Say whether the features of a picture stay what they are while the policy learns."""
    frozen = policy.vision_encoder_name is not None and policy.freeze_vision_encoder
    return bool(frozen and policy.image_features)


class FrozenEncoder:
    """LeRobot's pretrained image encoder with the policy's normaliser before it.

    A stored name holds eight digits of what the encoder is made of, so that features of another
    encoder never pass for its own: neither in a message, nor in a buffer, nor in a checkpoint.

    Attributes:
        name: `policy.vision_encoder_name`: a folder, or a repository.
        stored: names of features by the column of the pictures they stand for.
        shapes: of features by stored name, without the batch's dimension.
    """

    def __init__(self, policy: GaussianActorConfig) -> None:
        """Load it as LeRobot does.

        Args:
            policy: a config of which `is_frozen` is true.
        """
        self.name = str(policy.vision_encoder_name)
        network = PretrainedImageEncoder(policy).eval()
        self._normalise, _ = make_pre_post_processors(
            policy_cfg=policy, dataset_stats=policy.dataset_stats
        )
        self._device = torch.device(policy.device)
        digest = _digest(network, policy)
        self.stored = {key: f"{PREFIX}.{digest}.{key}" for key in policy.image_features}
        # Half the time of torch's default on a CPU; the numbers are the same.
        self._network = network.to(self._device, memory_format=torch.channels_last)
        self._newest: deque[tuple[Columns, Features]] = deque(maxlen=2)
        blank = {key: torch.zeros(1, *policy.input_features[key].shape) for key in self.stored}
        self.shapes = {key: tuple(f.shape[1:]) for key, f in self.encode(blank).items()}

    @torch.no_grad()
    def encode(self, pictures: Mapping[str, torch.Tensor]) -> Features:
        """Encode pictures.

        Args:
            pictures: float32[n, 3, height, width] in [0, 1], by column; all of one size.
        """
        seen = self._normalise.process_observation(dict(pictures))
        batch = torch.cat([seen[key] for key in self.stored]).to(self._device)
        features = self._network(batch.contiguous(memory_format=torch.channels_last))
        # Each camera's own memory: whoever stores one would otherwise write both.
        parts = [part.half().cpu().contiguous() for part in features.chunk(len(self.stored))]
        return dict(zip(self.stored.values(), parts, strict=True))

    def look(self, columns: Columns) -> Features:
        """Return the features of an observation; the newest two are known already.

        Args:
            columns: uint8[height, width, 3] pictures among them.
        """
        for known, features in self._newest:
            if known is columns:
                return features
        pictures = {
            key: torch.from_numpy(columns[key].copy()).permute(2, 0, 1)[None].float() / 255.0
            for key in self.stored
        }
        features = self.encode(pictures)
        self._newest.append((columns, features))
        return features


def _digest(network: torch.nn.Module, policy: GaussianActorConfig) -> str:
    """Return what tells this encoder from others: its weights and what is done before them."""
    state = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        state.update(name.encode())
        state.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    stats: Mapping[str, Any] = policy.dataset_stats or {}
    normaliser = [(key, stats.get(key)) for key in policy.image_features]
    state.update(repr((policy.normalization_mapping.get("VISUAL"), normaliser)).encode())
    return state.hexdigest()[:8]
