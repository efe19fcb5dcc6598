"""Train LeRobot's reward classifier: `lerobot-train`, with what it gets wrong put right.

    uv run dora-hil classifier train --config_path configs/train_reward_classifier.json

Every word is `lerobot-train`'s own (--steps=500, --dataset.root=...); `lerobot-train --help` has
them all. See `lerobot_node/reward/patches.py` for what differs.
"""

import argparse
import sys

from dora_hil.arguments import NodeArguments
from dora_hil.command import Command


def add_arguments(parser: NodeArguments) -> None:
    """Declare none: every word is LeRobot's."""
    parser.usage = "dora-hil classifier train --config_path FILE [--KEY=VALUE ...]"


def run(args: argparse.Namespace) -> None:
    """Check what LeRobot would trip over, and train.

    Raises:
        UserError: the config, the dataset or the backbone cannot be used.
    """
    from lerobot_node.reward.training import check

    # LeRobot's parser reads the process's own words, and names it in its errors.
    sys.argv[:] = [args.parser.prog, *check(args.rest)]
    from lerobot.scripts.lerobot_train import main as lerobot_train

    from lerobot_node.reward.patches import patch_training

    patch_training()
    lerobot_train()


COMMAND = Command("Reward classifiers", __doc__ or "", add_arguments, run, passes_on=True)
