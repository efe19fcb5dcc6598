"""The node's loop on a fake dora node, and the start on a machine without a display."""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dora_hil.fake_node import FakeNode, closed_event, input_event, stop_event, tick_event
from dora_hil.messages import Action, Command, Control, RunState, Status
from dora_hil.node import NodePort
from keyboard_node.bindings import Bindings
from keyboard_node.fake_listener import FakeListener
from keyboard_node.keyboard_device import KeyboardDevice
from keyboard_node.main import parse_config, run

OVER = Status(RunState.OVER, role="recorder")


def fake_node(
    script: Iterable[dict[str, Any]], outputs: tuple[str, ...] = ("action", "control")
) -> FakeNode:
    """Return a node wired as in the README."""
    inputs = {"tick": "dora/timer/millis/100", "status": "gym-hil/status"}
    return FakeNode(script, inputs=inputs, outputs=outputs)


def run_node(node: FakeNode, listener: FakeListener | None = None, **options: Any) -> int:
    """Run the node's loop to its end."""
    device = KeyboardDevice(Bindings(), listener or FakeListener())
    return run(NodePort(node), device, **options)


def actions(node: FakeNode) -> list[Action]:
    """Return the actions sent."""
    return [Action.from_arrow(value, meta) for name, value, meta in node.sent if name == "action"]


def test_every_tick_sends_one_action_disengaged_included() -> None:
    """Silence would mean that the device is gone."""
    node = fake_node([tick_event(), tick_event(), tick_event()])
    run_node(node)
    assert [action.engaged for action in actions(node)] == [False] * 3


def test_held_keys_and_commands_go_out_on_their_ports() -> None:
    """Actions on the tick, commands between ticks."""
    listener = FakeListener()

    def script() -> Iterator[dict[str, Any]]:
        yield tick_event()
        listener.press("left")
        listener.press("space")
        yield tick_event()
        listener.release("left")
        yield tick_event()

    node = fake_node(script())
    run_node(node, listener)
    assert [name for name, _, _ in node.sent] == ["action", "control", "action", "action"]
    _, value, metadata = node.sent[1]
    assert Control.from_arrow(value, metadata).command is Command.NEXT
    assert [list(action.value[:3]) for action in actions(node)] == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert [action.engaged for action in actions(node)] == [False, True, False]


def test_an_output_that_the_dataflow_does_not_declare_is_not_sent() -> None:
    """A dataflow may wire the keyboard for commands alone."""
    listener = FakeListener()

    def script() -> Iterator[dict[str, Any]]:
        yield tick_event()
        listener.press("esc")
        yield tick_event()

    node = fake_node(script(), outputs=("control",))
    run_node(node, listener)
    assert [name for name, _, _ in node.sent] == ["control"]


def test_it_leaves_when_the_run_is_over() -> None:
    """Exit code 0, and nothing is sent after it."""
    listener = FakeListener()
    node = fake_node([tick_event(), input_event("status", OVER), tick_event()])
    assert run_node(node, listener) == 0
    assert len(actions(node)) == 1
    assert listener.stopped


def test_it_stays_while_the_run_goes_on() -> None:
    """Granted and busy are not over."""
    going_on = [input_event("status", Status(state)) for state in (RunState.GRANTED, RunState.BUSY)]
    node = fake_node([*going_on, tick_event()])
    assert run_node(node) == 0
    assert len(actions(node)) == 1


def test_it_leaves_with_an_error_when_the_owner_vanished() -> None:
    """`status` closed, and no `over` within the time of grace."""
    clock = iter([0.0, 0.0, 0.5, 2.0])
    node = fake_node([closed_event("status"), tick_event(), tick_event(), tick_event()])
    assert run_node(node, now_s=lambda: next(clock)) == 1
    assert len(actions(node)) == 2


def test_an_over_that_was_overtaken_by_the_closing_counts() -> None:
    """Dora delivers INPUT_CLOSED before queued messages."""
    node = fake_node([closed_event("status"), tick_event(), input_event("status", OVER)])
    assert run_node(node, now_s=lambda: 0.0) == 0


def test_a_stream_that_ends_without_over_is_an_error_if_there_was_an_owner() -> None:
    """All inputs closed, one of them the owner's."""
    node = fake_node([tick_event(), closed_event("status")])
    assert run_node(node, now_s=lambda: 0.0) == 1


def test_it_leaves_on_stop_without_an_owner() -> None:
    """`status` need not be wired."""
    node = FakeNode([tick_event(), stop_event(), tick_event()], {"tick": "t"}, ("action",))
    assert run_node(node) == 0
    assert len(actions(node)) == 1


def test_the_bindings_may_come_from_a_flag_or_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The flag wins; neither means the defaults."""
    monkeypatch.delenv("KEYBOARD_CONFIG", raising=False)
    assert parse_config([]) is None
    monkeypatch.setenv("KEYBOARD_CONFIG", "a.json")
    assert parse_config([]) == Path("a.json")
    assert parse_config(["--config", "b.json"]) == Path("b.json")


HEADLESS = """
import logging, sys
logging.basicConfig(format="%(message)s")
from dora_hil.fake_node import FakeNode, tick_event
from dora_hil.messages import Action
from dora_hil.node import NodePort
from keyboard_node.bindings import Bindings
from keyboard_node.keyboard_device import KeyboardDevice
from keyboard_node.listener import PynputListener
from keyboard_node.main import run
node = FakeNode([tick_event(), tick_event()], {"tick": "t"}, ("action",))
code = run(NodePort(node), KeyboardDevice(Bindings(), PynputListener()))
print(code, [Action.from_arrow(value, meta).engaged for _, value, meta in node.sent])
"""


@pytest.mark.parametrize(
    ("variables", "why"),
    [
        ({}, "$DISPLAY is not set"),
        ({"DISPLAY": ":987"}, "cannot connect to $DISPLAY, ':987'"),
        ({"DISPLAY": ":987", "WAYLAND_DISPLAY": "wayland-0"}, "XWayland windows only"),
        ({"DISPLAY": ":987", "XDG_SESSION_TYPE": "wayland"}, "XWayland windows only"),
    ],
)
def test_without_a_usable_display_it_says_so_and_idles(variables: dict[str, str], why: str) -> None:
    """The real listener in a fresh process; the rest of the graph goes on."""
    desktop = ("DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE")
    environment = {k: v for k, v in os.environ.items() if k not in desktop} | variables
    done = subprocess.run(
        [sys.executable, "-c", HEADLESS],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.strip() == "0 [False, False]", done.stderr
    assert why in done.stderr
    assert "dataflow-demo-operator.yaml" in done.stderr
    assert "Traceback" not in done.stderr
