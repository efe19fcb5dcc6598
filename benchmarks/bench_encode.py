"""Pictures encoded once, beside LeRobot's way: the same encoder, batch, weights and process.

uv run python benchmarks/bench_encode.py --rounds 5
"""

import argparse
import logging
import statistics
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lerobot.policies import make_policy
from lerobot.rl.algorithms.factory import make_algorithm
from lerobot.transport.utils import transitions_to_bytes
from lerobot.utils.transition import Transition

from lerobot_node.encoder import stored_features
from lerobot_node.encoder.frozen import FrozenEncoder
from lerobot_node.hil import lean_updates
from lerobot_node.hil.learning_policy import LearningPolicy
from lerobot_node.hil.replay_buffer import WholeReplayBuffer
from lerobot_node.hil.train_config import load
from lerobot_node.hil.transitions import state_of

CONFIG = Path(__file__).parent.parent / "configs/train_gym_hil_env.json"
EPISODE_STEPS = 30
FILLED_STEPS = 300


def observations(count: int) -> list[dict[str, np.ndarray[Any, Any]]]:
    """Return what a body shows: two cameras and eight numbers."""
    rng = np.random.default_rng(0)
    return [
        {
            "observation.images.front": rng.integers(0, 255, (128, 128, 3), dtype=np.uint8),
            "observation.images.wrist": rng.integers(0, 255, (128, 128, 3), dtype=np.uint8),
            "observation.state": rng.random(8, dtype=np.float32),
        }
        for _ in range(count)
    ]


def transitions(keys: list[str], count: int, encoder: FrozenEncoder | None) -> list[Transition]:
    """Return an episode as an actor sends it."""
    states = [state_of(seen, keys, encoder) for seen in observations(count + 1)]
    return [
        Transition(
            state=before,
            action=torch.tensor([[0.1, 0.2, 0.3, 1.0]]),
            reward=0.0,
            next_state=after,
            done=False,
            truncated=False,
            complementary_info={"discrete_penalty": torch.tensor([0.0])},
        )
        for before, after in pairwise(states)
    ]


def bytes_of(transition: Transition) -> int:
    """Return the memory of a transition's two observations."""
    parts = (transition["state"], transition["next_state"])
    return sum(t.numel() * t.element_size() for part in parts for t in part.values())


class Learner:
    """LeRobot's trainer on a buffer that was filled."""

    def __init__(self, encoder: FrozenEncoder | None) -> None:
        """Fill it with pictures, or with features of this encoder."""
        config = load(CONFIG)
        torch.manual_seed(0)
        keys = list(config.policy.input_features)
        names = keys if encoder is None else [encoder.stored.get(key, key) for key in keys]
        self.buffer = WholeReplayBuffer(capacity=FILLED_STEPS, device="cpu", state_keys=names)
        # Shifts of pictures, which LeRobot adds besides, are left out of both.
        self.buffer.use_drq = False
        self.sent = transitions(keys, FILLED_STEPS, encoder)
        for transition in self.sent:
            self.buffer.add(**transition)
        policy = make_policy(cfg=config.policy, env_cfg=config.env).train()
        self.algorithm = make_algorithm(cfg=config.algorithm, policy=policy)
        self.batch_size = config.batch_size
        self.algorithm.make_optimizers_and_scheduler()

    def update(self) -> None:
        """Update once: two batches, as the config says."""
        self.algorithm.update(self._batches())

    def _batches(self) -> Iterator[Any]:
        while True:
            yield self.buffer.sample(self.batch_size)


def timed_ms(work: Callable[[], object]) -> float:
    """Return how long it takes."""
    began_s = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began_s)


def as_lerobot_is() -> None:
    """Take back what is exchanged in this process."""
    stored_features.EXCHANGE.undo()
    lean_updates.EXCHANGE.undo()


def as_here() -> None:
    """Exchange it."""
    stored_features.EXCHANGE.make()
    lean_updates.EXCHANGE.make()


def main() -> None:
    """Print the table; each figure is a median, both contenders turn by turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    config = load(CONFIG)
    encoder = FrozenEncoder.of_policy(config.policy)
    stock = Learner(None)
    as_here()
    ours = Learner(encoder)
    acting = LearningPolicy(config)
    acting_on_pictures = LearningPolicy(config)
    acting_on_pictures.encoder = None

    updates: list[tuple[float, float]] = []
    answers: list[tuple[float, float]] = []
    behind_a_stage_ms: list[float] = []
    for columns in observations(args.rounds):
        as_lerobot_is()
        stock_ms = timed_ms(stock.update)
        stock_answer_ms = timed_ms(lambda: acting_on_pictures.act(columns))  # noqa: B023
        as_here()
        updates.append((stock_ms, timed_ms(ours.update)))
        answers.append((stock_answer_ms, timed_ms(lambda: acting.act(columns))))  # noqa: B023
        # A reward stage on the same encoder has seen the pictures before.
        passed_on = {**columns, **encoder.columns(encoder.look(columns))}
        behind_a_stage_ms.append(timed_ms(lambda: acting.act(passed_on)))  # noqa: B023

    sizes = [
        (bytes_of(learner.sent[0]), len(transitions_to_bytes(learner.sent[:EPISODE_STEPS])))
        for learner in (stock, ours)
    ]
    print(f"| batch {config.batch_size}, one thread | LeRobot | encoded once | ratio |")
    print("| --- | --- | --- | --- |")
    for name, pairs in (("update, ms", updates), ("actor's answer, ms", answers)):
        theirs, own = (statistics.median(column) for column in zip(*pairs, strict=True))
        print(f"| {name} | {theirs:.1f} | {own:.1f} | {theirs / own:.1f} |")
    passed_ms = statistics.median(behind_a_stage_ms)
    print(f"| the same, encoded by the reward stage, ms | | {passed_ms:.1f} | |")
    names = ("memory of a transition, KB", f"message of {EPISODE_STEPS} steps, KB")
    for name, theirs, own in zip(names, *sizes, strict=True):
        print(f"| {name} | {theirs / 1000:.0f} | {own / 1000:.0f} | {theirs / own:.1f} |")


if __name__ == "__main__":
    main()
