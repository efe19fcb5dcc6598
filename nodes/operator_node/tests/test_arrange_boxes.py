"""ArrangeBoxes: what the expert decides, and how far it has come."""

from collections.abc import Callable

import numpy as np

from operator_node.arrange_boxes import ArrangeBoxes
from operator_node.scene import Scene

MakeBoxes = Callable[..., Scene]
HOME_1, HOME_2 = (0.5, -0.15, 0.02), (0.5, 0.15, 0.02)
OPEN = 2.0


def test_the_nearest_misplaced_box_comes_first(make_boxes: MakeBoxes) -> None:
    """By horizontal distance from the tool."""
    scene = make_boxes([(0.3, 0.15, 0.02), (0.3, -0.15, 0.02)], tcp=(0.3, -0.1, 0.2))
    np.testing.assert_allclose(ArrangeBoxes().decide(scene).target_xyz_m[:2], [0.3, -0.15])


def test_a_box_at_home_is_left_alone(make_boxes: MakeBoxes) -> None:
    """However near it is."""
    scene = make_boxes([HOME_1, (0.3, -0.15, 0.02)], tcp=(0.5, -0.15, 0.2))
    np.testing.assert_allclose(ArrangeBoxes().decide(scene).target_xyz_m[:2], [0.3, -0.15])


def test_a_held_box_is_raised_before_it_is_carried(make_boxes: MakeBoxes) -> None:
    """Over the others."""
    scene = make_boxes([(0.3, 0.0, 0.02), HOME_2], tcp=(0.3, 0.0, 0.02), opening=0.0)
    np.testing.assert_allclose(ArrangeBoxes().decide(scene).target_xyz_m, [0.3, 0.0, 0.1])


def test_a_held_box_is_carried_by_its_own_centre(make_boxes: MakeBoxes) -> None:
    """It may sit off the middle of the fingers."""
    scene = make_boxes([(0.3, 0.01, 0.1), HOME_2], tcp=(0.3, 0.0, 0.1), opening=0.0)
    np.testing.assert_allclose(ArrangeBoxes().decide(scene).target_xyz_m, [0.5, -0.16, 0.1])


def test_a_box_over_its_goal_is_lowered_to_the_table(make_boxes: MakeBoxes) -> None:
    """Not dropped."""
    scene = make_boxes([(0.5, -0.15, 0.1), HOME_2], tcp=(0.5, -0.15, 0.1), opening=0.0)
    intent = ArrangeBoxes().decide(scene)
    np.testing.assert_allclose(intent.target_xyz_m, [0.5, -0.15, 0.02])
    assert intent.gripper == 1.0


def test_a_box_that_stands_on_its_goal_is_let_go(make_boxes: MakeBoxes) -> None:
    """Where it is."""
    scene = make_boxes([HOME_1, (0.3, -0.15, 0.02)], tcp=HOME_1, opening=0.0)
    assert ArrangeBoxes().decide(scene).gripper == OPEN


def test_when_all_are_home_it_rises_and_waits(make_boxes: MakeBoxes) -> None:
    """With nothing left to touch."""
    intent = ArrangeBoxes().decide(make_boxes([HOME_1, HOME_2], tcp=(0.5, 0.15, 0.02)))
    np.testing.assert_allclose(intent.target_xyz_m, [0.5, 0.15, 0.1])


def test_each_box_counts_an_equal_share_of_the_potential(make_boxes: MakeBoxes) -> None:
    """And 1 is solved."""
    half = ArrangeBoxes().progress(make_boxes([HOME_1, (0.3, -0.15, 0.02)], tcp=(0.9, 0.9, 0.5)))
    full = ArrangeBoxes().progress(make_boxes([HOME_1, HOME_2]))
    assert (half.potential, half.is_solved) == (0.5, False)
    assert (full.potential, full.is_solved) == (1.0, True)


def test_the_potential_grows_while_a_box_is_brought_home(make_boxes: MakeBoxes) -> None:
    """Reaching, holding, carrying, placing."""
    far = make_boxes([(0.3, 0.0, 0.02), HOME_2], tcp=(0.5, 0.1, 0.2))
    near = make_boxes([(0.3, 0.0, 0.02), HOME_2], tcp=(0.3, 0.0, 0.03))
    held = make_boxes([(0.3, 0.0, 0.1), HOME_2], tcp=(0.3, 0.0, 0.1), opening=0.0)
    over = make_boxes([(0.5, -0.15, 0.1), HOME_2], tcp=(0.5, -0.15, 0.1), opening=0.0)
    home = make_boxes([HOME_1, HOME_2])
    potentials = [ArrangeBoxes().progress(s).potential for s in (far, near, held, over, home)]
    assert potentials == sorted(set(potentials))
