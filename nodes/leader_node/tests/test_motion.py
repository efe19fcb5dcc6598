"""Poses that move, rest and leave their path."""

import numpy as np
import pytest

from leader_node.motion import CommandedPath, Stillness, apart_deg, approached


def test_the_worst_joint_says_how_far_apart_two_poses_are() -> None:
    """In either direction."""
    assert apart_deg(np.array([1.0, -5.0]), np.array([0.0, 2.0])) == 7.0


def test_every_joint_approaches_by_a_step_at_most_and_does_not_overshoot() -> None:
    """Each by itself."""
    start, goal = np.array([0.0, 0.0, 0.0]), np.array([10.0, -10.0, 1.0])
    assert approached(start, goal, 3.0) == pytest.approx([3.0, -3.0, 1.0])


def test_an_arm_that_trembles_is_still_and_one_that_creeps_is_not() -> None:
    """A creeping motion leaves the place where it began."""
    trembling, creeping = Stillness(), Stillness()
    for tick in range(100):
        now_s = tick / 10
        trembling.see(now_s, np.array([tick % 2 * 1.0]))
        creeping.see(now_s, np.array([tick * 0.3]))
    assert trembling.lasted_s(9.9) > 9.0
    assert creeping.lasted_s(9.9) < 1.0


def test_an_arm_that_came_to_rest_has_been_still_since() -> None:
    """Not since it was first seen."""
    arm = Stillness()
    for tick in range(100):
        arm.see(tick / 10, np.array([min(tick, 50.0)]))
    assert arm.lasted_s(9.9) == pytest.approx(5.1)


def test_an_arm_that_lags_behind_its_goal_is_on_its_path() -> None:
    """The goal is 12 degrees ahead of it."""
    path = CommandedPath()
    for tick in range(5):
        path.add(tick / 30, np.array([tick * 3.0, 0.0]))
    assert path.distance_deg(np.array([0.0, 0.0])) == 0.0
    assert path.distance_deg(np.array([15.0, -1.0])) == 3.0


def test_a_path_is_forgotten_after_a_while_and_when_the_arm_is_let_go_of() -> None:
    """An arm that stays behind for longer does not follow."""
    path = CommandedPath()
    path.add(0.0, np.array([0.0]))
    path.add(CommandedPath.LAG_S + 0.1, np.array([20.0]))
    assert path.distance_deg(np.array([0.0])) == 20.0
    path.clear()
    assert path.distance_deg(np.array([0.0])) == 0.0
