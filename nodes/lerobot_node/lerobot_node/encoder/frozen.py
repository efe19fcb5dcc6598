"""Pictures that are encoded when they are seen, and never again."""

import hashlib
import math
from collections import deque
from collections.abc import Callable, Mapping
from typing import Self

import numpy as np
import torch
from lerobot.policies import make_pre_post_processors
from lerobot.policies.gaussian_actor.configuration_gaussian_actor import GaussianActorConfig
from lerobot.policies.gaussian_actor.modeling_gaussian_actor import PretrainedImageEncoder

from dora_hil.stream.spec import Columns
from lerobot_node.encoder.folding import folded
from lerobot_node.encoder.pictures import batch_of

Features = dict[str, torch.Tensor]
"""float16[n, channels, height, width] on the CPU, by stored name."""

type Pictures = Mapping[str, torch.Tensor]
"""float32[n, 3, height, width] by column, all of one size."""

PREFIX = "encoded"
"""Of stored names; LeRobot shifts and normalises what begins with `observation.image`."""


def is_frozen(policy: GaussianActorConfig) -> bool:
    """Say whether the features of a picture stay what they are while the policy learns."""
    frozen = policy.vision_encoder_name is not None and policy.freeze_vision_encoder
    return bool(frozen and policy.image_features)


class FrozenEncoder:
    """A pretrained network with the normaliser before it.

    A stored name holds eight digits of what its features are made by, so that those of another
    encoder never pass for them: neither in a message, nor in a buffer, nor in a checkpoint. Two
    that are made by the same weights behind the same normaliser have the same name, whoever
    loaded them.

    Attributes:
        name: of the network: a folder, or a repository.
        stored: names of features by the column of the pictures they stand for.
        shapes: of features by stored name, without the batch's dimension.
    """

    def __init__(
        self,
        name: str,
        network: torch.nn.Module,
        normalise: Callable[[dict[str, torch.Tensor]], Pictures],
        pictures: Mapping[str, tuple[int, ...]],
        device: str = "cpu",
    ) -> None:
        """Take a network that makes `last_hidden_state` of pictures behind a normaliser.

        It is put on the device, and never trained from here on; `pictures` are [3, height, width].
        """
        self.name = name
        self._normalise = normalise
        self._device = torch.device(device)
        weights = hashlib.sha256()
        for tensor in network.state_dict().values():
            weights.update(tensor.detach().cpu().contiguous().numpy().tobytes())
        self.stored = {key: f"{PREFIX}.{self._digest(weights, key)}.{key}" for key in pictures}
        self._newest: deque[tuple[Columns, Features]] = deque(maxlen=2)
        ramps = {
            key: torch.linspace(0, 1, math.prod(shape)).view(1, *shape)
            for key, shape in pictures.items()
        }
        ramp = next(iter(ramps.values())).to(self._device)
        network = folded(network.eval().to(self._device), ramp)
        # Half the time of torch's default on a CPU; the numbers are the same.
        layout = torch.channels_last
        self._network = network.to(memory_format=layout)  # type: ignore[call-overload]
        self.shapes = {key: tuple(f.shape[1:]) for key, f in self.encode(ramps).items()}

    @classmethod
    def of_policy(cls, policy: GaussianActorConfig) -> Self:
        """Load it as LeRobot does, for a policy of which `is_frozen` is true."""
        normalise, _ = make_pre_post_processors(
            policy_cfg=policy, dataset_stats=policy.dataset_stats
        )
        return cls(
            str(policy.vision_encoder_name),
            PretrainedImageEncoder(policy).image_enc_layers,
            normalise.process_observation,
            {key: tuple(policy.input_features[key].shape) for key in policy.image_features},
            policy.device,
        )

    @torch.no_grad()
    def encode(self, pictures: Pictures) -> Features:
        """Encode pictures in [0, 1] of some of the columns, or of all."""
        seen = self._normalise(dict(pictures))
        batch = torch.cat([seen[key] for key in pictures]).to(self._device)
        made = self._network(batch.contiguous(memory_format=torch.channels_last))
        # Each camera's own memory: whoever stores one would otherwise write both.
        parts = [
            part.half().cpu().contiguous() for part in made.last_hidden_state.chunk(len(pictures))
        ]
        return {self.stored[key]: part for key, part in zip(pictures, parts, strict=True)}

    def look(self, columns: Columns) -> Features:
        """Return the features of an observation; the newest two are known already.

        Args:
            columns: uint8[height, width, 3] pictures among them, or the features of these, which
                somebody has made who saw them before.
        """
        for known, features in self._newest:
            if known is columns:
                return features
        features = {
            name: torch.from_numpy(columns[name].copy())[None]
            for name in self.stored.values()
            if name in columns
        }
        pictures = {
            key: batch_of(columns[key]) for key, name in self.stored.items() if name not in features
        }
        if pictures:
            features |= self.encode(pictures)
        self._newest.append((columns, features))
        return features

    def columns(self, features: Features) -> Columns:
        """Return features of one observation as they travel: float16[channels, height, width]."""
        return {name: np.asarray(tensor[0].numpy()) for name, tensor in features.items()}

    def _digest(self, weights: "hashlib._Hash", key: str) -> str:
        """Return what tells this encoder from others: its weights and what is done before them."""
        state = weights.copy()
        ends = torch.stack([torch.zeros(3, 1, 1), torch.ones(3, 1, 1)])
        scaled = self._normalise({key: ends})[key].flatten().tolist()
        state.update(repr([f"{number:.4f}" for number in scaled]).encode())
        return state.hexdigest()[:8]
