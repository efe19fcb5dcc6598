"""The first blocks of one of timm's networks, as Transformers loads it.

This file is copied beside the weights: LeRobot loads an encoder with
`AutoModel.from_pretrained(folder, trust_remote_code=True)`, which needs timm and Transformers, and
nothing of this project.
"""

from typing import Any

import timm
import torch
from transformers import PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput


class TimmTrunkConfig(PretrainedConfig):  # type: ignore[no-untyped-call]
    """Which network, and how much of it."""

    model_type = "timm_trunk"

    def __init__(
        self,
        architecture: str = "tf_efficientnet_lite0",
        blocks: int = 6,
        hidden_sizes: tuple[int, ...] = (80,),
        unshuffle: int = 1,
        **options: Any,
    ) -> None:
        """Describe a trunk.

        Args:
            architecture: timm's name of a network that has `conv_stem`, `bn1` and `blocks`.
            blocks: how many of its blocks, counted through all stages.
            hidden_sizes: channels of what comes out, last; LeRobot reads them.
            unshuffle: so many cells of each side become channels, with nothing lost: LeRobot's
                reward classifier takes features of 4 x 4 cells alone.
            options: Transformers' own.
        """
        self.architecture = architecture
        self.blocks = blocks
        self.hidden_sizes = list(hidden_sizes)
        self.unshuffle = unshuffle
        super().__init__(**options)


class TimmTrunk(PreTrainedModel):  # type: ignore[no-untyped-call]
    """Pictures float32[batch, 3, height, width] to features float32[batch, c, h, w]."""

    config_class = TimmTrunkConfig
    main_input_name = "pixel_values"

    def __init__(self, config: TimmTrunkConfig) -> None:
        """Build it, with random weights."""
        super().__init__(config)
        network: Any = timm.create_model(config.architecture, pretrained=False)
        blocks = [block for stage in network.blocks for block in stage]
        self.trunk = torch.nn.Sequential(network.conv_stem, network.bn1, *blocks[: config.blocks])
        self.post_init()  # type: ignore[no-untyped-call]

    def _init_weights(self, module: torch.nn.Module) -> None:
        """Leave timm's own initial weights."""

    def forward(self, pixel_values: torch.Tensor, **_unused: Any) -> BaseModelOutput:
        """Return the features as `last_hidden_state`."""
        features: Any = self.trunk(pixel_values)
        cells: Any = torch.nn.functional.pixel_unshuffle(features, self.config.unshuffle)
        return BaseModelOutput(last_hidden_state=cells)
