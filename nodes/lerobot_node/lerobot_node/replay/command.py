"""`lerobot-node replay`: the parts put together, and the loop."""

import logging
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from dora_hil.arguments import NodeArguments
from dora_hil.config import words_of
from dora_hil.node.episode_stream import EpisodeStream
from dora_hil.node.node import NodePort, attach
from dora_hil.owner.loop import run_owner
from dora_hil.stream.messages import Action, Control
from dora_hil_datasets.dataset.existing import ExistingDataset, read_existing
from lerobot_node.replay.comparison import Pictures
from lerobot_node.replay.config import ReplayConfig, load
from lerobot_node.replay.output import OutputFile
from lerobot_node.replay.report import ReplayReport, say_episode
from lerobot_node.replay.run import Replayer
from lerobot_node.replay.source import read_episodes

log = logging.getLogger(__name__)

COMMAND_LEAD_S = 0.02
"""Messages of two outputs may overtake one another, and the body must hear the command that ends
an episode before the last action. At a tick of 1 ms one command in ten came too late without a
lead, none of 150 with 5 ms. Less than half a control period leaves a robot its answer in time."""

_OUTPUTS = {Action: "action", Control: "control"}


def run_replayer(port: NodePort, replayer: Replayer) -> int:
    """Replay until every episode is replayed or the body has gone; returns the exit code.

    Raises:
        UserError: the stream cannot be replayed on; `over` has been said.
    """

    def hear_all() -> None:
        stream = EpisodeStream(port)
        for timestep in stream:
            for message in replayer.answer(timestep):
                port.send(_OUTPUTS[type(message)], message)
                if isinstance(message, Control):
                    time.sleep(min(COMMAND_LEAD_S, timestep.control_dt_s / 4))
            told = len(replayer.results)
            replayer.compare(timestep)
            for result in replayer.results[told:]:
                log.info("%s", say_episode(result))
            for status in replayer.statuses():
                port.send("status", status)
            if replayer.is_over:
                return
        replayer.stream_ended(expected=stream.is_stopped)

    return run_owner(port, replayer, hear_all)


def parser() -> NodeArguments:
    """Return the options of `replay`."""
    p = NodeArguments(
        "lerobot-node replay",
        "Send recorded actions to the body again and report the deviation. Every key of the "
        "config can be given too: --dataset.replay_episode=3. REPLAY_ARGS holds more of these "
        "words.",
    )
    p.option(
        "--config_path",
        variable="REPLAY_CONFIG",
        default="configs/example_gym_hil_replay.json",
        kind=Path,
        about="LeRobot-format replay JSON",
    )
    return p


def start(argv: Sequence[str]) -> int:
    """Replay with these arguments; returns the exit code."""
    args, words = parser().parse_node_and_rest(argv)
    config = load(args.config_path, [*words, *words_of("REPLAY_ARGS")])
    existing = read_existing(config.dataset.root)
    with tempfile.TemporaryDirectory(prefix="lerobot-node-") as cache:
        # LeRobot would fill the user's cache, and ask the Hub what it has already.
        os.environ["HF_DATASETS_CACHE"] = cache
        os.environ["HF_HUB_OFFLINE"] = "1"
        return replay(config, existing)


def replay(config: ReplayConfig, existing: ExistingDataset) -> int:
    """Replay episodes of a dataset; returns the exit code."""
    indices = config.dataset.indices(existing)
    sources = read_episodes(existing, indices, config.seed)
    output = OutputFile(config.output) if config.output is not None else None
    pictures: Pictures | None = None
    if config.compare_pictures and _has_pictures(existing):
        # Not before the rest is known to be good: this takes seconds.
        from lerobot_node.replay.pictures import RecordedPictures

        pictures = RecordedPictures(config.dataset.repo_id, existing, indices)
    replayer = Replayer(
        existing,
        sources,
        pictures,
        say_success=config.say_success,
        action_space=config.action_space,
    )
    port = attach()
    try:
        code = run_replayer(port, replayer)
    finally:
        is_good = _report(config, replayer, output, len(sources))
    return code or (0 if is_good else 1)


def _has_pictures(existing: ExistingDataset) -> bool:
    return any(f["dtype"] in ("video", "image") for f in existing.features.values())


def _report(
    config: ReplayConfig, replayer: Replayer, output: OutputFile | None, wanted: int
) -> bool:
    """Say what came of the finished episodes, and write it; returns whether it is good enough."""
    problems = []
    if len(replayer.results) < wanted:
        problems.append(f"{len(replayer.results)} of {wanted} episodes were replayed")
    if replayer.fit is not None and replayer.results:
        report = ReplayReport(replayer.results, replayer.fit)
        for line in report.lines():
            log.info("%s", line)
        if output is not None:
            dataset = {"repo_id": config.dataset.repo_id, "root": str(config.dataset.root)}
            output.write({"dataset": dataset, **report.to_json()})
        if config.tolerance is not None:
            problems += report.problems(config.tolerance)
    for problem in problems:
        log.warning("%s", problem)
    return config.tolerance is None or not problems
