"""What the people at the dataflow's devices ask for, and what they command."""

import time
from collections.abc import Iterable
from threading import Lock

from dora_hil.body.takeover import Choice, Takeover
from dora_hil.node.node import Event, EventKind
from dora_hil.stream.messages import Action, Command, Control


class People:
    """Hears the devices; may be called from several threads.

    Who drives is decided as in a body: the first device that engages, until it lets go.
    """

    def __init__(self, devices: Iterable[str]) -> None:
        """Know the ids of the `intervention_*` inputs."""
        self._takeover = Takeover(devices, has_action=False)
        self._commands: list[Command] = []
        self._lock = Lock()

    def hear(self, event: Event) -> None:
        """Take an event of an `intervention_*` or `control_*` input; ignore any other.

        Raises:
            MessageError: it is malformed.
        """
        metadata = event.metadata or {}
        with self._lock:
            if event.kind is EventKind.CLOSED:
                self._takeover.closed(event.id)
            elif event.id.startswith("intervention_"):
                action = Action.from_arrow(event.value, metadata)
                self._takeover.receive(event.id, action, time.monotonic())
            elif event.id.startswith("control_"):
                self._commands.append(Control.from_arrow(event.value, metadata).command)

    def begin_episode(self) -> None:
        """Ask whoever is engaged now for a fresh press, as a body does."""
        with self._lock:
            self._takeover.reset()

    def choose(self, episode: int, step: int) -> Choice:
        """Return what is asked for now; `hold` where nobody drives."""
        with self._lock:
            return self._takeover.choose(episode, step, time.monotonic())

    def commands(self, start: int = 0) -> list[Command]:
        """Return what was commanded, without the first `start` commands of the run."""
        with self._lock:
            return self._commands[start:]
