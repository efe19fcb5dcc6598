"""How one control period passes."""

import numpy as np
import pytest

from dora_hil.body.drive import NOBODY, RealTimeDrive, SimulatedDrive, drive_of
from dora_hil.body.takeover import Choice
from dora_hil.node.node import POLL_S
from dora_hil.stream.actions import ActionSpace
from dora_hil.testing.fake_environment import FakeEnvironment
from dora_hil.testing.fake_robot import FakeRobot

MOVE = Choice("action", ActionSpace.EE_DELTA, np.array([1, 0, 0, 1], dtype=np.float32))


def robot_and_drive() -> tuple[FakeRobot, RealTimeDrive]:
    """Return a robot at 10 Hz whose episode has begun: its first action is awaited."""
    robot = FakeRobot(control_dt_s=0.1)
    drive = RealTimeDrive(robot)
    drive.begin(0)
    return robot, drive


def offer(drive: RealTimeDrive, now_s: float, *, is_awaited: bool) -> None:
    """Let a moment pass in which an answer is there or not."""
    drive.between(lambda: MOVE, is_awaited=is_awaited, goes_home=False, now_s=now_s)


def test_a_simulator_and_a_robot_are_told_apart() -> None:
    """By what they can do."""
    assert isinstance(drive_of(FakeRobot()), RealTimeDrive)
    assert isinstance(drive_of(FakeEnvironment()), SimulatedDrive)


def test_a_simulator_does_nothing_between_two_ticks() -> None:
    """Nor at the end of a run: without ticks nothing moves."""
    simulator = FakeEnvironment()
    drive = SimulatedDrive(simulator)
    drive.between(lambda: MOVE, is_awaited=False, goes_home=True, now_s=0.0)
    drive.rest(is_fault=True)
    assert simulator.executed == []
    assert drive.wait_s(0.0) == POLL_S


def test_an_answer_is_waited_for_until_half_of_the_period() -> None:
    """Counted from the first moment after the measurement was published."""
    robot, drive = robot_and_drive()
    offer(drive, 5.0, is_awaited=True)
    offer(drive, 5.049, is_awaited=True)
    assert robot.commanded == []
    offer(drive, 5.051, is_awaited=True)
    assert len(robot.commanded) == 1


def test_the_loop_is_woken_at_the_deadline() -> None:
    """Not a poll later; never by a wait of nothing, which would spin."""
    _, drive = robot_and_drive()
    offer(drive, 5.0, is_awaited=True)
    assert drive.wait_s(5.02) == pytest.approx(0.03)
    assert drive.wait_s(9.0) == pytest.approx(0.001)
    offer(drive, 5.06, is_awaited=False)
    assert drive.wait_s(5.07) == POLL_S


def test_each_period_has_its_own_deadline() -> None:
    """The tick opens the next one."""
    robot, drive = robot_and_drive()
    offer(drive, 5.0, is_awaited=False)
    drive.tick(lambda: NOBODY)
    assert drive.is_open
    offer(drive, 5.1, is_awaited=True)
    offer(drive, 5.14, is_awaited=True)
    assert len(robot.commanded) == 1
    offer(drive, 5.16, is_awaited=True)
    assert len(robot.commanded) == 2


def test_before_the_first_tick_nothing_is_sent() -> None:
    """A robot that is switched on stays where it stands."""
    assert not RealTimeDrive(FakeRobot()).is_open
