"""ArrangeBoxes: what the expert decides, and how far it has come."""

from collections.abc import Callable

import numpy as np
import pytest

from operator_node.arrange_boxes import ArrangeBoxes
from operator_node.scene import Scene

MakeBoxes = Callable[..., Scene]
HOME_1, HOME_2 = (0.5, -0.15, 0.02), (0.5, 0.15, 0.02)
STAY, OPEN = 1.0, 2.0
Place = tuple[float, float, float]


@pytest.mark.parametrize(
    ("boxes", "tcp", "opening", "target"),
    [
        ([(0.3, 0.15, 0.02), (0.3, -0.15, 0.02)], (0.3, -0.1, 0.2), 1.0, (0.3, -0.15, 0.08)),
        ([HOME_1, (0.3, -0.15, 0.02)], (0.5, -0.15, 0.2), 1.0, (0.3, -0.15, 0.08)),
        ([(0.3, 0.0, 0.02), HOME_2], (0.3, 0.0, 0.02), 0.0, (0.3, 0.0, 0.1)),
        ([(0.3, 0.01, 0.1), HOME_2], (0.3, 0.0, 0.1), 0.0, (0.5, -0.16, 0.1)),
        ([(0.5, -0.15, 0.1), HOME_2], (0.5, -0.15, 0.1), 0.0, (0.5, -0.15, 0.02)),
        ([HOME_1, HOME_2], (0.5, 0.15, 0.02), 1.0, (0.5, 0.15, 0.1)),
    ],
    ids=[
        "to the nearest misplaced box",
        "a box at home is left alone, however near it is",
        "a held one is raised over the others before it is carried",
        "and carried by its own centre, off the middle of the fingers",
        "and lowered to the table over its goal, not dropped",
        "when all are home it rises and waits",
    ],
)
def test_where_the_tool_goes(
    make_boxes: MakeBoxes, boxes: list[Place], tcp: Place, opening: float, target: Place
) -> None:
    """The grip stays as it is."""
    intent = ArrangeBoxes().decide(make_boxes(boxes, tcp=tcp, opening=opening))
    np.testing.assert_allclose(intent.target_xyz_m, target)
    assert intent.gripper == STAY


def test_a_box_that_stands_on_its_goal_is_let_go(make_boxes: MakeBoxes) -> None:
    """Where it is."""
    scene = make_boxes([HOME_1, (0.3, -0.15, 0.02)], tcp=HOME_1, opening=0.0)
    assert ArrangeBoxes().decide(scene).gripper == OPEN


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
