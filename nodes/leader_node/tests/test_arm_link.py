"""A thread between the node and its arm."""

import threading
from collections.abc import Iterator

import pytest

from leader_node.arm_link import ArmError, ArmLink, NotCalibratedError, Pose

GOAL = {"elbow_flex.pos": 5.0}


class NumberedArm:
    """An arm whose pose counts its readings.

    Attributes:
        failure: what the next calls raise; None for nothing.
        goals: every goal it was sent to.
        connections: how often it was connected, or tried to be.
        disconnections: how often it was let go of.
        answers: a call does not return while this is not set.
    """

    def __init__(self) -> None:
        """Answer at once."""
        self.failure: ArmError | None = None
        self.goals: list[Pose | None] = []
        self.connections = 0
        self.disconnections = 0
        self.answers = threading.Event()
        self.answers.set()

    def connect(self) -> None:
        """Count it."""
        self.connections += 1
        if self.failure is not None:
            raise self.failure

    def exchange(self, goal: Pose | None) -> Pose:
        """Take a goal; wait while it is not to answer."""
        self.answers.wait()
        if self.failure is not None:
            raise self.failure
        self.goals.append(goal)
        return {"elbow_flex.pos": float(len(self.goals))}

    def disconnect(self) -> None:
        """Count it."""
        self.disconnections += 1


class Rig:
    """A link to such an arm, and its time."""

    def __init__(self, wait_s: float = 30.0) -> None:
        """Wait for the arm, by default for as long as a test may take."""
        self.arm = NumberedArm()
        self.now_ns = 0
        self.link = ArmLink(self.arm, wait_s=wait_s, clock_ns=lambda: self.now_ns)

    def pose(self, goal: Pose | None = None) -> float | None:
        """Exchange once, a tick later."""
        self.now_ns += 33_000_000
        reading = self.link.exchange(goal)
        return None if reading is None else reading.pose["elbow_flex.pos"]


@pytest.fixture
def rig() -> Iterator[Rig]:
    """Return one; its thread ends with the test."""
    made = Rig()
    yield made
    made.arm.answers.set()
    made.link.close()


def test_the_first_exchange_connects_and_each_returns_a_new_reading(rig: Rig) -> None:
    """With the goal of that tick."""
    assert [rig.pose(None), rig.pose(GOAL)] == [1.0, 2.0]
    assert rig.arm.goals == [None, GOAL]
    assert rig.arm.connections == 1
    assert rig.link.failure == ""


def test_an_arm_that_does_not_answer_in_time_blocks_nobody() -> None:
    """Its last reading gets old; what it says later is taken later, and nothing piles up."""
    rig = Rig(wait_s=0.01)
    while rig.pose() is None:
        pass
    rig.arm.answers.clear()
    while rig.pose() is not None:
        pass
    asked = len(rig.arm.goals)
    rig.arm.answers.set()
    while rig.pose() is None:
        pass
    assert len(rig.arm.goals) <= asked + 2
    rig.link.close()


def test_one_failed_read_is_noise(rig: Rig) -> None:
    """The reading before it holds for a quarter of a second."""
    rig.pose()
    rig.arm.failure = ArmError("Incorrect status packet!")
    assert [rig.pose(), rig.pose()] == [1.0, 1.0]
    rig.arm.failure = None
    assert rig.pose() == 2.0
    assert rig.arm.connections == 1


def test_an_arm_that_has_gone_is_said_and_connected_again_when_it_is_back(rig: Rig) -> None:
    """Tried every one and a half seconds."""
    rig.pose()
    rig.arm.failure = ArmError("device disconnected")
    for _ in range(ArmLink.FAILURES):
        last = rig.pose()
    assert last is None
    assert rig.link.failure == "device disconnected; tried again every 1.5 s"
    assert rig.arm.disconnections == 1
    for _ in range(100):
        rig.pose()
    assert rig.arm.connections == 3
    rig.arm.failure = None
    poses = [rig.pose() for _ in range(60)]
    assert poses[-1] is not None
    assert rig.link.failure == ""


def test_of_many_failures_the_first_is_said(rig: Rig) -> None:
    """Behind a pulled cable LeRobot goes on to complain of a port in use."""
    rig.pose()
    for text in ["I/O error", *["Port is in use!"] * (ArmLink.FAILURES - 1)]:
        rig.arm.failure = ArmError(text)
        rig.pose()
    assert rig.link.failure.startswith("I/O error;")


def test_an_arm_that_is_not_calibrated_is_left_alone(rig: Rig) -> None:
    """The port is free for the program that calibrates it."""
    rig.arm.failure = NotCalibratedError("type this")
    for _ in range(200):
        assert rig.pose() is None
    assert rig.link.failure == "type this"
    assert rig.arm.connections == 1


def test_closing_lets_go_of_the_arm(rig: Rig) -> None:
    """Its torque would stay on."""
    rig.pose()
    link = ArmLink(rig.arm)
    link.close()
    assert rig.arm.disconnections == 1
