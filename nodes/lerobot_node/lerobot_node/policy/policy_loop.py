"""The loop of a run owner that acts with a policy."""

from collections.abc import Callable, Iterator
from typing import Protocol

from dora_hil.node.episode_stream import EpisodeStream
from dora_hil.node.node import Event, NodePort
from dora_hil.owner.loop import Owner, run_owner
from dora_hil.stream.messages import Action, Status
from dora_hil.stream.timestep import TimeStep


class ActingOwner(Owner, Protocol):
    """A run owner that answers the body's steps."""

    @property
    def is_over(self) -> bool:
        """Say whether there is nothing left to do."""

    def hear(self, timestep: TimeStep) -> None:
        """Take the next message."""

    def answer(self, timestep: TimeStep) -> Action | None:
        """Return what to send on the newest message."""

    def statuses(self) -> Iterator[Status]:
        """Yield what there is to say now."""

    def stream_ended(self, *, expected: bool) -> None:
        """Note that no message is heard any more.

        Args:
            expected: the dataflow was stopped, so that a body that is gone did not just vanish.
        """


class PolicyLoop:
    """Runs an evaluator or an actor until it is done or the body has gone."""

    def __init__(
        self,
        port: NodePort,
        owner: ActingOwner,
        hear_other: Callable[[Event], None] | None = None,
    ) -> None:
        """Take the parts; `hear_other` takes the events of every input but `episode`."""
        self._port = port
        self._owner = owner
        self._hear_other = hear_other

    def run(self) -> int:
        """Handle messages until the run is over; returns the exit code.

        Raises:
            UserError: the policy cannot act on this body; `over` has been said.
        """
        return run_owner(self._port, self._owner, self._hear_all)

    def _hear_all(self) -> None:
        stream = EpisodeStream(self._port, hear=self._hear_other)
        for batch in stream.batches():
            for timestep in batch:
                self._owner.hear(timestep)
            # Only the newest is acted on: what is older belongs to steps that are over.
            action = self._owner.answer(batch[-1])
            if action is not None:
                self._port.send("action", action)
            for status in self._owner.statuses():
                self._port.send("status", status)
            if self._owner.is_over:
                break
        self._owner.stream_ended(expected=stream.is_stopped)
