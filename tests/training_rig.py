"""A training in a dataflow, with LeRobot's own learner and its real gRPC service."""

import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from harness import BIN, ROOT, Run, dataflow, drop, flags, node, run
from ports import free_port
from recording_runs import FAST, record

from lerobot_node.hil.checkpoints import ONLINE, REPLAY_DIR, last_checkpoint
from lerobot_node.hil.replay_buffer import WholeReplayBuffer

ENVIRONMENTS = {
    "train_gym_hil_state.json": "gym_hil_env_train_state.json",
    "train_gym_hil_env.json": "gym_hil_env_train.json",
}
"""Of a training's config, the environment that it is for; a robot's dataflow names its own."""


def record_demonstrations(folder: Path, env_config: str, episodes: int, *words: str) -> Path:
    """Record some by the operator, in the actions that HIL-SERL learns; returns the dataset."""
    ours = (f"--dataset.num_episodes={episodes}", "--action_space=ee_delta")
    environ = {"ENV_CONFIG": str(ROOT / "configs" / env_config)}
    words = (*ours, "--dataset.repo_id=test/demos", *words)
    with record(folder / "run", folder / "data", *words, probe=False, environ=environ) as running:
        running.end_well(120)
    return folder / "data"


def environment_steps(figures: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return the environment steps at each episode."""
    return [line["Interaction step"] for line in figures]


class Training:
    """A learner, an actor, and the words that both share.

    Attributes:
        folder: where everything is written.
        words: overrides of the config, by key.
        environ: further variables of actor and learner.
    """

    def __init__(self, folder: Path, demonstrations: Path, config: str, **words: Any) -> None:
        """Choose a port; nothing is started."""
        self.folder = folder
        self.config = ROOT / "configs" / config
        self.words = {
            "dataset.root": demonstrations,
            "dataset.repo_id": "test/demos",
            "output_dir": folder / "run",
            "policy.actor_learner_config.learner_port": free_port(),
            "policy.online_step_before_learning": 30,
            "log_freq": 5,
            "batch_size": 32,
            **words,
        }
        self.environ: dict[str, str] = {}
        if config in ENVIRONMENTS:
            self.environ["ENV_CONFIG"] = str(ROOT / "configs" / ENVIRONMENTS[config])
        self._learner: subprocess.Popen[bytes] | None = None

    def start_learner(self, **words: Any) -> None:
        """Start the learner beside the dataflow; it takes seconds until it listens."""
        self._start([BIN / "lerobot-node", "learner"], words)

    def start_stock_learner(self) -> None:
        """Start LeRobot's own learner, with a folder of its own, as it insists on."""
        words = {**self.words, "output_dir": self.folder / "stock"}
        module = [BIN / "python", "-m", "lerobot.rl.learner", f"--config_path={self.config}"]
        self._start([*module, *flags(words)], {})

    def _start(self, command: Sequence[Any], words: Mapping[str, Any]) -> None:
        once = {"OMP_NUM_THREADS": "1", "TORCH_COMPILE_DISABLE": "1"}
        with (self.folder / "learner.log").open("ab") as log:
            self._learner = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **self._environ(words), **once},
                stdout=log,
                stderr=log,
            )

    def kill_learner(self) -> None:
        """Kill it as `kill -9` does."""
        if self._learner is not None:
            self._learner.kill()
            self._learner.wait()
            self._learner = None

    def act(
        self, graph: dict[str, Any] | None = None, *, with_learner: bool = False
    ) -> AbstractContextManager[Run]:
        """Return a run of the dataflow, with the learner as a node of it or without.

        Args:
            graph: the dataflow; the operator's at five times the clock, if it is None.
            with_learner: see there.
        """
        if graph is None:
            graph = dataflow("dataflow-train-operator.yaml")
            node(graph, "body")["inputs"]["tick"]["source"] = FAST
        if not with_learner:
            drop(graph, "learner")
        folder = self.folder / f"dataflow-{time.monotonic_ns()}"
        return run(graph, folder, environ=self._environ({}))

    def stop(self, running: Run) -> None:
        """Press Ctrl-C, which is no error."""
        running.interrupt()
        running.end_well()

    def wait_for_weights(self, running: Run, more_than: int, timeout_s: float = 240.0) -> None:
        """Wait until the learner's weights have come back more than so many times."""
        running.wait_for(
            lambda _: any((e.get("weight_updates") or 0) > more_than for e in self.episodes()),
            timeout_s,
        )

    def log(self) -> str:
        """Return what the learner beside the dataflow has said."""
        return (self.folder / "learner.log").read_text()

    def episodes(self) -> list[dict[str, Any]]:
        """Return what the actor has sent."""
        return self._lines("actor")

    def arrived(self) -> list[dict[str, Any]]:
        """Return the episodes that the learner has taken."""
        return [line for line in self._lines("learner") if "Episodic reward" in line]

    def updates(self) -> list[dict[str, Any]]:
        """Return the figures of the learner's updates."""
        return [line for line in self._lines("learner") if "loss_critic" in line]

    def stored(self, capacity: int) -> WholeReplayBuffer:
        """Return what the last checkpoint has from the actor."""
        last = last_checkpoint(self.folder / "run")
        assert last is not None
        return WholeReplayBuffer.load(last / REPLAY_DIR / ONLINE, capacity=capacity, device="cpu")

    def _lines(self, who: str) -> list[dict[str, Any]]:
        path = self.folder / f"run/{who}_metrics.jsonl"
        lines = path.read_text().splitlines(keepends=True) if path.exists() else []
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def _environ(self, words: Mapping[str, Any]) -> dict[str, str]:
        keys = {**self.words, **words}
        return {
            "TRAIN_CONFIG": str(self.config),
            "TRAIN_ARGS": " ".join(flags(keys)),
            "HF_HUB_OFFLINE": "1",
            **self.environ,
        }
