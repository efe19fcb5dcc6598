"""Train LeRobot's reward classifier: `lerobot-train`, with what it gets wrong put right.

    uv run scripts/train_classifier.py --config_path configs/train_reward_classifier.json

Every word is `lerobot-train`'s own (--steps=500, --dataset.root=...). See
`lerobot_node/reward/sound.py` for what differs.
"""

import os
import sys

from lerobot_node.script import LOCAL, run_script

NAME = "train_classifier"


def main() -> None:
    """Check what LeRobot would trip over, and train.

    Raises:
        UserError: the config, the dataset or the backbone cannot be used.
    """
    os.environ.update(LOCAL)
    from lerobot_node.reward.training import check

    sys.argv[1:] = check(sys.argv[1:])
    from lerobot.scripts.lerobot_train import main as lerobot_train

    from lerobot_node.reward.sound import make_training_sound

    make_training_sound()
    lerobot_train()


if __name__ == "__main__":
    run_script(NAME, main)
