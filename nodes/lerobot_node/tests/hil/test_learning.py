"""A run of LeRobot's own learner, with a network small enough for a test."""

import itertools
import json
import logging
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import torch
import wandb
from lerobot.policies.gaussian_actor.modeling_gaussian_actor import GaussianActorPolicy
from lerobot.rl.algorithms.sac.sac_algorithm import SACAlgorithm
from lerobot.transport.utils import python_object_to_bytes, transitions_to_bytes
from lerobot.utils.transition import Transition
from ports import free_port

from dora_hil.actions import EE_NAMES, ActionSpace
from dora_hil.config import ConfigError
from lerobot_node.hil.checkpoints import DivergedError, last_checkpoint
from lerobot_node.hil.learning import Learning
from lerobot_node.hil.link import LearnerLink
from lerobot_node.hil.replay_buffer import WholeReplayBuffer
from lerobot_node.hil.train_config import load
from lerobot_node.policy.origin import Origin

KEY = "observation.state"
SMALL = '{"hidden_dims": [16], "activate_final": true}'
TIME_LIMIT_S = 60.0

pytestmark = pytest.mark.usefixtures("restored_learner")


class Run:
    """A learner, and an actor that sends episodes until it was enough.

    Attributes:
        words: overrides of the config.
        enough: says when to stop, given the learner's figures.
        state_numbers: how long the states of each episode are.
        sends_before_it_ends: episodes at once, before the learner is stopped.
        sends_at_most: episodes in all.
        sent: episodes so far.
    """

    def __init__(self, folder: Path, **keys: Any) -> None:
        """Learn from the shipped config, but smaller."""
        self.folder = folder / "run"
        self.port = free_port()
        values = {
            "dataset": "null",
            "output_dir": self.folder,
            "batch_size": 4,
            "log_freq": 1,
            "policy.online_step_before_learning": 4,
            "policy.actor_learner_config.learner_port": self.port,
            "policy.actor_learner_config.queue_get_timeout": 0.1,
            "policy.latent_dim": 8,
            "policy.state_encoder_hidden_dim": 8,
            "policy.actor_network_kwargs": SMALL,
            "policy.discrete_critic_network_kwargs": SMALL,
            "algorithm.critic_network_kwargs": SMALL,
            "algorithm.discrete_critic_network_kwargs": SMALL,
            **keys,
        }
        self.words = [f"--{key}={value}" for key, value in values.items()]
        self.enough: Callable[[list[dict[str, Any]]], bool] = lambda updates: len(updates) >= 5
        self.state_numbers = itertools.cycle([14])
        self.sends_before_it_ends = 0
        self.sends_at_most = sys.maxsize
        self._random = torch.Generator()
        self.sent = 0

    def learn(self) -> None:
        """Learn until it was enough."""
        path = Path(__file__).parents[4] / "configs/train_gym_hil_state.json"
        Learning(load(path, self.words)).run(self._begin)

    @property
    def updates(self) -> list[dict[str, Any]]:
        """Return the figures of the learner's updates."""
        path = self.folder / "learner_metrics.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [row for row in map(json.loads, lines) if "loss_critic" in row]

    def _begin(self, stop: threading.Event) -> None:
        threading.Thread(target=self._act, args=(stop,), daemon=True).start()

    def _act(self, stop: threading.Event) -> None:
        deadline_s = time.monotonic() + TIME_LIMIT_S
        with closing(LearnerLink("127.0.0.1", self.port)) as link:
            while not stop.is_set() and time.monotonic() < deadline_s:
                if link.unconfirmed == 0 and self.sent < self.sends_at_most:
                    self._send(link)
                if self.enough(self.updates):
                    break
                time.sleep(0.05)
            for _ in range(self.sends_before_it_ends):
                self._send(link)
            link.deliver(TIME_LIMIT_S)
            stop.set()

    def _send(self, link: LearnerLink) -> None:
        link.send(self._episode(), python_object_to_bytes({"Interaction step": 5}))
        self.sent += 1

    def _episode(self) -> bytes:
        numbers = next(self.state_numbers)
        # Not torch's own generator, for this thread may outlive its test.
        states = [{KEY: torch.rand(1, numbers, generator=self._random)} for _ in range(6)]
        data: bytes = transitions_to_bytes(
            [
                Transition(
                    state=states[i],
                    action=torch.tensor([[0.1, 0.2, 0.3, 1.0]]),
                    reward=0.0,
                    next_state=states[i + 1],
                    done=False,
                    truncated=i == 4,
                    complementary_info={
                        "discrete_penalty": torch.zeros(1),
                        "is_intervention": torch.tensor(0.0),
                    },
                )
                for i in range(5)
            ]
        )
        return data


def test_what_was_learned_is_saved_when_a_run_ends(tmp_path: Path) -> None:
    """LeRobot forgets everything since its last checkpoint; here it is a policy like any other."""
    run = Run(tmp_path, save_freq=10_000)
    run.learn()
    last = last_checkpoint(run.folder)
    assert last is not None
    assert int(last.name) >= 5
    policy = GaussianActorPolicy.from_pretrained(last / "pretrained_model")
    assert policy.config.input_features[KEY].shape == (14,)
    # Nobody has to say what its actions mean: there is no dataset that could.
    origin = Origin.beside(last / "pretrained_model")
    assert origin is not None
    assert (origin.fps, origin.features["action"]["names"]) == (
        10,
        list(EE_NAMES[ActionSpace.EE_DELTA]),
    )


def test_every_confirmed_episode_is_stored_when_a_run_ends(tmp_path: Path) -> None:
    """LeRobot's loop leaves at once, whatever lies in its queue."""
    run = Run(tmp_path)
    run.sends_before_it_ends = 7
    run.learn()
    last = last_checkpoint(run.folder)
    assert last is not None
    stored = WholeReplayBuffer.load(last / "replay/online.pt", capacity=1000, device="cpu")
    assert len(stored) == 5 * run.sent
    lines = (run.folder / "learner_metrics.jsonl").read_text().splitlines()
    assert sum("Interaction step" in json.loads(line) for line in lines) == run.sent


def test_a_resumed_run_goes_on_with_weights_updates_and_replay_buffer(tmp_path: Path) -> None:
    """From the last checkpoint, with the words of today."""
    run = Run(tmp_path)
    run.learn()
    first = last_checkpoint(run.folder)
    assert first is not None
    stored = len(WholeReplayBuffer.load(first / "replay/online.pt", capacity=1000, device="cpu"))
    before = run.updates[-1]["Optimization step"]
    run.words += ["--resume=true", "--batch_size=8"]
    run.enough = lambda updates: updates[-1]["Optimization step"] >= before + 3
    run.learn()
    after = run.updates[-1]
    assert after["Optimization step"] >= before + 3
    assert after["replay_buffer_size"] >= stored
    last = last_checkpoint(run.folder)
    assert last is not None
    assert last != first
    assert not (first / "replay").exists()


def test_episodes_are_kept_that_came_before_anything_was_learned(tmp_path: Path) -> None:
    """Somebody drove them; the next run, which gets too few of its own, learns from them."""
    run = Run(tmp_path, **{"policy.online_step_before_learning": 11})
    run.sends_at_most = 2
    run.enough = lambda _: run.sent == 2
    run.learn()
    assert run.updates == []
    run.words += ["--resume=true"]
    run.sends_at_most = 3
    run.enough = lambda updates: len(updates) >= 2
    run.learn()
    assert run.updates[0]["replay_buffer_size"] == 15


def test_weights_and_biases_gets_the_figures_too_without_an_account(tmp_path: Path) -> None:
    """LeRobot's own logger, offline: `wandb sync` sends them later."""
    run = Run(tmp_path, **{"wandb.enable": "true", "wandb.mode": "offline"})
    run.learn()
    wandb.finish()
    [written] = (run.folder / "wandb").glob("offline-run-*/run-*.wandb")
    content = written.read_bytes()
    assert b"train/loss_critic" in content
    assert b"train/Interaction step" in content


def test_a_folder_with_a_training_is_not_begun_again(tmp_path: Path) -> None:
    """One line says what to do."""
    run = Run(tmp_path)
    run.learn()
    with pytest.raises(ConfigError, match="RESUME_TRAINING=1 goes on with it"):
        run.learn()


def test_there_must_be_something_to_resume(tmp_path: Path) -> None:
    """One line says what is missing."""
    run = Run(tmp_path, resume="true")
    with pytest.raises(ConfigError, match="holds no checkpoint to resume from"):
        run.learn()


def test_a_port_on_which_somebody_listens_is_said(tmp_path: Path) -> None:
    """Two gRPC services would share it, and an actor's episodes."""
    run = Run(tmp_path)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", run.port))
        taken.listen()
        with pytest.raises(ConfigError, match=f"127.0.0.1:{run.port} cannot be listened on"):
            run.learn()


def test_a_diverged_training_ends_with_its_reason_and_keeps_the_last_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LeRobot would go on, send such weights, save them, and end with exit code 0."""
    run = Run(
        tmp_path, save_freq=3, **{"policy.actor_learner_config.policy_parameters_push_frequency": 0}
    )
    stock = SACAlgorithm.get_weights

    def spoilt(self: Any) -> dict[str, Any]:
        weights: dict[str, Any] = stock(self)
        if self.optimization_step > 4:
            name = next(iter(weights["policy"]))
            weights["policy"][name] = weights["policy"][name] * float("nan")
        return weights

    monkeypatch.setattr(SACAlgorithm, "get_weights", spoilt)
    run.enough = lambda _: False
    with pytest.raises(DivergedError, match="not finite after 5 updates"):
        run.learn()
    last = last_checkpoint(run.folder)
    assert last is not None
    assert int(last.name) == 3


def test_transitions_of_another_config_do_not_end_the_learner(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It says what is wrong with them, and learns from the others."""
    run = Run(tmp_path)
    run.state_numbers = itertools.cycle([18, 14])
    with caplog.at_level(logging.ERROR):
        run.learn()
    assert len(run.updates) >= 5
    (complaint,) = (r.getMessage() for r in caplog.records if "refused" in r.getMessage())
    assert "observation.state is (18,), expected (14,)" in complaint
