"""`dataflow-train-operator.yaml` beside LeRobot's own learner, over its real gRPC service."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from harness import BIN, ROOT, Run, dataflow, node, run
from ports import free_port
from recording_runs import record

pytestmark = pytest.mark.slow

ENV = ROOT / "configs/gym_hil_env_train_state.json"


@pytest.fixture(scope="module")
def demonstrations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record five of them, in the actions that HIL-SERL learns."""
    folder = tmp_path_factory.mktemp("demonstrations")
    words = ("--dataset.num_episodes=5", "--action_space=ee_delta", "--dataset.repo_id=test/demos")
    environ = {"ENV_CONFIG": str(ENV)}
    with record(folder / "run", folder / "data", *words, environ=environ) as running:
        assert running.wait(120) == 0, running.log()
    return folder / "data"


class Training:
    """A learner and the words that learner and actor share."""

    def __init__(self, folder: Path, demonstrations: Path) -> None:
        """Write into `folder`."""
        self.folder = folder
        self.port = free_port()
        words = {
            "dataset.root": demonstrations,
            "dataset.repo_id": "test/demos",
            "output_dir": folder / "run",
            "policy.actor_learner_config.learner_port": self.port,
            "policy.online_step_before_learning": 30,
            "log_freq": 5,
            "batch_size": 32,
            "save_checkpoint": "false",
        }
        self.words = " ".join(f"--{key}={value}" for key, value in words.items())
        self._learner: subprocess.Popen[bytes] | None = None

    def start_learner(self) -> None:
        """Start LeRobot's learner; it takes seconds until it listens."""
        with (self.folder / "learner.log").open("ab") as log:
            self._learner = subprocess.Popen(
                [BIN / "lerobot-node", "learner"],
                cwd=ROOT,
                env={**os.environ, **self.environ, "OMP_NUM_THREADS": "1"},
                stdout=log,
                stderr=log,
            )

    def kill_learner(self) -> None:
        """Kill it as `kill -9` does."""
        if self._learner is not None:
            self._learner.send_signal(signal.SIGKILL)
            self._learner.wait()
            self._learner = None

    @property
    def environ(self) -> dict[str, str]:
        """Return the variables of learner and actor."""
        return {
            "TRAIN_CONFIG": str(ROOT / "configs/train_gym_hil_state.json"),
            "TRAIN_ARGS": self.words,
            "HF_HUB_OFFLINE": "1",
        }

    @contextmanager
    def act(self) -> Iterator[Run]:
        """Start the dataflow, at five times the clock."""
        graph = dataflow("dataflow-train-operator.yaml")
        node(graph, "gym-hil")["inputs"]["tick"]["source"] = "dora/timer/millis/20"
        folder = self.folder / f"actor-{time.monotonic_ns()}"
        folder.mkdir()
        with run(graph, folder, environ=self.environ) as running:
            yield running

    def figures(self, who: str) -> list[dict[str, Any]]:
        """Return the lines of a metrics file."""
        path = self.folder / f"run/{who}_metrics.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def training(tmp_path: Path, demonstrations: Path) -> Iterator[Training]:
    """Return a training whose learner is not started."""
    made = Training(tmp_path, demonstrations)
    yield made
    made.kill_learner()


def test_the_learner_learns_from_the_actor_which_gets_new_weights(training: Training) -> None:
    """And nothing is lost or left unconfirmed on the way."""
    training.start_learner()
    with training.act() as running:
        running.wait_for(
            lambda _: any((f.get("weight_updates") or 0) > 2 for f in training.figures("actor")),
            timeout_s=240,
        )
        os.killpg(running.process.pid, signal.SIGINT)
        assert running.wait(60) == 0, running.log()
    actor, learner = training.figures("actor"), training.figures("learner")
    arrived = [f for f in learner if "Episodic reward" in f]
    assert [f["Interaction step"] for f in arrived] == [f["Interaction step"] for f in actor]
    assert sum(f["length"] for f in actor) == actor[-1]["Interaction step"]
    updates = [f for f in learner if "loss_critic" in f]
    assert updates
    assert updates[-1]["offline_replay_buffer_size"] > 0


def test_a_learner_that_comes_late_and_is_killed_loses_no_finished_episode(
    training: Training,
) -> None:
    """The actor goes on meanwhile, says so once, and finds the next one."""
    with training.act() as running:
        running.wait_for(lambda _: len(training.figures("actor")) >= 2, timeout_s=120)
        assert "does not answer (UNAVAILABLE); going on" in running.log()
        training.start_learner()
        running.wait_for(
            lambda _: any("Episodic reward" in f for f in training.figures("learner")),
            timeout_s=120,
        )
        training.kill_learner()
        before = len(training.figures("actor"))
        running.wait_for(lambda _: len(training.figures("actor")) > before + 1, timeout_s=120)
        arrived = len([f for f in training.figures("learner") if "Episodic reward" in f])
        training.start_learner()
        running.wait_for(
            lambda _: (
                len([f for f in training.figures("learner") if "Episodic reward" in f]) > arrived
            ),
            timeout_s=120,
        )
        os.killpg(running.process.pid, signal.SIGINT)
        assert running.wait(60) == 0, running.log()
    arrived_steps = {
        f["Interaction step"] for f in training.figures("learner") if "Episodic reward" in f
    }
    assert arrived_steps >= {f["Interaction step"] for f in training.figures("actor")}
