"""Getting hold of a block, decided from the present scene alone."""

from collections.abc import Callable

import numpy as np
import pytest

from operator_node.expert import Intent, held_block, keep_hold, reach_and_grasp
from operator_node.scene import Scene

MakeScene = Callable[..., Scene]
CLOSE, STAY, OPEN = 0.0, 1.0, 2.0


def test_an_intent_one_step_away_is_a_delta_of_one(make_scene: MakeScene) -> None:
    """A delta counts in steps of `step_m`, from the target and not from the tool."""
    scene = make_scene(tcp=(0.38, 0.0, 0.2), target=(0.4, 0.0, 0.2))
    action = Intent(np.array([0.41, 0.0, 0.18])).action(scene, step_m=0.02)
    np.testing.assert_allclose(action, [0.5, 0.0, -1.0, STAY], atol=1e-6)


def test_a_delta_stays_within_one_step_with_noise_too(make_scene: MakeScene) -> None:
    """Noise is added before the clip."""
    action = Intent(np.array([0.6, -0.3, 0.2])).action(make_scene(), 0.025, noise=5 * np.ones(3))
    assert action.dtype == np.float32
    assert np.abs(action[:3]).max() <= 1.0


def test_an_open_gripper_far_from_the_block_goes_above_it(make_scene: MakeScene) -> None:
    """Over it first, down later."""
    intent = reach_and_grasp(make_scene(tcp=(0.5, 0.1, 0.1)), 0)
    np.testing.assert_allclose(intent.target_xyz_m, [0.4, 0.0, 0.08])
    assert intent.gripper == STAY


def test_above_the_block_it_goes_down(make_scene: MakeScene) -> None:
    """To the block's own centre."""
    intent = reach_and_grasp(make_scene(tcp=(0.405, 0.0, 0.08)), 0)
    np.testing.assert_allclose(intent.target_xyz_m, [0.4, 0.0, 0.02])


def test_around_the_block_it_closes(make_scene: MakeScene) -> None:
    """Closing is the only thing that says 0."""
    assert reach_and_grasp(make_scene(tcp=(0.405, 0.0, 0.025)), 0).gripper == CLOSE


def test_beside_the_block_it_rises_before_it_moves_sideways(make_scene: MakeScene) -> None:
    """Low fingers would push the block away."""
    intent = reach_and_grasp(make_scene(tcp=(0.4, 0.06, 0.02)), 0)
    np.testing.assert_allclose(intent.target_xyz_m, [0.4, 0.06, 0.08])


@pytest.mark.parametrize("opening", [0.0, 0.5, 0.8])
def test_fingers_that_are_not_open_are_opened_on_the_way(
    make_scene: MakeScene, opening: float
) -> None:
    """Somebody else may have closed them half."""
    assert reach_and_grasp(make_scene(tcp=(0.5, 0.1, 0.2), opening=opening), 0).gripper == OPEN


@pytest.mark.parametrize(
    ("tcp", "opening", "held"),
    [
        ((0.4, 0.0, 0.025), 0.0, 0),
        ((0.4, 0.0, 0.025), 1.0, None),
        ((0.4, 0.0, 0.06), 0.0, None),
        ((0.43, 0.0, 0.02), 0.0, None),
    ],
    ids=["between closed fingers", "between open fingers", "below", "beside"],
)
def test_a_block_is_held_between_closed_fingers_only(
    make_scene: MakeScene, tcp: tuple[float, ...], opening: float, held: int | None
) -> None:
    """Closed fingers above or beside a block hold nothing."""
    assert held_block(make_scene(tcp=tcp, opening=opening)) == held


def test_a_block_held_by_its_corner_is_held_once_it_is_in_the_air(make_scene: MakeScene) -> None:
    """Off the table only the fingers can keep it."""
    assert held_block(make_scene(tcp=(0.43, 0.0, 0.1), block=(0.4, 0.0, 0.1), opening=0.0)) == 0


@pytest.mark.parametrize(("opening", "gripper"), [(0.0, STAY), (0.05, STAY), (0.4, CLOSE)])
def test_a_half_closed_grip_is_closed_and_a_closed_one_left_alone(
    make_scene: MakeScene, opening: float, gripper: float
) -> None:
    """A policy may close by any amount; the block must not slip out on the way."""
    assert keep_hold(make_scene(opening=opening)) == gripper
