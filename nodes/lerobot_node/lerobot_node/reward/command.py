"""`lerobot-node reward`: the parts put together, and the loop."""

import logging
import statistics
from collections.abc import Sequence
from pathlib import Path

from dora_hil.arguments import NodeArguments
from dora_hil.config import words_of
from dora_hil.node.episode_stream import EpisodeStream
from dora_hil.node.node import NodePort, attach
from lerobot_node.reward.config import RewardConfig, load
from lerobot_node.reward.stage import RewardStage, Tally

log = logging.getLogger(__name__)


def parser() -> NodeArguments:
    """Return the options of `reward`."""
    p = NodeArguments(
        "lerobot-node reward",
        "Say from the pictures what is success, between a body and everyone else. Every key of "
        "the config can be given too: --env.processor.reward_classifier.success_threshold=0.7. "
        "REWARD_ARGS holds more of these words.",
    )
    p.option(
        "--config_path",
        variable="REWARD_CONFIG",
        default="configs/gym_hil_reward.json",
        kind=Path,
        about="JSON with LeRobot's env.processor.reward_classifier",
    )
    return p


def start(argv: Sequence[str]) -> int:
    """Run the stage with these arguments; returns its exit code."""
    args, words = parser().parse_node_and_rest(argv)
    config = load(args.config_path, [*words, *words_of("REWARD_ARGS")])
    stage = build(config)
    return run(attach(), stage)


def build(config: RewardConfig) -> RewardStage | None:
    """Load the classifier; None where there is none, so that everything passes.

    Raises:
        UserError: there is no usable classifier where the config says.
    """
    path = config.classifier.pretrained_path
    if path is None:
        return None
    # LeRobot takes seconds to import.
    from lerobot_node.reward.classifier import RewardClassifier

    return RewardStage(RewardClassifier(path, config.device), config)


def run(port: NodePort, stage: RewardStage | None) -> int:
    """Pass messages on until the body has gone; returns the exit code."""
    for timestep in EpisodeStream(port):
        passed, control = (timestep, None) if stage is None else stage.hear(timestep)
        # First the body: it goes on without waiting.
        if control is not None:
            port.send("control", control)
        if passed is not None:
            port.send("episode", passed)
    if stage is not None and stage.tally.latencies_s:
        log.info("%s", summary(stage.tally))
    return 0


def summary(tally: Tally) -> str:
    """Return the line at the end of a run."""
    latencies_ms = [1e3 * latency_s for latency_s in tally.latencies_s]
    slow_ms = statistics.quantiles(latencies_ms, n=20)[-1] if len(latencies_ms) > 1 else 0.0
    confirmed = (
        f" ({tally.confirmed} of them in a frame that the body's own signal agreed with)"
        if tally.body_speaks
        else ""
    )
    return (
        f"{tally.successes} of {tally.episodes} episode(s) succeeded{confirmed}; "
        f"{len(latencies_ms)} frames judged in {statistics.median(latencies_ms):.1f} ms each "
        f"(95 %: {slow_ms:.1f} ms)"
    )
