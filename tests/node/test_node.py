"""What every node does around its own loop."""

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from dora_hil.errors import UserError
from dora_hil.node.node import EventKind, NodePort, StatusWatch, run_main
from dora_hil.stream.messages import Action
from dora_hil.testing.fake_node import FakeNode, closed_event, input_event, stop_event, tick_event

HOLD = Action(np.array([0, 0, 0, 1], dtype=np.float32))
TIMEOUT = {"type": "ERROR", "error": "Timeout event stream error: Receiver timed out"}


@pytest.mark.parametrize(
    ("script", "kinds"),
    [
        # STOP overtakes queued inputs: they must not be lost.
        (
            [tick_event(), stop_event(), tick_event(), closed_event("tick")],
            [EventKind.INPUT, EventKind.STOP, EventKind.INPUT, EventKind.CLOSED],
        ),
        # Dora reports a timeout as an error.
        ([TIMEOUT], [EventKind.IDLE]),
        # A newer dora may have more types of events: they are passed over.
        ([{"type": "PARAM_UPDATE", "id": "x"}, {"type": "NODE_FAILED", "id": "y"}], []),
    ],
)
def test_events_go_on_until_the_stream_closes(
    script: list[dict[str, Any]], kinds: list[EventKind]
) -> None:
    """As what a node has to react to."""
    assert [event.kind for event in NodePort(FakeNode(script)).events()] == kinds


def test_how_long_is_waited_is_asked_before_every_event() -> None:
    """A deadline may have come nearer meanwhile."""

    class Patient(FakeNode):
        """Remembers how long it would have waited."""

        def next(self, timeout: float | None = None) -> dict[str, Any] | None:
            waited.append(timeout)
            return super().next(timeout)

    waited: list[float | None] = []
    waits = iter([0.05, 0.001, 0.1])
    list(NodePort(Patient([tick_event(), TIMEOUT])).events(lambda: next(waits)))
    assert waited == [0.05, 0.001, 0.1]


def test_the_backlog_is_what_has_arrived_already() -> None:
    """Nothing is waited for."""
    port = NodePort(FakeNode([[tick_event(), stop_event(), {"type": "NEW"}], tick_event()]))
    events = port.events()
    assert next(events).kind is EventKind.INPUT
    assert [event.kind for event in port.backlog()] == [EventKind.STOP]
    assert port.backlog() == []
    assert [event.kind for event in events] == [EventKind.INPUT]


def test_any_other_error_event_is_raised() -> None:
    """Nothing is swallowed."""
    node = FakeNode([{"type": "ERROR", "error": "the daemon is gone"}])
    with pytest.raises(RuntimeError, match="the daemon is gone"):
        list(NodePort(node).events())


def test_sigterm_is_seen_as_a_stop() -> None:
    """`terminate` is what the signal handler calls."""
    port = NodePort(FakeNode([tick_event()]))
    port.terminate()
    assert [e.kind for e in port.events()] == [EventKind.STOP, EventKind.INPUT]


def test_an_output_that_the_yaml_does_not_declare_is_not_sent() -> None:
    """The dora runtime would drop it with a warning each time."""
    node = FakeNode(outputs=("action",))
    port = NodePort(node)
    port.send("action", HOLD)
    port.send("control", HOLD)
    assert [output for output, _, _ in node.sent] == ["action"]


def test_inputs_are_grouped_by_prefix() -> None:
    """One input per device."""
    sources = {"tick": "t", "intervention_web": "w/action", "intervention_keyboard": "k/action"}
    port = NodePort(FakeNode(inputs=sources))
    assert port.inputs_named("intervention_") == ["intervention_keyboard", "intervention_web"]


def test_an_input_event_carries_value_and_metadata() -> None:
    """As they were sent."""
    (event,) = NodePort(FakeNode([input_event("action", HOLD)])).events()
    assert event.metadata is not None
    assert Action.from_arrow(event.value, event.metadata).engaged


def test_an_error_of_the_user_is_one_line_and_exit_code_two(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No traceback for a typo."""

    def main() -> int:
        raise UserError("no such task")

    with pytest.raises(SystemExit) as exit_info:
        run_main("some-node", main)
    assert exit_info.value.code == 2
    assert capsys.readouterr().err == "some-node: no such task\n"


def test_a_defect_keeps_its_traceback() -> None:
    """A ValueError of ours is not the user's."""

    def main() -> int:
        raise ValueError("a defect")

    with pytest.raises(ValueError, match="a defect"):
        run_main("some-node", main)


def test_a_node_started_by_hand_says_how_it_is_started() -> None:
    """Outside a dataflow there is nothing to attach to."""
    code = "from dora_hil.node.node import attach, run_main; run_main('n', attach)"
    environ = {k: v for k, v in os.environ.items() if not k.startswith("DORA")}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environ, check=False
    )
    assert done.returncode == 2
    assert "uv run dora run dataflow-demo.yaml" in done.stderr.splitlines()[-1]


def test_a_status_that_closes_without_over_is_an_error_after_a_moment() -> None:
    """An `over` may still be queued."""
    watch = StatusWatch()
    watch.closed(10.0)
    assert watch.exit_code(10.5) is None
    assert watch.exit_code(11.0) == 1
