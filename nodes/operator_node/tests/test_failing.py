"""Failing on purpose: which episodes, how, and what the operator wants in them."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from dora_hil.stream.timestep import TimeStep
from operator_node.failing import LIFT, Failing, Way
from operator_node.pick_cube import PickCube
from operator_node.scene import Scene

MakeScene = Callable[..., Scene]
MakeStep = Callable[..., TimeStep]

EXPERT = PickCube()


def _episode_of(failing: Failing, way: Way | None) -> int:
    return next(episode for episode in range(100) if failing.way(episode) is way)


def test_the_given_share_of_episodes_fails_in_every_way() -> None:
    """Within three standard deviations."""
    ways = Counter(Failing(seed=0, probability=0.4).way(episode) for episode in range(1000))
    assert ways[None] / 1000 == pytest.approx(0.6, abs=0.047)
    assert {way: ways[way] for way in Way} == pytest.approx(dict.fromkeys(Way, 100), abs=29)


def test_an_episode_that_is_not_to_fail_is_the_expert_s(
    make_scene: MakeScene, make_step: MakeStep
) -> None:
    """The same intent."""
    failing, scene = Failing(seed=0, probability=0.5), make_scene()
    message = make_step(episode=_episode_of(failing, None))
    decided, expert = failing.decide(message, scene, EXPERT), EXPERT.decide(scene)
    np.testing.assert_array_equal(decided.target_xyz_m, expert.target_xyz_m)
    assert decided.gripper == expert.gripper


def test_an_empty_hand_closes_above_the_block(make_scene: MakeScene, make_step: MakeStep) -> None:
    """Six centimetres, where the fingers do not touch it."""
    failing = Failing(seed=0, probability=1.0)
    message = make_step(episode=_episode_of(failing, Way.EMPTY))
    coming = failing.decide(message, make_scene(), EXPERT)
    there = failing.decide(message, make_scene(tcp=(0.4, 0.0, 0.08)), EXPERT)
    np.testing.assert_allclose(coming.target_xyz_m, [0.4, 0.0, 0.08])
    assert (coming.gripper, there.gripper) == (1.0, 0.0)


def test_an_empty_hand_goes_about_above_the_table(
    make_scene: MakeScene, make_step: MakeStep
) -> None:
    """From place to place, never so low that it would touch the block."""
    failing = Failing(seed=0, probability=1.0)
    episode, scene = _episode_of(failing, Way.EMPTY), make_scene(opening=0.0)
    places = [
        failing.decide(make_step(episode=episode, step=step), scene, EXPERT).target_xyz_m
        for step in range(0, 40, 8)
    ]
    assert len({tuple(place) for place in places}) == 5
    assert min(place[2] for place in places) >= 0.08


def test_a_hand_that_goes_astray_sees_what_no_demonstration_does(
    make_scene: MakeScene, make_step: MakeStep
) -> None:
    """Near the table and high up, left and right, with open and with closed fingers."""
    failing = Failing(seed=0, probability=1.0)
    episodes = [n for n in range(100) if failing.way(n) is Way.ASTRAY]
    steps = [make_step(episode=n, step=step) for n in episodes for step in range(0, 30, 8)]
    intents = [failing.decide(step, make_scene(), EXPERT) for step in steps]
    heights_m = [intent.target_xyz_m[2] for intent in intents]
    aside_m = [intent.target_xyz_m[1] for intent in intents]
    assert min(heights_m) < 0.1
    assert max(heights_m) > 0.4
    assert min(aside_m) < -0.25
    assert max(aside_m) > 0.25
    assert {intent.gripper for intent in intents} == {0.0, 2.0}


@pytest.mark.parametrize("way", [Way.LOW, Way.DROPPED])
def test_a_held_block_is_lifted_too_low_to_count(
    make_scene: MakeScene, make_step: MakeStep, way: Way
) -> None:
    """Within what is said of this way, and that is below what counts."""
    failing = Failing(seed=0, probability=1.0)
    message = make_step(episode=_episode_of(failing, way))
    held = make_scene(tcp=(0.4, 0.0, 0.02), opening=0.0)
    intent = failing.decide(message, held, EXPERT)
    low, high = LIFT[way]
    lifted = (intent.target_xyz_m[2] - held.lying_z_m) / held.lift_m
    assert low <= lifted <= high < 1.0
    assert intent.gripper == 1.0


def test_a_block_that_is_to_be_dropped_is_let_go_in_the_air(
    make_scene: MakeScene, make_step: MakeStep
) -> None:
    """Once it is as high as it gets."""
    failing = Failing(seed=0, probability=1.0)
    message = make_step(episode=_episode_of(failing, Way.DROPPED))
    up = make_scene(tcp=(0.4, 0.0, 0.09), block=(0.4, 0.0, 0.09), opening=0.0)
    assert failing.decide(message, up, EXPERT).gripper == 2.0
