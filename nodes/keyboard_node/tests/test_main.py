"""The node's loop on a fake dora node, and the start on a machine without a display."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dora_hil.device.loop import run_device
from dora_hil.node.node import NodePort
from dora_hil.stream.messages import Action, Command, Control
from dora_hil.testing.fake_node import FakeNode, tick_event
from keyboard_node.bindings import Bindings
from keyboard_node.fake_listener import FakeListener
from keyboard_node.keyboard_device import KeyboardDevice
from keyboard_node.main import parse_config


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

    node = FakeNode(script(), {"tick": "dora/timer/millis/100"}, ("action", "control"))
    run_device(NodePort(node), KeyboardDevice(Bindings(), listener))
    assert [name for name, _, _ in node.sent] == ["action", "control", "action", "action"]
    _, value, metadata = node.sent[1]
    assert Control.from_arrow(value, metadata).command is Command.NEXT
    actions = [
        Action.from_arrow(value, meta) for name, value, meta in node.sent if name == "action"
    ]
    assert [list(action.value[:3]) for action in actions] == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert [action.engaged for action in actions] == [False, True, False]


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
from dora_hil.testing.fake_node import FakeNode, tick_event
from dora_hil.stream.messages import Action
from dora_hil.node.node import NodePort
from keyboard_node.bindings import Bindings
from keyboard_node.keyboard_device import KeyboardDevice
from keyboard_node.listener import PynputListener
from dora_hil.device.loop import run_device
node = FakeNode([tick_event(), tick_event()], {"tick": "t"}, ("action",))
code = run_device(NodePort(node), KeyboardDevice(Bindings(), PynputListener()))
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
