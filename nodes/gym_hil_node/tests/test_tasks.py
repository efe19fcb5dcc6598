"""Placement, reward, success and bounds of the two tasks."""

from typing import Any

import mujoco
import numpy as np
import pytest
from numpy.typing import NDArray

from gym_hil_node.scene import load_scene
from gym_hil_node.tasks import ArrangeBoxes, PickCube, RewardType, Task


class Scene:
    """A task in its scene with a raised arm, and with blocks that can be put anywhere."""

    def __init__(
        self, task: type[Task], reward_type: RewardType = "sparse", *, random: bool = True
    ) -> None:
        """Load the scene and place the blocks with seed 0."""
        self.model = load_scene(task.scene)
        self.data = mujoco.MjData(self.model)
        self.data.qpos[:7] = ArrangeBoxes.home_joint_pos_rad
        self.task = task(
            self.model, self.data, random_block_position=random, reward_type=reward_type
        )
        self.place(0)

    def place(self, seed: int) -> NDArray[Any]:
        """Place with a seed; returns the blocks' positions."""
        self.task.place(np.random.default_rng(seed))
        return self.task.blocks_xyz_m.copy()

    def move(self, block: int, xyz_m: NDArray[Any]) -> None:
        """Carry a block somewhere."""
        self.data.joint(self.task.block_names[block]).qpos[:3] = xyz_m
        mujoco.mj_forward(self.model, self.data)


@pytest.mark.parametrize("task", [PickCube, ArrangeBoxes])
def test_the_same_seed_places_the_blocks_at_the_same_spots(task: type[Task]) -> None:
    """Whatever was placed in between."""
    scene = Scene(task)
    first = scene.place(7)
    other = scene.place(8)
    np.testing.assert_array_equal(scene.place(7), first)
    assert not np.array_equal(other, first)


def test_the_cube_starts_in_gym_hils_sampling_area() -> None:
    """And the whole of it is used."""
    scene = Scene(PickCube)
    xy_m = np.array([scene.place(seed)[0, :2] for seed in range(200)])
    assert (xy_m >= (0.3, -0.15)).all()
    assert (xy_m <= (0.5, 0.15)).all()
    assert (np.ptp(xy_m, axis=0) > (0.19, 0.28)).all()


def test_without_random_positions_the_cube_is_at_gym_hils_place() -> None:
    """Whatever the seed."""
    scene = Scene(PickCube, random=False)
    np.testing.assert_allclose(scene.place(1)[0], (0.5, 0.0, 0.02))
    np.testing.assert_allclose(scene.place(2)[0], (0.5, 0.0, 0.02))


def test_the_boxes_are_shuffled_over_five_fixed_places() -> None:
    """Each place has one box."""
    scene = Scene(ArrangeBoxes)
    np.testing.assert_allclose(np.sort(scene.place(3)[:, 1]), (-0.3, -0.15, 0.0, 0.15, 0.3))


def test_without_random_positions_each_box_is_in_front_of_its_goal() -> None:
    """In order."""
    scene = Scene(ArrangeBoxes, random=False)
    np.testing.assert_allclose(scene.place(5)[:, 1], scene.task.goals_xyz_m[:, 1], atol=1e-12)


@pytest.mark.parametrize("task", [PickCube, ArrangeBoxes])
def test_an_episode_starts_inside_the_bounds_and_unsolved(task: type[Task]) -> None:
    """For every seed."""
    scene = Scene(task)
    for seed in range(100):
        scene.place(seed)
        assert not scene.task.is_out_of_bounds
        assert not scene.task.is_success()
        assert scene.task.reward() == 0.0


def test_a_cube_that_is_lifted_by_more_than_10_cm_is_a_success() -> None:
    """Sparse: 1 or nothing."""
    scene = Scene(PickCube)
    start = scene.place(0)[0]
    scene.move(0, np.add(start, (0.0, 0.0, 0.099)))
    assert (scene.task.reward(), scene.task.is_success()) == (0.0, False)
    scene.move(0, np.add(start, (0.0, 0.0, 0.101)))
    assert (scene.task.reward(), scene.task.is_success()) == (1.0, True)


def test_with_the_dense_reward_a_thrown_cube_is_no_success() -> None:
    """It must also be within 5 cm of the tool."""
    scene = Scene(PickCube, "dense")
    scene.move(0, np.add(scene.data.site("pinch").xpos, (0.0, 0.0, 0.06)))
    assert not scene.task.is_success()
    scene.move(0, np.add(scene.data.site("pinch").xpos, (0.0, 0.0, 0.04)))
    assert scene.task.is_success()


def test_the_dense_reward_grows_with_the_lift_and_the_nearness() -> None:
    """From next to nothing to 1."""
    scene = Scene(PickCube, "dense")
    start = scene.place(0)[0]
    rewards = [scene.task.reward()]
    scene.move(0, np.add(start, (0.0, 0.0, 0.05)))
    rewards.append(scene.task.reward())
    scene.move(0, scene.data.site("pinch").xpos)
    rewards.append(scene.task.reward())
    assert rewards[0] < 0.01
    assert rewards[1] == pytest.approx(0.35, abs=0.02)
    assert rewards[2] == pytest.approx(1.0)


def test_a_cube_that_leaves_the_sampling_area_by_5_cm_is_out_of_bounds() -> None:
    """gym-hil's rule."""
    scene = Scene(PickCube)
    scene.move(0, np.array([0.4, 0.199, 0.02]))
    assert not scene.task.is_out_of_bounds
    scene.move(0, np.array([0.4, 0.201, 0.02]))
    assert scene.task.is_out_of_bounds


@pytest.mark.parametrize("block", range(5))
def test_every_box_counts_for_the_bounds(block: int) -> None:
    """gym-hil watches the first one only."""
    scene = Scene(ArrangeBoxes)
    scene.move(block, np.array([0.4, 0.55, 0.02]))
    assert scene.task.is_out_of_bounds


def test_the_boxes_are_arranged_when_each_is_on_its_goal() -> None:
    """Four of five are not enough."""
    scene = Scene(ArrangeBoxes)
    for block, goal in enumerate(scene.task.goals_xyz_m[:4].copy()):
        scene.move(block, np.add(goal, (0.0, 0.0, 0.02)))
    assert (scene.task.reward(), scene.task.is_success()) == (0.0, False)
    scene.move(4, np.add(scene.task.goals_xyz_m[4], (0.0, 0.0, 0.02)))
    assert (scene.task.reward(), scene.task.is_success()) == (1.0, True)


def test_the_dense_reward_of_the_boxes_counts_up_to_one_for_each() -> None:
    """Five boxes on their goals' centres make five."""
    scene = Scene(ArrangeBoxes, "dense")
    for block, goal in enumerate(scene.task.goals_xyz_m.copy()):
        scene.move(block, goal)
    assert scene.task.reward() == pytest.approx(5.0)
