"""The page as a device."""

import logging
from collections.abc import Mapping
from typing import Any

import pytest
from camera_steps import step

from dora_hil.node.node import Event, EventKind
from dora_hil.stream.messages import RunState, Status
from dora_hil.stream.training_progress import TrainingProgress
from dora_hil.testing.fake_node import closed_event, input_event
from web_node.address import Address
from web_node.console import Console
from web_node.driver_seat import DriverSeat
from web_node.server import ConsoleServer
from web_node.snapshot import Snapshot


class FakeServer(ConsoleServer):
    """Keeps what it is to show."""

    def __init__(self) -> None:
        """Listen to nobody."""
        self.shown: list[Snapshot] = []
        self.trainings: list[Mapping[str, Any]] = []
        self.calls: list[str] = []

    def start(self, send: Any) -> None:
        """Note it."""
        self.calls.append("start")

    def show(self, snapshot: Snapshot) -> None:
        """Keep it."""
        self.shown.append(snapshot)

    def tell_training(self, training: Mapping[str, Any]) -> None:
        """Keep it."""
        self.trainings.append(training)

    def stop(self) -> None:
        """Note it."""
        self.calls.append("stop")


def event(raw: dict[str, Any]) -> Event:
    """Return an event of dora's as nodes see it."""
    if raw["type"] == "INPUT":
        return Event(EventKind.INPUT, raw["id"], raw["value"], raw["metadata"])
    return Event(EventKind.CLOSED, raw["id"])


@pytest.fixture
def server() -> FakeServer:
    """Return one that shows nothing."""
    return FakeServer()


@pytest.fixture
def console(server: FakeServer) -> Console:
    """Return the console of such a server."""
    return Console(server, Address("127.0.0.1", 8010), DriverSeat())


def test_every_step_is_shown_and_nothing_else(console: Console, server: FakeServer) -> None:
    """A body that has gone is no step."""
    console.hear(event(input_event("episode", step(3))), None)
    console.hear(event(closed_event("episode")), None)
    assert [snapshot.state["step"] for snapshot in server.shown] == [3]


def test_how_a_training_goes_is_told_once_for_each_word_of_its_owner(
    console: Console, server: FakeServer
) -> None:
    """Not with every step: a curve is kilobytes. The last word's is told before the end."""
    words = [Status(RunState.GRANTED, training=TrainingProgress(n)) for n in (10, 20, 30)]
    for said in (None, words[0], words[0], words[1], words[1]):
        console.hear(event(input_event("episode", step(3))), said)
    console.ended(words[2])
    assert [training["target_steps"] for training in server.trainings] == [10, 20, 30]
    assert len(server.shown) == 5


def test_the_start_prints_what_to_open(
    server: FakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    """And how to get there from elsewhere, and that the port is another one."""
    caplog.set_level(logging.INFO)
    address = Address("127.0.0.1", 8011, taken_port=8010)
    console = Console(server, address, DriverSeat())
    console.start(lambda _: None)
    console.stop()
    assert server.calls == ["start", "stop"]
    assert "in a browser: http://127.0.0.1:8011" in caplog.text
    assert "ssh -L 8011:127.0.0.1:8011" in caplog.text
    assert "port 8010 is taken; the console is on another one" in caplog.text


def test_the_token_is_printed_with_the_address(
    server: FakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Where others can reach it; no tunnel is needed there."""
    caplog.set_level(logging.INFO)
    console = Console(server, Address("192.0.2.7", 8010, "abc"), DriverSeat())
    console.start(lambda _: None)
    assert "http://192.0.2.7:8010/?token=abc" in caplog.text
    assert "ssh" not in caplog.text


def test_without_a_viewer_no_picture_is_encoded(console: Console, server: FakeServer) -> None:
    """A page that nobody opens costs nothing but a copy."""
    console.hear(event(input_event("episode", step(1))), None)
    assert "packed" not in vars(server.shown[0])
    assert not console.action().engaged
