"""The loop of a run owner that acts with a policy."""

from collections.abc import Iterator
from typing import Any

import pytest
from eval_dataflow import Dataflow

from dora_hil.owner.run_owner import RunOwner
from dora_hil.stream.messages import Action, Status
from dora_hil.stream.timestep import TimeStep
from dora_hil.testing.fake_node import closed_event, stop_event
from lerobot_node.policy.policy_loop import PolicyLoop


class Listener:
    """An owner that grants one episode and never acts."""

    def __init__(self, *, enough: int) -> None:
        """Be over after so many messages."""
        self.heard: list[int] = []
        self.asked: list[int] = []
        self.ended: list[bool] = []
        self._enough = enough
        self._owner = RunOwner("listener", target=1)
        self._is_granted = False

    @property
    def is_over(self) -> bool:
        """Say whether enough was heard."""
        return len(self.heard) >= self._enough

    def hear(self, timestep: TimeStep) -> None:
        """Note the step."""
        self.heard.append(timestep.step)

    def answer(self, timestep: TimeStep) -> Action | None:
        """Note what could be answered."""
        self.asked.append(timestep.step)
        return None

    def statuses(self) -> Iterator[Status]:
        """Grant once."""
        if not self._is_granted:
            self._is_granted = True
            yield self._owner.grant(7)

    def stream_ended(self, *, expected: bool) -> None:
        """Note it."""
        self.ended.append(expected)

    def over(self, failure: str = "") -> Status:
        """Return the last word."""
        return self._owner.over(failure)


def test_everything_is_heard_and_the_newest_of_a_batch_can_be_answered() -> None:
    """What is older belongs to steps that are over."""
    flow = Dataflow()

    def script() -> Iterator[Any]:
        yield from flow.ticks(1)
        yield from flow.burst(4)

    flow.script = script
    owner = Listener(enough=5)
    assert PolicyLoop(flow.attach(), owner).run() == 0
    assert owner.heard == [-1, 0, 1, 2, 3]
    assert owner.asked == [-1, 3]
    assert owner.ended == [False]


@pytest.mark.parametrize("is_stopped", [False, True])
def test_an_owner_learns_that_no_message_follows(is_stopped: bool) -> None:
    """And whether somebody stopped the dataflow, or the body has just gone."""
    flow = Dataflow()

    def script() -> Iterator[Any]:
        yield from flow.ticks(2)
        if is_stopped:
            yield stop_event()

    flow.script = script
    owner = Listener(enough=100)
    PolicyLoop(flow.attach(), owner).run()
    assert owner.ended == [is_stopped]


def test_what_happens_on_other_inputs_is_heard_too() -> None:
    """The actor's learner, if it is a node of the dataflow."""
    flow = Dataflow()

    def script() -> Iterator[Any]:
        yield from flow.ticks(1)
        yield closed_event("learner")
        yield from flow.ticks(1)

    flow.script = script
    heard: list[str] = []
    PolicyLoop(flow.attach(), Listener(enough=2), lambda event: heard.append(event.id)).run()
    assert heard == ["learner"]
