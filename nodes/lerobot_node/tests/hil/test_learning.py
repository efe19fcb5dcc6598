"""A run of LeRobot's own learner, with a network small enough for a test."""

import json
import resource
import shutil
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
import wandb
from lerobot.policies.gaussian_actor.modeling_gaussian_actor import GaussianActorPolicy
from lerobot.rl.algorithms.sac.sac_algorithm import SACAlgorithm
from lerobot.transport import services_pb2
from lerobot.transport.utils import python_object_to_bytes, transitions_to_bytes
from lerobot.utils.transition import Transition
from ports import free_port

from dora_hil.config import ConfigError
from dora_hil.stream.actions import EE_NAMES, ActionSpace
from lerobot_node.hil import checkpoints
from lerobot_node.hil.checkpoints import DivergedError, SaveError, last_checkpoint, stored_episodes
from lerobot_node.hil.connection import Connection
from lerobot_node.hil.episode_folder import RECEIVED, EpisodeFolder, SentEpisode
from lerobot_node.hil.identity import About
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
        sends_before_it_ends: episodes at once, before the learner is stopped.
        sends_at_most: episodes in all.
        sent: episodes so far.
        began: how often everything was built and read, so that a dataflow would start.
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
        self.sends_before_it_ends = 0
        self.sends_at_most = sys.maxsize
        self._random = torch.Generator()
        self.sent = 0
        self.began = 0

    def learn(self, *words: str) -> None:
        """Learn until it was enough, with these words too from now on."""
        self.words += words
        path = Path(__file__).parents[4] / "configs/train_gym_hil_state.json"
        Learning(load(path, self.words)).run(self._begin)

    @property
    def last(self) -> Path:
        """Return the last checkpoint."""
        last = last_checkpoint(self.folder)
        assert last is not None
        return last

    @property
    def stored(self) -> int:
        """Return how many transitions the last checkpoint has."""
        path = self.last / "replay/online.pt"
        return len(WholeReplayBuffer.load(path, capacity=1000, device="cpu"))

    @property
    def updates(self) -> list[dict[str, Any]]:
        """Return the figures of the learner's updates."""
        return [row for row in self._rows() if "loss_critic" in row]

    @property
    def arrived(self) -> list[int]:
        """Return the environment steps at each episode that the learner has noted."""
        return [row["Interaction step"] for row in self._rows() if "Interaction step" in row]

    def _rows(self) -> list[dict[str, Any]]:
        path = self.folder / "learner_metrics.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    def _begin(self, stop: threading.Event) -> None:
        self.began += 1
        threading.Thread(target=self._act, args=(stop,), daemon=True).start()

    def _act(self, stop: threading.Event) -> None:
        deadline_s = time.monotonic() + TIME_LIMIT_S
        waiting = EpisodeFolder(self.folder.parent / "actor")
        with closing(LearnerLink("127.0.0.1", self.port, waiting)) as link:
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
        self.sent += 1
        figures = python_object_to_bytes({"Interaction step": 5 * self.sent})
        link.send(SentEpisode(self._episode(), figures, steps=5))

    def _episode(self) -> bytes:
        # Not torch's own generator, for this thread may outlive its test.
        states = [{KEY: torch.rand(1, 14, generator=self._random)} for _ in range(6)]
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
    assert int(run.last.name) >= 5
    policy = GaussianActorPolicy.from_pretrained(run.last / "pretrained_model")
    assert policy.config.input_features[KEY].shape == (14,)
    # Nobody has to say what its actions mean: there is no dataset that could.
    origin = Origin.beside(run.last / "pretrained_model")
    assert origin is not None
    assert origin.fps == 10
    assert origin.features["action"]["names"] == list(EE_NAMES[ActionSpace.EE_DELTA])


def test_nothing_of_a_run_draws_random_numbers_after_its_end(tmp_path: Path) -> None:
    """LeRobot's thread that samples ahead would, twice a second, as long as the process lives."""
    before = threading.enumerate()
    Run(tmp_path).learn()
    for thread in threading.enumerate():
        if thread not in before and "producer" in thread.name:
            thread.join(10.0)
            assert not thread.is_alive()


def test_a_run_goes_on_from_its_last_checkpoint_and_tells_actors_of_all_updates(
    tmp_path: Path,
) -> None:
    """With the words of today; the buffers are in the newest checkpoint alone."""
    run = Run(tmp_path)
    told: list[int] = []

    def ask_until(count: int, updates: list[dict[str, Any]]) -> bool:
        connection = Connection(f"127.0.0.1:{run.port}")
        _, call = connection.stub.Ready.with_call(services_pb2.Empty(), timeout=TIME_LIMIT_S)
        connection.close()
        about = About.read(call.initial_metadata())
        assert about is not None
        assert about.updates is not None
        told.append(about.updates)
        return about.updates >= count and len(updates) >= count

    run.enough = partial(ask_until, 5)
    run.learn()
    first, before = run.last, int(run.last.name)
    assert told == sorted(told)
    assert told[-1] <= before
    told.clear()
    run.enough = partial(ask_until, before + 3)
    run.learn("--resume=true", "--batch_size=8")
    assert told[0] >= before
    assert run.last != first
    assert not (first / "replay").exists()


def test_every_confirmed_episode_is_stored_when_a_run_ends(tmp_path: Path) -> None:
    """LeRobot's loop leaves at once, whatever lies in its queue."""
    run = Run(tmp_path)
    run.sends_before_it_ends = 7
    run.learn()
    assert run.stored == 5 * run.sent
    assert len(run.arrived) == run.sent


def test_episodes_are_kept_that_came_before_anything_was_learned(tmp_path: Path) -> None:
    """Somebody drove them; the next run, which gets too few of its own, learns from them."""
    run = Run(tmp_path, **{"policy.online_step_before_learning": 11})
    run.sends_at_most = 2
    run.enough = lambda _: run.sent == 2
    run.learn()
    assert run.updates == []
    run.sends_at_most = 3
    run.enough = lambda updates: len(updates) >= 2
    run.learn("--resume=true")
    assert run.updates[0]["replay_buffer_size"] == 15


@pytest.mark.parametrize("save_freq", [10_000, 2])
def test_a_killed_learner_goes_on_with_every_episode_it_has_confirmed(
    save_freq: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before its first checkpoint, and behind one; none is learned from twice, or noted twice."""
    run = Run(tmp_path, save_freq=save_freq)
    run.sends_at_most = 4
    run.enough = lambda updates: run.sent == 4 and len(updates) >= 3
    with monkeypatch.context() as killed:
        killed.setattr(Learning, "_save", lambda _: None)
        run.learn()
    assert (last_checkpoint(run.folder) is None) is (save_freq == 10_000)
    with pytest.raises(ConfigError, match="RESUME_TRAINING=1 goes on with it"):
        run.learn()
    seen = len(run.updates)
    run.enough = lambda updates: len(updates) >= seen + 2
    run.learn("--resume=true")
    assert run.updates[-1]["replay_buffer_size"] == 20
    assert run.arrived == [5, 10, 15, 20]
    assert EpisodeFolder(run.folder / RECEIVED).paths() == []
    assert sum(stored_episodes(run.folder).values()) == 20


def test_learning_may_begin_with_the_first_episode(tmp_path: Path) -> None:
    """`online_step_before_learning: 0` would have LeRobot wait for ever, for no sample comes."""
    run = Run(tmp_path, **{"policy.online_step_before_learning": 0})
    run.learn()
    assert len(run.updates) >= 5


def test_what_cannot_be_read_is_said_before_a_dataflow_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`HF_HOME` that cannot be written: the demonstrations are read through a cache there."""
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "file/datasets")
    run = Run(tmp_path, dataset=json.dumps({"repo_id": "test/replay", "root": str(tmp_path)}))
    with pytest.raises(ConfigError, match=r"HF_HOME: .*file/datasets, which cannot be written"):
        run.learn()
    assert run.began == 0


def test_a_training_state_that_cannot_be_read_is_not_begun_anew(tmp_path: Path) -> None:
    """LeRobot would go on from update 0 with new optimizers, without a word."""
    run = Run(tmp_path)
    run.learn()
    for path in (run.last / "training_state").rglob("optimizer*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(ConfigError, match="its training state cannot be read"):
        run.learn("--resume=true")
    assert run.began == 1


def test_weights_and_biases_without_a_key_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the ways out; not after the first episodes."""
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.delenv("WANDB_MODE", raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HOME", str(tmp_path))
    run = Run(tmp_path, **{"wandb.enable": "true"})
    with pytest.raises(ConfigError, match=r"no key.*`wandb login`.*WANDB_MODE=offline"):
        run.learn()
    assert run.began == 0


@pytest.mark.slow
def test_weights_and_biases_may_be_wanted_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a run that goes on: LeRobot would look for the run that was never begun."""
    run = Run(tmp_path)
    run.learn()
    monkeypatch.setenv("WANDB_MODE", "offline")
    seen = len(run.updates)
    run.enough = lambda updates: len(updates) > seen
    run.learn("--resume=true", "--wandb.enable=true")
    wandb.finish()
    assert len(list((run.folder / "wandb").glob("offline-run-*/run-*.wandb"))) == 1


def test_weights_and_biases_gets_the_figures_too_without_an_account(tmp_path: Path) -> None:
    """LeRobot's own logger, offline: `wandb sync` sends them later."""
    run = Run(tmp_path, **{"wandb.enable": "true", "wandb.mode": "offline"})
    run.learn()
    wandb.finish()
    [written] = (run.folder / "wandb").glob("offline-run-*/run-*.wandb")
    # Its own process writes the file, and is not always through with it by then.
    wanted, deadline_s = (b"train/loss_critic", b"train/Interaction step"), time.monotonic() + 20
    while not all(one in written.read_bytes() for one in wanted):
        assert time.monotonic() < deadline_s, written.read_bytes()[:200]
        time.sleep(0.1)


def test_a_port_on_which_somebody_listens_is_said(tmp_path: Path) -> None:
    """Two gRPC services would share it, and an actor's episodes."""
    run = Run(tmp_path)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", run.port))
        taken.listen()
        says = f"127.0.0.1:{run.port} cannot be listened on"
        with pytest.raises(ConfigError, match=says) as error:
            run.learn()
    assert "TRAIN_ARGS=--policy.actor_learner_config.learner_port=" in str(error.value)


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
    assert int(run.last.name) == 3


@contextmanager
def disk_of(file_bytes: int) -> Iterator[None]:
    """Let the system refuse what is larger, as a full disk does; a quota is the same."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize(
    ("refused", "file_bytes"),
    # torch's own error depends on where its file was cut off.
    [("safetensors", 256), ("torch", 16), ("torch", 256), ("torch", 1500)],
)
def test_a_full_disk_ends_a_training_with_one_line_and_nothing_driven_is_lost(
    refused: str, file_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever file it is; what was written of the checkpoint goes, so that there is room."""
    run = Run(tmp_path, save_freq=3)
    run.enough = lambda _: False
    place: Any = checkpoints if refused == "safetensors" else WholeReplayBuffer
    name = "save_checkpoint" if refused == "safetensors" else "save"
    stock = getattr(place, name)

    def save_on_a_full_disk(*args: Any, **parts: Any) -> None:
        with disk_of(file_bytes):
            stock(*args, **parts)

    with monkeypatch.context() as full:
        full.setattr(place, name, save_on_a_full_disk)
        says = r"/00000\d: the checkpoint cannot be written: "
        with pytest.raises(SaveError, match=says) as error:
            run.learn()
    assert f"kept in {run.folder / RECEIVED}, and RESUME_TRAINING=1" in str(error.value)
    assert "\n" not in str(error.value)
    assert list((run.folder / "checkpoints").iterdir()) == []
    kept = len(EpisodeFolder(run.folder / RECEIVED).paths())
    assert kept >= 1
    run.enough = lambda updates: len(updates) >= 8
    run.learn("--resume=true")
    assert len(stored_episodes(run.folder)) >= kept


@pytest.mark.parametrize(
    ("failure", "expected", "says"),
    [
        (OSError(28, "No space left"), ConfigError, "run: the learner cannot go on: .*No"),
        (torch.OutOfMemoryError("CUDA"), ConfigError, "not enough memory .*batch_size"),
        (AttributeError("a defect"), AttributeError, "a defect"),
    ],
)
def test_what_ends_the_loop_is_one_line_unless_it_is_a_defect(
    failure: Exception,
    expected: type[Exception],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A defect keeps its traceback, for those who mend it."""

    def fail(*_: Any) -> None:
        raise failure

    run = Run(tmp_path)
    monkeypatch.setattr(SACAlgorithm, "update", fail)
    run.enough = lambda _: False
    with pytest.raises(expected, match=says) as error:
        run.learn()
    assert ("RESUME_TRAINING=1" in str(error.value)) is (expected is ConfigError)
