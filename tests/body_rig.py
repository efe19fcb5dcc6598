"""A real body and a run's owner, with nothing between them but what a test loses."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Self

from dora_hil.body.body import Body
from dora_hil.stream.messages import Command, Control, RunState, Status
from dora_hil.stream.timestep import EndReason, TimeStep

TICK_NS = 100_000_000
MAX_TICKS = 1_000


class BodyRig:
    """Ticks a body; a subclass brings its messages to the owner, and the owner's to the body.

    Attributes:
        body: the one that is driven.
        statuses: what the owner has said, in order.
        published: what the body has said, in order.
        loses: says which messages never arrive.
    """

    def __init__(self, body: Body) -> None:
        """Begin before the first tick."""
        self.body = body
        self.statuses: list[Status] = []
        self.published: list[TimeStep] = []
        self.loses: Callable[[TimeStep], bool] = lambda timestep: False
        self._ticks = 0

    def tick(self, times: int = 1) -> Self:
        """Let the body's clock tick."""
        for _ in range(times):
            self._ticks += 1
            self.deliver(self.body.tick(self._ticks / 10))
        return self

    def tick_until(self, is_so: Callable[[], bool]) -> Self:
        """Tick until something is so."""
        for _ in range(MAX_TICKS):
            if is_so():
                return self
            self.tick()
        raise AssertionError(f"not so; the last message: {self.published[-1]}")

    def command(self, command: Command) -> Self:
        """Let a person press a button."""
        self.deliver(self.body.receive_control(Control(command)))
        return self

    def fault(self) -> Self:
        """Let the arm break."""
        self.deliver(self.body.end_run(EndReason.FAULT, "the arm broke"))
        return self

    @property
    def granted(self) -> list[int]:
        """Return the seeds of the granted episodes, in order."""
        return [s.seed for s in self.statuses if s.state is RunState.GRANTED]

    def deliver(self, timesteps: Sequence[TimeStep]) -> None:
        """Bring what the body has said to the owner."""
        for timestep in timesteps:
            stamped = replace(timestep, t_capture_ns=self._ticks * TICK_NS)
            self.published.append(stamped)
            self._bring(stamped)

    def _bring(self, timestep: TimeStep) -> None:
        """Bring a message of the body to the owner, unless it is lost."""
        raise NotImplementedError

    def _say(self, statuses: Iterable[Status]) -> None:
        for status in statuses:
            self.statuses.append(status)
            self.deliver(self.body.receive_status(status))
