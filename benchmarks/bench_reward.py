"""The reward classifier: one look at two cameras, beside LeRobot's own step, and in a dataflow.

    MUJOCO_GL=egl uv run python benchmarks/bench_reward.py

First, in one process and turn by turn on the same pictures, with random weights: our look and
LeRobot's `RewardClassifierProcessorStep`, for the small network and for one of the size of
lerobot/resnet10. Then the operator's demo at 10 Hz with the stage behind the simulator: the stage's
own figures, and the ticks that were missed with it and without.
"""

import argparse
import logging
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from lerobot.configs import FeatureType, PolicyFeature
from lerobot.lerobot_types import TransitionKey
from lerobot.processor.hil_processor import RewardClassifierProcessorStep
from lerobot.rewards.classifier.configuration_classifier import RewardClassifierConfig
from lerobot.rewards.classifier.processor_classifier import make_classifier_processor

from dora_hil.command import run as run_command
from lerobot_node.reward.classifier import RewardClassifier
from lerobot_node.reward.patches import PatchedClassifier

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from harness import dataflow, node, run  # noqa: E402 - the harness of the tests starts dataflows

CAMERAS = ("observation.images.front", "observation.images.wrist")
NETWORKS = {"small (16 to 128)": [16, 32, 64, 128], "resnet10 (64 to 512)": [64, 128, 256, 512]}


def make(folder: Path, channels: list[int]) -> Path:
    """Save a classifier with random weights; returns its folder."""
    words = [f"--output={folder / 'backbone'}", "--channels", *map(str, channels)]
    run_command(["classifier", "backbone", *words])
    camera = PolicyFeature(FeatureType.VISUAL, (3, 128, 128))
    config = RewardClassifierConfig(
        model_name=str(folder / "backbone"),
        device="cpu",
        normalization_mapping={},
        input_features=dict.fromkeys(CAMERAS, camera),
    )
    PatchedClassifier(config).save_pretrained(folder / "model")
    for processor in make_classifier_processor(config):
        processor.save_pretrained(folder / "model")
    return folder / "model"


def turn_by_turn(actions: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Time actions alternately, in milliseconds."""
    took: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(rounds):
        for name, action in actions.items():
            began_s = time.perf_counter()
            action()
            took[name].append(1e3 * (time.perf_counter() - began_s))
    return took


def looks(rounds: int) -> None:
    """Print what a look takes."""
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    pictures = {key: rng.integers(0, 255, (128, 128, 3), dtype=np.uint8) for key in CAMERAS}
    print("| Network | Look, ms median (95 %) | LeRobot's step | Ratio |")
    print("| --- | --- | --- | --- |")
    for name, channels in NETWORKS.items():
        with tempfile.TemporaryDirectory() as folder:
            model = make(Path(folder), channels)
            ours = RewardClassifier(model)
            theirs = RewardClassifierProcessorStep(pretrained_path=str(model))

            def stock(step: RewardClassifierProcessorStep = theirs) -> None:
                # What LeRobot's pipeline does to a camera's picture before this step.
                observation = {
                    key: (torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255.0)
                    for key, picture in pictures.items()
                }
                step({TransitionKey.OBSERVATION: observation, TransitionKey.REWARD: 0.0})

            def look(judge: RewardClassifier = ours) -> None:
                judge.probability(pictures)

            turn_by_turn({"ours": look, "stock": stock}, 5)
            took = turn_by_turn({"ours": look, "stock": stock}, rounds)
        own, other = (statistics.median(took[key]) for key in ("ours", "stock"))
        slow = statistics.quantiles(took["ours"], n=20)[-1]
        print(f"| {name} | {own:.1f} ({slow:.1f}) | {other:.1f} | {own / other:.2f} |")


def ticks(seconds: float) -> None:
    """Print what the demo at 10 Hz says of itself, with the stage and without."""
    with tempfile.TemporaryDirectory() as folder:
        model = make(Path(folder), NETWORKS["small (16 to 128)"])
        for is_judged in (True, False):
            log = demo(Path(folder), model if is_judged else None, seconds)
            told = re.findall(r"\d+ attempt\(s\).*|\d+ frames judged.*", log)
            print(f"{'with' if is_judged else 'without'} the stage: {'; '.join(told)}")


def demo(folder: Path, model: Path | None, seconds: float) -> str:
    """Run the operator's demo in real time; returns what dora printed."""
    graph = dataflow("dataflow-demo-operator.yaml")
    if model is not None:
        graph["nodes"].append(node(dataflow("dataflow-train-classifier.yaml"), "reward"))
        control = {"source": "reward/control", "queue_size": 10}
        node(graph, "body")["inputs"]["control_reward"] = control
        node(graph, "operator")["inputs"]["episode"]["source"] = "reward/episode"
    environ = {
        "EPISODES": "0",
        "ENV_CONFIG": str(ROOT / "configs/gym_hil_env.json"),
        "REWARD_CONFIG": str(ROOT / "configs/gym_hil_reward.json"),
        # Never reached, so that the episodes end as they do without it.
        "REWARD_ARGS": "--env.processor.reward_classifier.success_threshold=0.999999 "
        f"--env.processor.reward_classifier.pretrained_path={model}",
        "LOCKSTEP": "",
    }
    stop = ("--stop-after", f"{seconds:.0f}s")
    with run(graph, folder, environ=environ, probe=False, args=stop) as running:
        running.wait(seconds + 120)
        return running.log()


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="looks of each kind")
    parser.add_argument(
        "--seconds", type=float, default=60.0, help="of each demo, its start included"
    )
    args = parser.parse_args()
    # LeRobot names every tensor of a backbone that two cameras share.
    logging.getLogger().setLevel(logging.ERROR)
    transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    looks(args.rounds)
    ticks(args.seconds)


if __name__ == "__main__":
    main()
