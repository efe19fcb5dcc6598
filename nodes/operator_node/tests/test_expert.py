"""Getting hold of a block, decided from the present scene alone."""

from collections.abc import Callable

import numpy as np
import pytest

from operator_node.expert import Intent, held_block, keep_hold, reach_and_grasp
from operator_node.scene import Scene

MakeScene = Callable[..., Scene]
CLOSE, STAY, OPEN = 0.0, 1.0, 2.0
Place = tuple[float, float, float]


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


@pytest.mark.parametrize(
    ("gripper", "opening", "said"),
    [(CLOSE, 1.0, 0.0), (STAY, 1.0, 1.0), (STAY, 0.2, 0.0), (OPEN, 0.0, 1.0)],
)
def test_an_absolute_intent_says_where_the_tool_is_to_be_and_how_far_the_jaws_are_open(
    make_scene: MakeScene, gripper: float, opening: float, said: float
) -> None:
    """One step from where the body drives it; fingers on their way go on."""
    scene = make_scene(target=(0.4, 0.0, 0.2), opening=opening)
    action = Intent(np.array([0.41, 0.0, 0.1]), gripper).absolute(scene, step_m=0.02)
    np.testing.assert_allclose(action, [0.41, 0.0, 0.18, said], atol=1e-6)


@pytest.mark.parametrize(
    ("tcp", "opening", "target", "gripper"),
    [
        ((0.5, 0.1, 0.1), 1.0, (0.4, 0.0, 0.08), STAY),
        ((0.405, 0.0, 0.08), 1.0, (0.4, 0.0, 0.02), STAY),
        ((0.405, 0.0, 0.025), 1.0, (0.4, 0.0, 0.02), CLOSE),
        # Low fingers would push the block away.
        ((0.4, 0.06, 0.02), 1.0, (0.4, 0.06, 0.08), STAY),
        # Somebody else may have closed them half.
        ((0.5, 0.1, 0.2), 0.0, (0.4, 0.0, 0.08), OPEN),
        ((0.5, 0.1, 0.2), 0.5, (0.4, 0.0, 0.08), OPEN),
        ((0.5, 0.1, 0.2), 0.8, (0.4, 0.0, 0.08), OPEN),
    ],
    ids=["go above it", "go down", "close", "rise first", "open", "half open", "not quite open"],
)
def test_how_a_block_is_taken_hold_of(
    make_scene: MakeScene, tcp: Place, opening: float, target: Place, gripper: float
) -> None:
    """Over it, down to its own centre, close; fingers that are not open are opened on the way."""
    intent = reach_and_grasp(make_scene(tcp=tcp, opening=opening), 0)
    np.testing.assert_allclose(intent.target_xyz_m, target)
    assert intent.gripper == gripper


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
