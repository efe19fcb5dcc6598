"""`lerobot-node eval`: the parts put together, and the loop."""

import logging
import os
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path

from dora_hil.arguments import NodeArguments
from dora_hil.config import words_of
from dora_hil.node.node import attach
from dora_hil_datasets.dataset.opening import RecordingFolder
from dora_hil_datasets.edit.whole import make_whole
from lerobot_node.evaluate.config import EvalConfig, Inference, Video, load
from lerobot_node.evaluate.evaluator import Evaluator
from lerobot_node.evaluate.output import OutputFolder
from lerobot_node.evaluate.result import Evaluation
from lerobot_node.evaluate.sinks import Films, Recording, Sink
from lerobot_node.policy.checkpoint import Checkpoint
from lerobot_node.policy.origin import PolicyError
from lerobot_node.policy.policy_loop import PolicyLoop

log = logging.getLogger(__name__)

_ANOTHER_ROOT = "Record the evaluation elsewhere: --dataset.root=outputs/eval/another"


def parser() -> NodeArguments:
    """Return the options of `eval`."""
    p = NodeArguments(
        "lerobot-node eval",
        "Evaluate a policy. Every key of the config can be given too: --policy.path=outputs/train/"
        "act --eval.n_episodes=20. EVAL_ARGS holds more of these words.",
    )
    p.option(
        "--config_path",
        variable="EVAL_CONFIG",
        default="configs/example_gym_hil_eval.json",
        kind=Path,
        about="evaluation JSON",
    )
    return p


def start(argv: Sequence[str]) -> int:
    """Evaluate with these arguments; returns the exit code."""
    args, words = parser().parse_node_and_rest(argv)
    config = load(args.config_path, [*words, *words_of("EVAL_ARGS")])
    checkpoint = Checkpoint.find(config.policy["path"], config.rename_map)
    with tempfile.TemporaryDirectory(prefix="lerobot-node-") as cache, ExitStack() as opened:
        # LeRobot would fill the user's cache with a copy of each episode's metadata.
        os.environ["HF_DATASETS_CACHE"] = cache
        folder = None
        if config.dataset is not None:
            root = config.dataset.root
            folder = opened.enter_context(
                closing(RecordingFolder(root, resume=False, way_out=_ANOTHER_ROOT))
            )
        output = OutputFolder(config.eval.output_dir, checkpoint.config["type"], datetime.now())
        code = evaluate(config, checkpoint, output, folder)
        opened.close()
        if code == 0 and config.dataset is not None:
            # Not after Ctrl-C: dora kills what takes long then.
            make_whole(config.dataset, 0 if config.eval.n_corrections else len(config.seeds))
        return code


def evaluate(
    config: EvalConfig, checkpoint: Checkpoint, output: OutputFolder, folder: RecordingFolder | None
) -> int:
    """Evaluate a policy; returns the exit code."""
    # Not before everything else is known to be good: this takes seconds.
    from lerobot_node.policy.chunk_pilot import ChunkPilot
    from lerobot_node.policy.interpolating_pilot import InterpolatingPilot
    from lerobot_node.policy.pilot import Pilot, StepPilot
    from lerobot_node.policy.runner import PolicyRunner

    runner = PolicyRunner(
        checkpoint,
        config.policy_overrides,
        is_sampled=config.sample,
        is_real_time=config.inference is Inference.RTC,
    )
    has_chunks = config.inference is not Inference.SYNC
    if has_chunks and not runner.can_predict_chunks:
        raise PolicyError(
            f"inference is {config.inference}, but the policy {checkpoint.config['type']!r} does "
            "not plan chunks of actions from one observation; use sync"
        )
    pilot: Pilot = ChunkPilot(runner) if has_chunks else StepPilot(runner)
    if checkpoint.origin is not None:
        pilot = InterpolatingPilot(pilot, checkpoint.origin.fps)
    sinks = _sinks(config, output)
    evaluator = Evaluator(
        checkpoint,
        config.seeds,
        pilot,
        sinks,
        config.action_space,
        output.outcome,
        corrections=config.eval.n_corrections,
        task=config.sentence,
    )
    failures: list[str] = []
    port = attach()
    try:
        code = PolicyLoop(port, evaluator).run()
    finally:
        pilot.close()
        failures = [failure for sink in sinks if (failure := sink.close())]
        about = {
            "policy": {
                "path": str(config.policy["path"]),
                "type": checkpoint.config["type"],
                **config.policy_overrides,
            },
            "inference": str(config.inference),
            "body": evaluator.body,
            "task": evaluator.task,
            "trained_tasks": list(checkpoint.origin.tasks) if checkpoint.origin else [],
            "action_space": str(evaluator.space or ""),
        }
        report(Evaluation(about, config.seeds, evaluator.records, runner.inference_s), output)
    for failure in failures:
        log.error("%s", failure)
    return code or (1 if failures else 0)


def _sinks(config: EvalConfig, output: OutputFolder) -> list[Sink]:
    sinks: list[Sink] = []
    video = config.eval.video
    if video is not Video.NONE:
        is_wanted = (lambda _: True) if video is Video.ALL else (lambda record: not record.success)
        sinks.append(Films(output.path, is_wanted))
    if config.dataset is not None:
        from dora_hil_datasets.dataset.store import DatasetStore, prepare_lerobot
        from lerobot_node.record.writer_thread import WriterThread

        prepare_lerobot()
        writer = WriterThread(DatasetStore(config.dataset, None))
        space = config.dataset.action_space
        sinks.append(Recording(writer, video=config.dataset.video, space=space))
    return sinks


def report(evaluation: Evaluation, output: OutputFolder) -> None:
    """Say what it came to, and write it, unless there was no episode."""
    if not evaluation.records:
        return
    lines = list(evaluation.lines())
    for line in lines:
        log.info("%s", line)
    output.write(evaluation, [*lines, "", *evaluation.table()])
    log.info("written to %s", output.path)
