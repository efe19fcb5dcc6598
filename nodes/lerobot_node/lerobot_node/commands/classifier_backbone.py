"""Make a small image network with random weights, for a reward classifier without any download.

    uv run dora-hil classifier backbone --output outputs/backbone_small

A ResNet-10 of Transformers with 16 to 128 channels (0.3 million weights; LeRobot's published
lerobot/resnet10 has 64 to 512, and is pretrained). The classifier's training trains it too.
"""

import argparse
from pathlib import Path
from typing import Any

from dora_hil.arguments import NodeArguments
from dora_hil.command import Command
from dora_hil.errors import UserError


def add_arguments(parser: NodeArguments) -> None:
    """Declare its options."""
    parser.add_argument("--output", type=Path, default=Path("outputs/backbone_small"))
    parser.add_argument("--channels", type=int, nargs=4, default=[16, 32, 64, 128])
    parser.add_argument("--seed", type=int, default=0)


def run(args: argparse.Namespace) -> None:
    """Make it.

    Raises:
        UserError: the folder is there already.
    """
    if args.output.exists():
        raise UserError(f"{args.output}: is there already")
    import torch
    import transformers

    from lerobot_node.reward.patches import RANDOM

    # Half of it has no types.
    library: Any = transformers
    library.logging.disable_progress_bar()
    torch.manual_seed(args.seed)
    config = library.ResNetConfig(
        embedding_size=args.channels[0],
        hidden_sizes=args.channels,
        depths=[1, 1, 1, 1],
        layer_type="basic",
    )
    setattr(config, RANDOM, True)
    model = library.ResNetModel(config)
    model.save_pretrained(args.output)
    weights = sum(parameter.numel() for parameter in model.parameters())
    print(f"{args.output}: {weights:,} weights, from seed {args.seed}")


COMMAND = Command("Reward classifiers", __doc__ or "", add_arguments, run)
