"""`lerobot-node actor`: the parts put together, and the loop."""

import logging
import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from dora_hil.arguments import NodeArguments, number
from dora_hil.config import words_of
from dora_hil.node import attach
from lerobot_node.hil.learner_command import add_resume
from lerobot_node.policy.loop import PolicyLoop

log = logging.getLogger(__name__)


def parser() -> NodeArguments:
    """Return the options of `actor`."""
    p = NodeArguments(
        "lerobot-node actor",
        "Act, and send what came of it to LeRobot's learner. Every key of the config can be given "
        "too: --policy.device=cuda. TRAIN_ARGS holds more of these words.",
    )
    p.option(
        "--config_path",
        variable="TRAIN_CONFIG",
        default="configs/train_gym_hil_state.json",
        kind=Path,
        about="LeRobot's RL training JSON, the learner's",
    )
    p.option(
        "--hold_after",
        variable="HOLD_AFTER_EPISODES",
        default=0,
        kind=number(int, 0),
        about="begin no episode while the learner has not confirmed so many; 0 goes on regardless",
    )
    add_resume(p)
    return p


def start(argv: Sequence[str]) -> int:
    """Act with these arguments; returns the exit code."""
    args, words = parser().parse_node_and_rest(argv)
    os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")
    # LeRobot's buffers compile a function, which needs a C++ compiler; nothing here uses it.
    os.environ.setdefault("TORCH_COMPILE_DISABLE", "1")
    from lerobot_node.hil.actor import Actor
    from lerobot_node.hil.checkpoints import pretrained_model
    from lerobot_node.hil.link import LearnerLink
    from lerobot_node.hil.metrics import MetricsFile
    from lerobot_node.hil.policy import LearningPolicy
    from lerobot_node.hil.train_config import load

    config = load(args.config_path, [*words, *words_of("TRAIN_ARGS")])
    config.resume = config.resume or args.resume
    folder = Path(config.output_dir or "outputs/train/hil")
    if config.resume:
        config.policy.pretrained_path = pretrained_model(folder)
    policy = LearningPolicy(config)
    service = config.policy.actor_learner_config
    with closing(MetricsFile(folder / "actor_metrics.jsonl")) as metrics:
        link = LearnerLink(service.learner_host, service.learner_port)
        actor = Actor(
            policy,
            link,
            metrics,
            steps=config.policy.online_steps,
            first_seed=1_000_000 + 10_000 * (config.seed or 0),
            hold_after=args.hold_after,
        )
        if actor.steps:
            log.info("going on after %d episodes, %d steps", actor.episodes, actor.steps)
        with closing(link):
            return PolicyLoop(attach(), actor).run()
