"""Run the view as a dora node."""

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from dora_hil.node.node import EventKind, NodePort, attach, run_main
from dora_hil.node.run_events import RunEvents
from dora_hil.stream.timestep import TimeStep
from rerun_node.background_view import BackgroundView
from rerun_node.options import NAME, build

CLOSE_TIME_LIMIT_S: Final = 5.0
"""Of the 10 s that dora gives a node after STOP."""


def run(
    port: NodePort, view: BackgroundView | None, now_s: Callable[[], float] = time.monotonic
) -> int:
    """Hand every message to the view until the run is over; return the exit code.

    Where no `status` is wired, the run is over when the body says so or has gone.
    """
    events = RunEvents(port, now_s)
    has_owner = "status" in port.inputs
    for event in events:
        if event.id != "episode":
            continue
        if event.kind is EventKind.CLOSED:
            if not has_owner:
                return 0
            continue
        message = TimeStep.from_arrow(event.value, event.metadata or {})
        if view is not None:
            view.show(without_buffer(message), events.status)
        if message.run_over and not has_owner:
            return 0
    return events.exit_code


def without_buffer(message: TimeStep) -> TimeStep:
    """Return a message that lets go of dora's memory, without what only scripts may see."""
    return replace(
        message,
        columns={
            name: array.copy()
            for name, array in message.columns.items()
            if name.startswith("observation.")
        },
        actions={space: array.copy() for space, array in message.actions.items()},
    )


def main() -> None:
    """Run as a node of a dataflow."""
    run_main(NAME, lambda: start(sys.argv[1:]))


def start(arguments: Sequence[str]) -> int:
    """Run the node with these arguments; returns its exit code."""
    live_view = build(arguments, os.environ)
    port = attach()
    if live_view is None:
        return run(port, None)
    view = BackgroundView(live_view)
    view.start()
    code = 1
    try:
        code = run(port, view)
    finally:
        if not view.close(CLOSE_TIME_LIMIT_S):
            # Rerun may wait for ever when Python exits, for a viewer that hangs or a full disk.
            os._exit(code)
    return code


if __name__ == "__main__":
    main()
