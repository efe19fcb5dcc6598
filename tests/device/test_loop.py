"""The loop that every person's device runs in, on a fake dora node."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from dora_hil.device.loop import run_device
from dora_hil.node.node import Event, NodePort
from dora_hil.stream.actions import hold_ee_delta
from dora_hil.stream.messages import Action, Command, Control, RunState, Status
from dora_hil.testing.fake_node import FakeNode, closed_event, input_event, tick_event

OVER = Status(RunState.OVER, role="recorder")


class FakeDevice:
    """Asks for nothing.

    Attributes:
        is_stopped: `stop` was called.
    """

    def __init__(self) -> None:
        """Start with nobody to send to."""
        self.is_stopped = False
        self.send: Callable[[Control], None] = lambda _: None

    def start(self, send: Callable[[Control], None]) -> None:
        """Keep whom to send to."""
        self.send = send

    def action(self) -> Action:
        """Hold."""
        return Action(hold_ee_delta(), engaged=False)

    def stop(self) -> None:
        """Note it."""
        self.is_stopped = True


def fake_node(script: Iterable[dict[str, Any]]) -> FakeNode:
    """Return a node wired as devices are."""
    inputs = {"tick": "dora/timer/millis/100", "status": "body/status"}
    return FakeNode(script, inputs=inputs, outputs=("action", "control"))


def run_node(node: FakeNode, device: FakeDevice | None = None, **options: Any) -> int:
    """Run the loop to its end."""
    return run_device(NodePort(node), device or FakeDevice(), **options)


def actions(node: FakeNode) -> list[Action]:
    """Return the actions sent."""
    return [Action.from_arrow(value, meta) for name, value, meta in node.sent if name == "action"]


def test_every_tick_sends_one_action() -> None:
    """What the device says, as it is."""
    node = fake_node([tick_event(), tick_event()])
    run_node(node)
    assert [action.engaged for action in actions(node)] == [False, False]
    np.testing.assert_array_equal(actions(node)[0].value, hold_ee_delta())


def test_a_command_goes_out_at_once() -> None:
    """Between ticks, from whichever thread."""
    device = FakeDevice()

    def script() -> Iterable[dict[str, Any]]:
        device.send(Control(Command.NEXT))
        yield tick_event()

    node = fake_node(script())
    run_node(node, device)
    assert [name for name, _, _ in node.sent] == ["control", "action"]


def test_what_else_comes_in_is_heard_with_what_the_owner_said_last() -> None:
    """For devices that also show the run."""
    heard: list[tuple[str, Status | None]] = []

    def hear(event: Event, status: Status | None) -> None:
        heard.append((event.id, status))

    granted = Status(RunState.GRANTED, role="recorder")
    message = input_event("episode", granted)
    node = fake_node([message, input_event("status", granted), tick_event(), message])
    run_node(node, hear=hear)
    assert heard == [("episode", None), ("episode", granted)]


def test_it_leaves_when_the_run_is_over() -> None:
    """Exit code 0, nothing is sent after it; the last word can be shown before the device stops."""
    device = FakeDevice()
    heard: list[tuple[Status | None, bool]] = []
    node = fake_node([tick_event(), input_event("status", OVER), tick_event()])
    code = run_node(node, device, ended=lambda status: heard.append((status, device.is_stopped)))
    assert (code, len(actions(node)), heard) == (0, 1, [(OVER, False)])
    assert device.is_stopped


def test_it_leaves_with_an_error_when_the_owner_vanished() -> None:
    """`status` closed, and no `over` within the time of grace."""
    clock = iter([0.0, 0.0, 0.5, 2.0])
    node = fake_node([closed_event("status"), tick_event(), tick_event(), tick_event()])
    assert run_node(node, now_s=lambda: next(clock)) == 1
    assert len(actions(node)) == 2
