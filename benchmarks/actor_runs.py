"""One actor at a time, this project's or LeRobot's, beside LeRobot's learner."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import dataflow, node, run
from ports import free_port

from benchmarks.actor_log import ActorStep, read_steps

ROOT = Path(__file__).parent.parent

CONFIGS = {
    "state": ("train_gym_hil_state.json", "gym_hil_env_train_state.json"),
    "pictures": ("train_gym_hil_env.json", "gym_hil_env_train.json"),
}
"""Training and environment, by what the policy sees."""

GYM_HIL_STATE_SIZE = 18

ENVIRON = {
    "HF_HUB_OFFLINE": "1",
    "MUJOCO_GL": "egl",
    # On few cores a second thread of torch costs more than it brings, to every contender alike.
    "OMP_NUM_THREADS": "1",
    "TORCH_COMPILE_DISABLE": "1",
    "PYTHONPATH": str(ROOT),
}

STOP_TIME_LIMIT_S = 40.0

STOCK_STOP_TIME_LIMIT_S = 5.0
"""It joins a thread that waits for the learner, without end."""

RECEIVED_TIME_LIMIT_S = 20.0


@dataclass(frozen=True)
class Contender:
    """An actor and what it acts in.

    Attributes:
        name: for the table.
        sees: `state` or `pictures`.
        tick_ms: of this project's dataflow; None for LeRobot's own actor.
        fps: `env.fps`, to which LeRobot's actor slows down.
        simulator: of LeRobot's actor: `gym-hil`, `gym-hil-state`, or `own` for this project's.
    """

    name: str
    sees: str
    tick_ms: int | None = None
    fps: int = 10
    simulator: str = "own"


class Trial:
    """A contender in a folder of its own, and a learner that has seen nothing yet."""

    def __init__(self, contender: Contender, folder: Path) -> None:
        """Write the training config."""
        self._contender = contender
        self._folder = folder
        train, env = CONFIGS[contender.sees]
        self._env = ROOT / "configs" / env
        raw = json.loads((ROOT / "configs" / train).read_text())
        self._port = free_port()
        adapt(raw, contender, folder / "run", self._port)
        self._train = folder / "train.json"
        self._train.write_text(json.dumps(raw))

    @contextmanager
    def learning(self) -> Iterator[None]:
        """Run the learner."""
        command = [str(Path(sys.executable).with_name("lerobot-node")), "learner"]
        with self._running(command, "learner.log", {"TRAIN_CONFIG": str(self._train)}):
            yield

    @contextmanager
    def _running(
        self, command: list[str], log: str, environ: Mapping[str, str]
    ) -> Iterator[subprocess.Popen[bytes]]:
        with (self._folder / log).open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **ENVIRON, **environ},
                stdout=output,
                stderr=output,
                # As dora's: Linux shares the processor between sessions first.
                start_new_session=True,
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Run the actor; ends it as a person would."""
        runs_here = self._contender.tick_ms is not None
        with self._own_acting() if runs_here else self._stock_acting():
            yield

    @contextmanager
    def _own_acting(self) -> Iterator[None]:
        graph = dataflow("dataflow-train-operator.yaml")
        graph["nodes"] = [n for n in graph["nodes"] if n["id"] != "learner"]
        body, actor = node(graph, "body"), node(graph, "actor")
        body["inputs"]["tick"]["source"] = f"dora/timer/millis/{self._contender.tick_ms}"
        actor["inputs"].pop("learner")
        actor["path"] = sys.executable
        actor["args"] = f"-m benchmarks.own_actor {self._log}"
        environ = {
            **ENVIRON,
            "TRAIN_CONFIG": str(self._train),
            "ENV_CONFIG": str(self._env),
            # Nobody intervenes on the other side either.
            "OPERATOR_MODE": "off",
        }
        with run(graph, self._folder, environ=environ, probe=False) as running:
            yield
            os.killpg(running.process.pid, signal.SIGINT)
            running.wait(STOP_TIME_LIMIT_S)

    @contextmanager
    def _stock_acting(self) -> Iterator[None]:
        simulator = self._contender.simulator
        words = [
            f"--config_path={self._train}",
            f"--output_dir={self._folder / 'stock'}",
            # LeRobot reads this name before it looks whether there is a dataset.
            "--dataset.repo_id=none/none",
        ]
        command = [sys.executable, "-m", "benchmarks.stock_actor", str(self._log)]
        command += [str(self._env) if simulator == "own" else simulator, *words]
        with self._running(command, "stock.log", {}) as process:
            yield
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOCK_STOP_TIME_LIMIT_S)

    def is_running(self) -> bool:
        """Say whether the learner listens and the actor has made a step."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), timeout=1.0):
            return bool(self.steps())
        return False

    def logs(self) -> str:
        """Return the last that was printed."""
        paths = sorted(self._folder.glob("*.log"))
        return "\n".join(f"{path.name}:\n{path.read_text()[-2000:]}" for path in paths)

    @property
    def _log(self) -> Path:
        return self._folder / "steps.jsonl"

    def steps(self) -> list[ActorStep]:
        """Return what the actor did so far."""
        return read_steps(self._log)

    def sent(self) -> int:
        """Return how many transitions the actor has sent, by its own account."""
        path = self._folder / "run/actor_metrics.jsonl"
        if path.exists():
            return int(_lines(path)[-1]["Interaction step"])
        steps = self.steps()
        return steps[-1].sent if steps else 0

    def updates(self) -> list[dict[str, Any]]:
        """Return the learner's figures of each update so far."""
        path = self._folder / "run/learner_metrics.jsonl"
        return [line for line in _lines(path) if "loss_critic" in line] if path.exists() else []

    def received(self) -> int | None:
        """Return how many transitions the learner has, once it has made two more updates.

        None if it has made none: it has too little to learn from, and says nothing.
        """
        # An update that is under way has not seen what came meanwhile.
        wanted, deadline_s = len(self.updates()) + 2, time.monotonic() + RECEIVED_TIME_LIMIT_S
        while len(self.updates()) < wanted and time.monotonic() < deadline_s:
            time.sleep(0.1)
        updates = self.updates()
        return int(updates[-1]["replay_buffer_size"]) if updates else None


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]


def adapt(raw: dict[str, Any], contender: Contender, output: Path, port: int) -> None:
    """Change a training config for a trial; policy, algorithm and learner stay as shipped.

    Without demonstrations, which a fresh clone does not have; with a line for each update.
    """
    raw.update(dataset=None, output_dir=str(output), log_freq=1, save_checkpoint=False)
    raw["env"]["fps"] = contender.fps
    policy = raw["policy"]
    policy["online_steps"] = 10**9
    policy["actor_learner_config"]["learner_port"] = port
    if contender.sees == "pictures":
        # As shipped a CPU makes few updates a minute, and the buffer takes 8 GB.
        raw["batch_size"], policy["online_buffer_capacity"] = 16, 4000
    if contender.simulator != "own":
        feature = {"type": "STATE", "shape": [GYM_HIL_STATE_SIZE]}
        raw["env"]["features"]["observation.state"] = feature
        policy["input_features"]["observation.state"] = feature
        policy["dataset_stats"]["observation.state"] = {
            "min": [-3.0] * GYM_HIL_STATE_SIZE,
            "max": [3.0] * GYM_HIL_STATE_SIZE,
        }
