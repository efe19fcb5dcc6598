"""The node's loop on a fake dora node, with a real body and a real client."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from bridge_node.listening import Listening
from bridge_node.main import parse_socket, run
from dora_hil.body.body import Body, BodyConfig
from dora_hil.body.episode import Advance, EpisodeRules
from dora_hil.body.takeover import Takeover
from dora_hil.node.node import NodePort
from dora_hil.stream.messages import Action, Control, RunState, Status
from dora_hil.stream.timestep import EndReason, TimeStep
from dora_hil.testing.fake_environment import FakeEnvironment
from dora_hil.testing.fake_node import FakeNode, closed_event, input_event
from dora_hil_bridge.client import BridgeClient, BridgeError

OUTPUTS = ("action", "control", "status")
type Client = Callable[[BridgeClient], None]


class Dataflow:
    """A body on the other side of the fake node, that ticks until the client is done.

    Attributes:
        node: the bridge's.
        environment: what the body drives.
    """

    def __init__(self, path: Path, client: Client, *events: dict[str, Any]) -> None:
        """Let `client` run in a thread of its own, once the bridge has heard these events."""
        self._first = events
        self.environment = FakeEnvironment()
        rules = EpisodeRules(advance=Advance.AUTO)
        self._body = Body(self.environment, BodyConfig(rules), Takeover([]))
        self.node = FakeNode(self._events(), {"episode": "body/episode"}, OUTPUTS)
        self._heard = 0
        self._errors: list[Exception] = []
        self._client = threading.Thread(target=self._run, args=(client, BridgeClient(path, 5.0)))

    def _run(self, client: Client, connection: BridgeClient) -> None:
        try:
            client(connection)
        except Exception as error:
            self._errors.append(error)
        finally:
            connection.close()

    def _events(self) -> Iterator[dict[str, Any]]:
        yield from self._first
        self._client.start()
        ticks = 0
        while self._client.is_alive():
            ticks += 1
            time.sleep(0.002)
            yield from self._said(self._body.tick(ticks / 10))
            yield from self._said(self._deliver())
        yield from self._said(self._body.end_run(EndReason.STOP))

    def _said(self, timesteps: list[TimeStep]) -> Iterator[dict[str, Any]]:
        return (input_event("episode", timestep) for timestep in timesteps)

    def _deliver(self) -> list[TimeStep]:
        said: list[TimeStep] = []
        sent = self.node.sent[self._heard :]
        self._heard += len(sent)
        for output, value, metadata in sent:
            if output == "action":
                self._body.receive_action("action", Action.from_arrow(value, metadata))
            elif output == "control":
                said += self._body.receive_control(Control.from_arrow(value, metadata))
            else:
                said += self._body.receive_status(Status.from_arrow(value, metadata))
        return said

    def run(self, listening: Listening) -> int:
        """Run to the end; returns the exit code.

        Raises:
            Exception: what the client came to.
        """
        code = run(NodePort(self.node), listening)
        self._client.join()
        for error in self._errors:
            raise error
        return code

    def statuses(self) -> list[Status]:
        """Return what was said on `status`."""
        return [Status.from_arrow(v, m) for port, v, m in self.node.sent if port == "status"]


def test_a_client_drives_the_body_through_the_node(listening: Listening) -> None:
    """Its action is executed, in the space that it named."""

    def drive(client: BridgeClient) -> None:
        features = client.open(drives=True)
        client.observe(wait=True)
        client.act("ee_absolute", [0.5, 0.1, 0.3, 0.0])
        states = [features.read(client.observe(wait=True)) for _ in range(3)]
        assert states[-1]["x.pos"] == pytest.approx(0.5)
        assert states[-1]["gripper.pos"] == 0.0

    dataflow = Dataflow(listening.path, drive)
    assert dataflow.run(listening) == 0
    grants = [status.grant for status in dataflow.statuses() if status.state is RunState.GRANTED]
    assert grants == [0]
    assert dataflow.statuses()[-1].state is RunState.OVER


def test_a_device_that_speaks_another_language_ends_nothing(
    listening: Listening, caplog: pytest.LogCaptureFixture
) -> None:
    """As in a body: one line, and the LeRobot process goes on."""

    def look_on(client: BridgeClient) -> None:
        client.open(drives=False)
        client.observe(wait=True)

    letter = {"type": "INPUT", "id": "control_keyboard", "value": pa.array(["s"]), "metadata": {}}
    assert Dataflow(listening.path, look_on, letter, letter).run(listening) == 0
    assert caplog.text.count("control: expected a one-row struct, got string; ignored") == 1


def test_the_next_client_gets_an_episode_of_its_own(listening: Listening) -> None:
    """What the first one left is discarded, and the arm begins at its place."""

    def drive_twice(client: BridgeClient) -> None:
        features = client.open(drives=True)
        client.observe(wait=True)
        client.act("ee_absolute", [0.5, 0.1, 0.3, 0.0])
        client.observe(wait=True)
        client.close()
        while not client.is_open:
            try:
                client.open(drives=True)
            except BridgeError:
                time.sleep(0.01)
        assert features.read(client.observe(wait=True))["x.pos"] == pytest.approx(0.4)

    dataflow = Dataflow(listening.path, drive_twice)
    assert dataflow.run(listening) == 0
    assert len(dataflow.environment.seeds) == 2


def test_a_body_that_vanishes_is_an_error(listening: Listening) -> None:
    """The last word says so."""
    node = FakeNode([closed_event("episode")], {"episode": "body/episode"}, OUTPUTS)
    assert run(NodePort(node), listening) == 1
    assert node.sent[-1][0] == "status"
    said = node.sent[-1][2]["message"]
    assert said == "the body ended before the run was over; look for its last line"


def test_a_start_that_fails_leaves_no_socket_behind(tmp_path: Path) -> None:
    """Here for want of a dataflow."""
    path = tmp_path / "b.sock"
    done = subprocess.run(
        [sys.executable, "-m", "bridge_node.main", "--socket", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert not path.exists()


def test_the_socket_is_that_of_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or that of the flag."""
    monkeypatch.setenv("BRIDGE_SOCKET", "/there/b.sock")
    assert parse_socket([]) == Path("/there/b.sock")
    assert parse_socket(["--socket", "/here/a.sock"]) == Path("/here/a.sock")
