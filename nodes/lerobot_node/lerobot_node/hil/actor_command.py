"""`lerobot-node actor`: the parts put together, and the loop."""

import logging
import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from dora_hil.arguments import NodeArguments
from dora_hil.config import words_of
from dora_hil.node import attach
from lerobot_node.policy.loop import PolicyLoop

log = logging.getLogger(__name__)

DELIVERY_TIME_LIMIT_S = 30.0
"""For episodes that the learner has not confirmed when the run is over."""


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
    return p


def start(argv: Sequence[str]) -> int:
    """Act with these arguments; returns the exit code."""
    args, words = parser().parse_node_and_rest(argv)
    os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")
    # LeRobot's buffers compile a function, which needs a C++ compiler; nothing here uses it.
    os.environ.setdefault("TORCH_COMPILE_DISABLE", "1")
    from lerobot_node.hil.actor import Actor
    from lerobot_node.hil.link import LearnerLink
    from lerobot_node.hil.metrics import MetricsFile
    from lerobot_node.hil.policy import LearningPolicy
    from lerobot_node.hil.train_config import load

    config = load(args.config_path, [*words, *words_of("TRAIN_ARGS")])
    policy = LearningPolicy(config)
    folder = Path(config.output_dir or "outputs/train/hil")
    service = config.policy.actor_learner_config
    with closing(MetricsFile(folder / "actor_metrics.jsonl")) as metrics:
        link = LearnerLink(service.learner_host, service.learner_port)
        actor = Actor(
            policy,
            link,
            metrics,
            steps=config.policy.online_steps,
            first_seed=1_000_000 + 10_000 * (config.seed or 0),
        )
        try:
            return PolicyLoop(attach(), actor).run()
        finally:
            if not link.close(DELIVERY_TIME_LIMIT_S):
                log.error("%d episode(s) did not reach the learner", link.unconfirmed)
