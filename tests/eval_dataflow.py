"""A dataflow for a run owner of `lerobot-node`: a body on the other side of a fake node."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from eval_rig import BlockArm, body_of

from dora_hil.body.body import Body
from dora_hil.node.node import NodePort
from dora_hil.stream.messages import Action, Control, RunState, Status
from dora_hil.stream.timestep import EndReason, TimeStep
from dora_hil.testing.fake_node import FakeNode, input_event

type Event = dict[str, Any]
type Events = Iterator[Event | list[Event]]

MAX_TICKS = 300


class Dataflow:
    """A body on the other side of a fake node: it hears what the run owner says.

    Attributes:
        node: the owner's.
        body: the one it acts on.
        script: what happens; by default the run goes on until the owner says `over`.
    """

    def __init__(self, body: Body | None = None) -> None:
        """Connect them."""
        self.node = FakeNode()
        self.body = body or body_of(BlockArm(), max_steps=4)
        self.script: Callable[[], Events] = self.until_over
        self._heard = 0
        self._ticks = 0

    def attach(self) -> NodePort:
        """Join the dataflow."""
        outputs = ("action", "control", "status")
        self.node = FakeNode(self.script(), {"episode": "body/episode"}, outputs)
        return NodePort(self.node)

    def ticks(self, times: int) -> Iterator[Event]:
        """Yield what the body says in so many control periods, if it is heard at once."""
        for _ in range(times):
            yield from self._answered(self._tick())

    def burst(self, times: int) -> Events:
        """Yield what the body says in so many control periods at once."""
        yield [input_event("episode", t) for _ in range(times) for t in self._tick()]
        yield from self._answered(self._hear())

    def fault(self) -> Events:
        """Let the arm break."""
        yield from self._answered(self.body.end_run(EndReason.FAULT, "the arm broke"))

    def until_over(self) -> Events:
        """Tick as long as the run goes on."""
        for _ in range(MAX_TICKS):
            if any(status.state is RunState.OVER for status in self.statuses()):
                return
            yield from self.ticks(1)
        raise AssertionError("it was never over")

    def _tick(self) -> list[TimeStep]:
        self._ticks += 1
        return self.body.tick(self._ticks / 10)

    def _answered(self, timesteps: Sequence[TimeStep]) -> Iterator[Event]:
        waiting = list(timesteps)
        while waiting:
            yield input_event("episode", waiting.pop(0))
            waiting += self._hear()

    def _hear(self) -> list[TimeStep]:
        """Let the body hear what was sent; returns what it says to that."""
        said: list[TimeStep] = []
        for output, value, metadata in self.node.sent[self._heard :]:
            if output == "action":
                self.body.receive_action("action", Action.from_arrow(value, metadata))
            elif output == "control":
                said += self.body.receive_control(Control.from_arrow(value, metadata))
            else:
                said += self.body.receive_status(Status.from_arrow(value, metadata))
        self._heard = len(self.node.sent)
        return said

    def statuses(self) -> list[Status]:
        """Return what was said on `status`."""
        return [Status.from_arrow(v, m) for port, v, m in self.node.sent if port == "status"]

    def actions(self) -> list[Action]:
        """Return what was sent on `action`."""
        return [Action.from_arrow(v, m) for port, v, m in self.node.sent if port == "action"]
