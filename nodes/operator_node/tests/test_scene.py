"""What the expert reads from a step."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from dora_hil.stream.timestep import TimeStep
from operator_node.scene import BLOCK, GOALS, OPENING, TCP, Scene, SceneError

MakeStep = Callable[..., TimeStep]


def test_a_pick_cube_step_has_one_block_and_no_goal(make_step: MakeStep) -> None:
    """The column `privileged.block_xyz_m` makes it PickCube."""
    scene = Scene.of(make_step())
    np.testing.assert_allclose(scene.blocks_xyz_m, [[0.45, 0.05, 0.02]], rtol=1e-6)
    assert scene.goals_xyz_m is None


def test_an_arrange_boxes_step_has_a_row_for_every_box_and_goal(
    make_step: MakeStep, boxes_columns: dict[str, Sequence[float] | None]
) -> None:
    """Fifteen numbers are five points."""
    scene = Scene.of(make_step(columns=boxes_columns))
    assert scene.goals_xyz_m is not None
    assert scene.blocks_xyz_m.shape == scene.goals_xyz_m.shape == (5, 3)
    np.testing.assert_allclose(scene.blocks_xyz_m[0], [0.3, 0.3, 0.02], rtol=1e-6)


@pytest.mark.parametrize("name", [TCP, OPENING, BLOCK])
def test_a_missing_column_is_named_in_one_line(make_step: MakeStep, name: str) -> None:
    """A real robot has no privileged columns: the text says so and what is needed."""
    with pytest.raises(SceneError, match=f"column '{name}' is missing: .*'hand_made'") as error:
        Scene.of(make_step(columns={name: None}))
    assert "\n" not in str(error.value)


def test_boxes_without_goals_are_refused(
    make_step: MakeStep, boxes_columns: dict[str, Sequence[float] | None]
) -> None:
    """Without goals nobody knows where they belong."""
    with pytest.raises(SceneError, match=f"column '{GOALS}' is missing"):
        Scene.of(make_step(columns=boxes_columns | {GOALS: None}))


def test_fewer_goals_than_boxes_are_refused(
    make_step: MakeStep, boxes_columns: dict[str, Sequence[float] | None]
) -> None:
    """The text gives both counts."""
    with pytest.raises(SceneError, match=r"has 15 numbers and .* 3:"):
        Scene.of(make_step(columns=boxes_columns | {GOALS: (0.5, 0.0, 0.0)}))


@pytest.mark.parametrize(("executed", "opening"), [(0.0, 0.0), (float("nan"), pytest.approx(0.58))])
def test_the_gripper_is_as_commanded_or_else_as_measured(
    make_step: MakeStep, executed: float, opening: float
) -> None:
    """Fingers closed on a block's corners measure more than half open."""
    value = np.full(4, executed, dtype=np.float32)
    step = make_step(3, columns={OPENING: (0.58,)}, actions={"ee_absolute": value})
    assert Scene.of(step).gripper_opening == opening


@pytest.mark.parametrize(("shown", "is_closing"), [(0.5, True), (0.0, False)])
def test_who_has_closed_a_hand_knows_it_before_the_body_shows_it(
    make_scene: Callable[..., Scene], shown: float, is_closing: bool
) -> None:
    """And where it is."""
    asked = np.array([0.3, 0.1, 0.05, 0.0], np.float32)
    scene = make_scene(opening=shown).by_hand(asked)
    np.testing.assert_allclose(scene.target_xyz_m, asked[:3])
    assert (scene.gripper_opening, scene.is_closing) == (0.0, is_closing)


def test_a_hand_that_has_opened_waits_until_it_is_seen(make_scene: Callable[..., Scene]) -> None:
    """Fingers that still hold something have dropped nothing."""
    scene = make_scene(opening=0.2).by_hand(np.array([0.3, 0.1, 0.05, 1.0], np.float32))
    assert (scene.gripper_opening, scene.is_closing) == (0.2, False)
