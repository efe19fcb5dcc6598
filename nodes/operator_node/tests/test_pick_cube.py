"""PickCube: what the expert decides, and how far it has come."""

import dataclasses
from collections.abc import Callable

import numpy as np

from operator_node.pick_cube import PickCube
from operator_node.scene import Scene

MakeScene = Callable[..., Scene]


def test_a_held_block_is_lifted_without_a_word_to_the_gripper(make_scene: MakeScene) -> None:
    """Straight up from where the target is."""
    intent = PickCube().decide(make_scene(tcp=(0.4, 0.0, 0.02), opening=0.0))
    np.testing.assert_allclose(intent.target_xyz_m, [0.4, 0.0, 0.2])
    assert intent.gripper == 1.0


def test_a_dropped_block_is_reached_for_again(make_scene: MakeScene) -> None:
    """Closed fingers in the air, the block on the table: open and go back."""
    intent = PickCube().decide(make_scene(tcp=(0.4, 0.0, 0.15), opening=0.0))
    np.testing.assert_allclose(intent.target_xyz_m, [0.4, 0.0, 0.02])
    assert intent.gripper == 2.0


def test_the_potential_grows_from_reaching_over_the_grasp_to_the_lift(
    make_scene: MakeScene,
) -> None:
    """And is 1 when the block is up."""
    scenes = [
        make_scene(tcp=(0.4, 0.3, 0.2)),
        make_scene(tcp=(0.4, 0.1, 0.1)),
        make_scene(tcp=(0.4, 0.0, 0.02)),
        make_scene(tcp=(0.4, 0.0, 0.02), opening=0.0),
        make_scene(tcp=(0.4, 0.0, 0.07), block=(0.4, 0.0, 0.07), opening=0.0),
        make_scene(tcp=(0.4, 0.0, 0.13), block=(0.4, 0.0, 0.13), opening=0.0),
    ]
    potentials = [PickCube().progress(scene).potential for scene in scenes]
    assert potentials == sorted(set(potentials))
    assert potentials[-1] == 1.0


def test_it_is_solved_when_the_block_is_lifted_by_a_tenth_of_a_metre(make_scene: MakeScene) -> None:
    """The environment's own condition: 0.1 m above where it lay."""
    low, high = make_scene(block=(0.4, 0.0, 0.119)), make_scene(block=(0.4, 0.0, 0.121))
    assert [PickCube().progress(s).is_solved for s in (low, high)] == [False, True]


def test_slow_fingers_are_waited_for_before_the_lift(make_scene: MakeScene) -> None:
    """Where a world tells: nothing moves while they close; what they have is lifted."""
    closing = dataclasses.replace(
        make_scene(tcp=(0.2, 0.0, 0.014), block=(0.2, 0.0, 0.014), opening=0.0),
        lying_z_m=0.014,
        lift_m=0.05,
        is_held=False,
        is_closing=True,
    )
    waits = PickCube().decide(closing)
    np.testing.assert_array_equal(waits.target_xyz_m, closing.target_xyz_m)
    assert waits.gripper == 1.0
    # The hand that waits is steady: it would drag the block out of the fingers.
    assert not waits.action(closing, 0.02, noise=np.ones(3))[:3].any()
    lifts = PickCube().decide(dataclasses.replace(closing, is_held=True))
    np.testing.assert_allclose(lifts.target_xyz_m, [0.2, 0.0, 0.104])
    missed = PickCube().decide(dataclasses.replace(closing, is_closing=False))
    assert missed.gripper == 2.0


def test_a_block_in_the_air_is_solved_only_if_it_is_held(make_scene: MakeScene) -> None:
    """One that was flung up is not."""
    flung = make_scene(tcp=(0.4, 0.0, 0.13), block=(0.4, 0.0, 0.13), opening=0.0)
    assert PickCube().progress(flung).is_solved
    assert not PickCube().progress(dataclasses.replace(flung, is_held=False)).is_solved
