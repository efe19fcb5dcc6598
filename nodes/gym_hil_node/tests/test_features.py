"""Observation features by name."""

from typing import Any

import mujoco
import numpy as np
import pytest
from numpy.typing import NDArray

from dora_hil.body.features import FeatureColumn
from gym_hil_node.features import (
    DEFAULT_STATE,
    Sensors,
    features_of,
    observation_columns,
    privileged_columns,
)
from gym_hil_node.opspace import OperationalSpaceController
from gym_hil_node.scene import load_scene
from gym_hil_node.tasks import ArrangeBoxes, PickCube, Task


def scene_of(task: type[Task]) -> tuple[mujoco.MjModel, mujoco.MjData, Sensors]:
    """Return a scene with the arm at home, and its sensors."""
    model = load_scene(task.scene)
    data = mujoco.MjData(model)
    data.qpos[:7] = task.home_joint_pos_rad
    placed = task(model, data)
    placed.place(np.random.default_rng(0))
    data.mocap_pos[0] = np.add(data.site("pinch").xpos, (0.01, 0.02, 0.03))
    return model, data, Sensors(model, data, placed)


def read(task: type[Task], name: str, sensors: Sensors) -> NDArray[Any]:
    """Return one feature as it would stand in an observation."""
    return FeatureColumn([features_of(task)[name]]).read(sensors)


@pytest.mark.parametrize("task", [PickCube, ArrangeBoxes])
def test_every_feature_has_a_name_and_a_unit_for_each_of_its_numbers(task: type[Task]) -> None:
    """Whatever is asked for can be described."""
    _, _, sensors = scene_of(task)
    for name, feature in features_of(task).items():
        value = read(task, name, sensors)
        assert value.dtype == np.float32
        assert value.shape == (len(feature.names),) == (len(feature.units),), name
        assert len(set(feature.names)) == len(feature.names), name


def test_the_default_state_is_gym_hils_vector_in_its_order() -> None:
    """Joint angles, joint speeds, the gripper's command, the tool's place."""
    _, data, sensors = scene_of(PickCube)
    data.qvel[:7] = np.arange(7)
    data.ctrl[7] = 127.5
    state = observation_columns(PickCube, DEFAULT_STATE, ())["observation.state"].read(sensors)
    expected = [*data.qpos[:7], *data.qvel[:7], 127.5, *data.site("pinch").xpos]
    np.testing.assert_array_equal(state, np.array(expected, dtype=np.float32))


def test_relative_features_are_differences_in_the_base_frame() -> None:
    """The block and the target as seen from the tool."""
    _, data, sensors = scene_of(PickCube)
    tcp = data.site("pinch").xpos
    np.testing.assert_allclose(
        read(PickCube, "block_from_tcp_m", sensors), data.geom("block").xpos - tcp, rtol=1e-6
    )
    np.testing.assert_allclose(
        read(PickCube, "target_from_tcp_m", sensors), (0.01, 0.02, 0.03), rtol=1e-6
    )


def test_the_gripper_opening_follows_the_fingers_from_1_to_0() -> None:
    """As measured: they need time to close."""
    model, data, sensors = scene_of(PickCube)
    assert read(PickCube, "gripper_opening_01", sensors)[0] == pytest.approx(1.0, abs=0.02)
    data.ctrl[7] = 255.0
    controller = OperationalSpaceController(model, data, PickCube.home_joint_pos_rad)
    controller.step(data.mocap_pos[0].copy(), 500)
    assert read(PickCube, "gripper_opening_01", sensors)[0] == pytest.approx(0.0, abs=0.02)


def test_the_boxes_and_their_goals_stand_one_after_the_other() -> None:
    """Fifteen numbers each, and the first box alone as gym-hil has it."""
    _, data, sensors = scene_of(ArrangeBoxes)
    boxes = [data.geom(f"block{i}").xpos for i in range(1, 6)]
    goals = [data.geom(f"target{i}").xpos for i in range(1, 6)]
    np.testing.assert_allclose(
        read(ArrangeBoxes, "blocks_xyz_m", sensors), np.concatenate(boxes), rtol=1e-6
    )
    np.testing.assert_allclose(
        read(ArrangeBoxes, "goals_xyz_m", sensors), np.concatenate(goals), rtol=1e-6
    )
    np.testing.assert_allclose(read(ArrangeBoxes, "block_xyz_m", sensors), boxes[0], rtol=1e-6)


def test_an_observation_is_not_changed_by_what_happens_next() -> None:
    """It is a copy, never a view of the simulation."""
    _, data, sensors = scene_of(PickCube)
    before = read(PickCube, "joint_pos_rad", sensors)
    kept = before.copy()
    data.qpos[:7] += 1.0
    np.testing.assert_array_equal(before, kept)


@pytest.mark.parametrize(
    ("task", "own"),
    [(PickCube, {"block_xyz_m": 3}), (ArrangeBoxes, {"blocks_xyz_m": 15, "goals_xyz_m": 15})],
)
def test_a_script_sees_blocks_goals_tool_target_and_gripper(
    task: type[Task], own: dict[str, int]
) -> None:
    """Under `privileged.`, which nobody records."""
    expected = {**own, "tcp_xyz_m": 3, "target_xyz_m": 3, "gripper_opening": 1}
    sizes = {key: column.spec.shape[0] for key, column in privileged_columns(task).items()}
    assert sizes == {f"privileged.{key}": size for key, size in expected.items()}


def test_a_column_without_features_does_not_exist() -> None:
    """A policy must not see an empty vector."""
    assert list(observation_columns(PickCube, DEFAULT_STATE, ())) == ["observation.state"]
