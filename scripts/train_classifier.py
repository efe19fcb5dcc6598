"""Train LeRobot's reward classifier: `lerobot-train`, with what it gets wrong put right.

    uv run scripts/train_classifier.py --config_path configs/train_reward_classifier.json

Every word is `lerobot-train`'s own (--steps=500, --dataset.root=...); `lerobot-train --help` has
them all. See `lerobot_node/reward/patches.py` for what differs.
"""

import argparse
import os
import sys

from dora_hil.arguments import NodeArguments
from dora_hil_datasets.script import LOCAL, run_script

NAME = "train_classifier"


def main() -> None:
    """Check what LeRobot would trip over, and train.

    Raises:
        UserError: the config, the dataset or the backbone cannot be used.
    """
    parser = NodeArguments(NAME, __doc__ or "")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.usage = "train_classifier --config_path FILE [--KEY=VALUE ...]"
    # For --help alone, which would otherwise be a page of LeRobot's, half a minute later.
    parser.parse_known_args()
    os.environ.update(LOCAL)
    from lerobot_node.reward.training import check

    sys.argv[1:] = check(sys.argv[1:])
    from lerobot.scripts.lerobot_train import main as lerobot_train

    from lerobot_node.reward.patches import patch_training

    patch_training()
    lerobot_train()


if __name__ == "__main__":
    run_script(NAME, main)
