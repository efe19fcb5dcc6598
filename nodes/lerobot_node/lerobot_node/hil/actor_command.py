"""`lerobot-node actor`: the parts put together, and the loop."""

import logging
from collections.abc import Sequence
from contextlib import ExitStack, closing
from functools import partial
from typing import TYPE_CHECKING

from dora_hil.arguments import NodeArguments, number
from dora_hil.node.node import attach
from lerobot_node.hil.arguments import training_arguments, training_config
from lerobot_node.hil.episode_folder import UNCONFIRMED, EpisodeFolder, held
from lerobot_node.policy.policy_loop import PolicyLoop

if TYPE_CHECKING:
    from lerobot.rl.train_rl import TrainRLServerPipelineConfig

log = logging.getLogger(__name__)


def parser() -> NodeArguments:
    """Return the options of `actor`."""
    p = training_arguments(
        "lerobot-node actor",
        "Act, and send what came of it to LeRobot's learner. Every key of the config can be given "
        "too: --policy.device=cuda. TRAIN_ARGS holds more of these words.",
    )
    p.option(
        "--hold_after",
        variable="HOLD_AFTER_EPISODES",
        default=0,
        kind=number(int, 0),
        about="begin no episode while the learner has not confirmed so many; 0 goes on regardless",
    )
    p.option(
        "--film_every",
        variable="FILM_EVERY",
        default=5,
        kind=number(int, 0),
        about="film one of so many episodes, into films in output_dir; 0 films none",
    )
    return p


def start(argv: Sequence[str]) -> int:
    """Act with these arguments; returns the exit code."""
    args, words = parser().parse_node_and_rest(argv)
    config = training_config(args, words)
    with held(config.output_dir, UNCONFIRMED):
        return _act(config, args.hold_after, args.film_every)


def _act(config: "TrainRLServerPipelineConfig", hold_after: int, film_every: int) -> int:
    from lerobot_node.evaluate.sinks import Films
    from lerobot_node.hil.actor import Actor
    from lerobot_node.hil.checkpoints import pretrained_model
    from lerobot_node.hil.demonstrations import check_body
    from lerobot_node.hil.film_thread import FILMS, HEIGHT_PX, FilmThread
    from lerobot_node.hil.identity import Acquaintance, job_of
    from lerobot_node.hil.learning_policy import LearningPolicy
    from lerobot_node.hil.link import LearnerLink
    from lerobot_node.hil.metrics import MetricsFile

    folder = config.output_dir
    if config.resume:
        config.policy.pretrained_path = pretrained_model(folder)
    job = job_of(config)
    policy = LearningPolicy(config)
    service = config.policy.actor_learner_config
    unconfirmed = EpisodeFolder(folder / UNCONFIRMED)
    with closing(MetricsFile(folder / "actor_metrics.jsonl")) as metrics:
        metrics.catch_up(episode.line for episode in unconfirmed.heads())
        steps = int(metrics.newest.get("Interaction step", 0))
        # Before anybody is met: the learner may be a node too, and be refused until here. What
        # answers at its address is another training's then.
        port = attach()
        link = LearnerLink(
            service.learner_host,
            service.learner_port,
            unconfirmed,
            acquaintance=Acquaintance(job, folder, is_new=steps == 0, joins=config.resume),
            steps=steps,
        )
        with closing(link), ExitStack() as opened:
            sinks = []
            if film_every:
                films = Films(folder / FILMS, lambda _: True, HEIGHT_PX)
                sinks.append(opened.enter_context(closing(FilmThread(films, film_every))))
            actor = Actor(
                policy,
                link,
                metrics,
                steps=config.policy.online_steps,
                first_seed=1_000_000 + 10_000 * (config.seed or 0),
                folder=folder,
                hold_after=hold_after,
                check_body=partial(check_body, config),
                sinks=sinks,
            )
            if actor.steps:
                log.info("going on after %d episodes, %d steps", actor.episodes, actor.steps)
            if actor.steps >= config.policy.online_steps:
                log.warning(
                    "%s: all of policy.online_steps=%d are done; a larger number goes on, "
                    "--output_dir begins another training",
                    folder,
                    config.policy.online_steps,
                )
            if link.unconfirmed:
                log.info("%d episode(s) wait for the learner", link.unconfirmed)
            return PolicyLoop(port, actor, actor.hear_other).run()
