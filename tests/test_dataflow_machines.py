"""Dataflows over several hosts, by the commands of docs/machines.md; namespaces are the hosts.

Linux makes network namespaces for root alone, with `ip` (iproute2): without them these tests are
skipped, with the reason.
"""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
from harness import ROOT, until
from network import Network, NetworkError
from terminals import Terminals, command
from training_rig import Training, environment_steps, record_demonstrations

pytestmark = pytest.mark.slow

SERVICE = "policy.actor_learner_config"
ENV_CONFIG = ROOT / "configs/gym_hil_env_train_state.json"


@pytest.fixture
def network() -> Iterator[Network]:
    """Return the three hosts of the page."""
    with ExitStack() as stack:
        try:
            made = stack.enter_context(Network("desk", "gpu", "robot"))
        except NetworkError as error:
            pytest.skip(f"no network namespaces here: {error}")
        yield made


@pytest.fixture
def training(tmp_path: Path) -> Iterator[Training]:
    """Return a training with three demonstrations, whose learner is not started."""
    data = record_demonstrations(tmp_path / "demonstrations", ENV_CONFIG.name, 3)
    made = Training(tmp_path, data, "train_gym_hil_state.json")
    yield made
    made.kill_learner()


def test_a_cut_cable_to_the_learner_loses_no_finished_episode(
    network: Network, training: Training
) -> None:
    """Episodes are kept meanwhile; when it is mended they arrive, and weights come back."""
    host = network.addresses["gpu"]
    training.words[f"{SERVICE}.learner_host"] = host
    port = training.words[f"{SERVICE}.learner_port"]

    def listens() -> bool:
        with network.inside("desk"), suppress(OSError), socket.create_connection((host, port), 1):
            return True
        return False

    def updates() -> int:
        return max((e["weight_updates"] or 0 for e in training.episodes()), default=0)

    def sent() -> int:
        return len(training.episodes())

    with network.inside("gpu"):
        training.start_learner()
    until(listens, training.log, 120)
    with ExitStack() as stack:
        with network.inside("desk"):
            running = stack.enter_context(training.act())
        running.wait_for(lambda _: updates() > 1, timeout_s=240)
        network.cut("gpu")
        before = sent()
        running.wait_for(lambda _: sent() > before, timeout_s=60)
        arrived, weights = len(training.arrived()), updates()
        running.wait_for(lambda _: sent() > before + 3, timeout_s=60)
        assert len(training.arrived()) == arrived
        network.mend("gpu")
        running.wait_for(
            lambda _: updates() > weights + 1 and len(training.arrived()) > arrived + 3,
            timeout_s=120,
        )
        training.stop(running)
    assert {*environment_steps(training.arrived())} == {*environment_steps(training.episodes())}


def test_a_body_on_another_host_records_every_episode(network: Network, tmp_path: Path) -> None:
    """Its own daemon runs it there; the run ends by itself, and `dora down` ends the rest."""
    flow, data = tmp_path / "machines.yaml", tmp_path / "data"
    edit = (
        command("desk", "awk")
        .replace("/home/me/dora-hil", str(ROOT))
        .replace("dataflow-train-actor.yaml", "dataflow-record-operator.yaml")
        .replace("outputs/machines.yaml", str(flow))
    )
    environ = {
        "ENV_CONFIG": str(ENV_CONFIG),
        "RECORD_ARGS": f"--dataset.num_episodes=2 --dataset.root={data}",
        "HF_HUB_OFFLINE": "1",
    }
    with closing(Terminals(network, tmp_path, environ)) as terminals:
        assert terminals.type("desk", edit, "edit.log").wait(10) == 0, terminals.log()
        servers = [
            terminals.type("desk", command("desk", "dora coordinator"), "coordinator.log"),
            terminals.type("desk", command("desk", "dora daemon"), "desk.log"),
            terminals.type("robot", command("robot", "dora daemon"), "robot.log"),
        ]
        until(lambda: "Connected to" in (tmp_path / "robot.log").read_text(), terminals.log, 30)
        until(lambda: "Connected to" in (tmp_path / "desk.log").read_text(), terminals.log, 30)
        start = command("desk", "dora start").replace("outputs/machines.yaml", str(flow))
        assert terminals.type("desk", start, "run.log").wait(150) == 0, terminals.log()
        down = command("desk", "dora down")
        assert terminals.type("desk", down, "down.log").wait(30) == 0, terminals.log()
        assert [server.wait(30) for server in servers] == [0, 0, 0]
    log = (tmp_path / "run.log").read_text()
    # dora does not pass on every line of another machine.
    assert "body on daemon `robot`: " in log
    assert json.loads((data / "meta/info.json").read_text())["total_episodes"] == 2
