"""`lerobot-node learner`: LeRobot's learner, with what it gets wrong put right."""

import os
from collections.abc import Sequence
from pathlib import Path

from dora_hil.arguments import NodeArguments
from dora_hil.config import words_of


def parser() -> NodeArguments:
    """Return the options of `learner`."""
    p = NodeArguments(
        "lerobot-node learner",
        "LeRobot's own learner for HIL-SERL, with its start-up and buffer defects put right. "
        "Every key of the config can be given too: --policy.device=cuda. TRAIN_ARGS holds more.",
    )
    p.option(
        "--config_path",
        variable="TRAIN_CONFIG",
        default="configs/train_gym_hil_state.json",
        kind=Path,
        about="LeRobot's RL training JSON",
    )
    return p


def start(argv: Sequence[str]) -> int:
    """Learn with these arguments; returns the exit code."""
    args, words = parser().parse_node_and_rest(argv)
    os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TORCH_COMPILE_DISABLE", "1")
    from lerobot_node.hil.learning import learn
    from lerobot_node.hil.train_config import load

    config = load(args.config_path, [*words, *words_of("TRAIN_ARGS")])
    return learn(config)
