"""The loop of every node with which a person drives."""

import time
from collections.abc import Callable
from typing import Protocol

from dora_hil.node.node import Event, EventKind, NodePort
from dora_hil.node.run_events import RunEvents
from dora_hil.stream.messages import Action, Control, Status


class Device(Protocol):
    """What a person holds in the hand; where there is none it says so and stays disengaged."""

    def start(self, send: Callable[[Control], None]) -> None:
        """Begin to listen; `send` takes each command at once, from any thread."""

    def action(self) -> Action:
        """Return what is asked for; called once a tick."""

    def stop(self) -> None:
        """Listen no more."""


def run_device(
    port: NodePort,
    device: Device,
    hear: Callable[[Event, Status | None], None] | None = None,
    now_s: Callable[[], float] = time.monotonic,
    ended: Callable[[Status | None], None] | None = None,
) -> int:
    """Send an action per tick and commands at once, until the run is over.

    Args:
        port: where to.
        device: what is asked.
        hear: takes every other input, with what the run owner said last.
        now_s: any monotonic clock.
        ended: takes what the run owner said last, before the device is stopped.

    Returns:
        The exit code: 1 if the run owner left without saying that the run is over.
    """
    events = RunEvents(port, now_s)
    device.start(lambda control: port.send("control", control))
    try:
        for event in events:
            if event.kind is EventKind.INPUT and event.id == "tick":
                port.send("action", device.action())
            elif hear is not None:
                hear(event, events.status)
        if ended is not None:
            ended(events.status)
    finally:
        device.stop()
    return events.exit_code
