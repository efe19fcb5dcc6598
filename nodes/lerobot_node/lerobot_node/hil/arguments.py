"""What actor and learner are told alike."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dora_hil.arguments import NodeArguments, switch
from dora_hil.config import words_of

if TYPE_CHECKING:
    from lerobot.rl.train_rl import TrainRLServerPipelineConfig


def training_arguments(name: str, about: str) -> NodeArguments:
    """Return a parser of the config's path and of whether to go on."""
    parser = NodeArguments(name, about)
    parser.option(
        "--config_path",
        variable="TRAIN_CONFIG",
        default="configs/train_gym_hil_env.json",
        kind=Path,
        about="LeRobot's RL training JSON, the same for actor and learner",
    )
    parser.option(
        "--resume",
        variable="RESUME_TRAINING",
        default="0",
        kind=switch,
        about="1 goes on from the last checkpoint of output_dir",
    )
    return parser


def training_config(
    args: argparse.Namespace, words: Sequence[str]
) -> "TrainRLServerPipelineConfig":
    """Read the config; LeRobot, which takes seconds, is loaded here.

    Raises:
        ConfigError: the file cannot be read, LeRobot does not accept it, or the training to go on
            with has another network.
    """
    # LeRobot's buffers compile a function, which needs a C++ compiler; nothing here uses it.
    os.environ.setdefault("TORCH_COMPILE_DISABLE", "1")
    from lerobot_node.hil.checkpoints import pretrained_model
    from lerobot_node.hil.train_config import check_same_network, load

    config = load(args.config_path, [*words, *words_of("TRAIN_ARGS")])
    config.resume = config.resume or args.resume
    folder = pretrained_model(Path(config.output_dir)) if config.output_dir else None
    if config.resume and folder is not None:
        check_same_network(config, folder)
    return config
