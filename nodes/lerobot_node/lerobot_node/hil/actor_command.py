"""`lerobot-node actor`: the parts put together, and the loop."""

import logging
import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from dora_hil.arguments import NodeArguments
from dora_hil.config import words_of
from dora_hil.episode_stream import EpisodeStream
from dora_hil.errors import one_line
from dora_hil.node import NodePort, attach

if TYPE_CHECKING:
    from lerobot_node.hil.actor import Actor

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
            return ActorLoop(attach(), actor).run()
        finally:
            if not link.close(DELIVERY_TIME_LIMIT_S):
                log.error("%d episode(s) did not reach the learner", link.unconfirmed)


class ActorLoop:
    """Runs an actor until it has sent enough or the body has gone."""

    def __init__(self, port: NodePort, actor: "Actor") -> None:
        """Take the parts."""
        self._port = port
        self._actor = actor

    def run(self) -> int:
        """Handle messages until the run is over; returns the exit code."""
        failure = ""
        try:
            self._hear_all()
        except Exception as error:
            failure = one_line(error)
            raise
        finally:
            over = self._actor.over(failure)
            self._port.send("status", over)
        if not over.ok:
            log.error("%s", over.message)
        return 0 if over.ok else 1

    def _hear_all(self) -> None:
        stream = EpisodeStream(self._port)
        for batch in stream.batches():
            for timestep in batch:
                self._actor.hear(timestep)
            action = self._actor.answer(batch[-1])
            if action is not None:
                self._port.send("action", action)
            for status in self._actor.statuses():
                self._port.send("status", status)
            if self._actor.is_over:
                return
        self._actor.stream_ended(expected=stream.is_stopped)
