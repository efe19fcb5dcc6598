"""A training in a dataflow, with LeRobot's own learner and its real gRPC service."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness import BIN, ROOT, Run, dataflow, node, run
from ports import free_port

TICK_MS = 20
"""Five times the clock."""


ENVIRONMENTS = {
    "train_gym_hil_state.json": "gym_hil_env_train_state.json",
    "train_gym_hil_env.json": "gym_hil_env_train.json",
}
"""Of a training's config, the environment that it is for; a robot's dataflow names its own."""


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
        self._start([*module, *(f"--{key}={value}" for key, value in words.items())], {})

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

    def wait_for_learner(self, time_limit_s: float = 240.0) -> None:
        """Wait until the learner beside the dataflow listens."""
        port = self.words["policy.actor_learner_config.learner_port"]
        deadline_s = time.monotonic() + time_limit_s
        while time.monotonic() < deadline_s:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError(f"the learner does not listen\n{self.log()}")

    def kill_learner(self) -> None:
        """Kill it as `kill -9` does."""
        if self._learner is not None:
            self._learner.kill()
            self._learner.wait()
            self._learner = None

    @contextmanager
    def act(
        self,
        *,
        with_learner: bool = False,
        words: Mapping[str, Any] | None = None,
        name: str = "dataflow-train-operator.yaml",
        graph: dict[str, Any] | None = None,
    ) -> Iterator[Run]:
        """Start the dataflow, with the learner as a node of it or without.

        Args:
            with_learner: see there.
            words: overrides of this start alone.
            name: which dataflow; the operator's runs at five times the clock.
            graph: the dataflow itself, instead of its name.
        """
        if graph is not None:
            name = ""
        graph = graph or dataflow(name)
        if not with_learner:
            graph["nodes"] = [n for n in graph["nodes"] if n["id"] != "learner"]
            node(graph, "actor")["inputs"].pop("learner", None)
        if "operator" in name:
            node(graph, "body")["inputs"]["tick"]["source"] = f"dora/timer/millis/{TICK_MS}"
        folder = self.folder / f"dataflow-{time.monotonic_ns()}"
        folder.mkdir()
        with run(graph, folder, environ=self._environ(words or {})) as running:
            yield running

    def stop(self, running: Run) -> int:
        """Press Ctrl-C; returns the exit code."""
        os.killpg(running.process.pid, signal.SIGINT)
        return running.wait(60)

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

    def _lines(self, who: str) -> list[dict[str, Any]]:
        path = self.folder / f"run/{who}_metrics.jsonl"
        lines = path.read_text().splitlines(keepends=True) if path.exists() else []
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def _environ(self, words: Mapping[str, Any]) -> dict[str, str]:
        keys = {**self.words, **words}
        return {
            "TRAIN_CONFIG": str(self.config),
            "TRAIN_ARGS": " ".join(f"--{key}={value}" for key, value in keys.items()),
            "HF_HUB_OFFLINE": "1",
            **self.environ,
        }
