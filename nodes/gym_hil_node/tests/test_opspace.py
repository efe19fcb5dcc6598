"""The controller moves gym-hil's arm exactly as gym-hil does."""

from typing import Any

import mujoco
import numpy as np
import pytest
from gym_hil.controllers import opspace
from numpy.typing import NDArray

from gym_hil_node.opspace import ARM_DOF, SINGULAR_DETERMINANT, OperationalSpaceController, substeps
from gym_hil_node.scene import load_scene
from gym_hil_node.tasks import PickCube

HOME = PickCube.home_joint_pos_rad


@pytest.fixture
def model() -> mujoco.MjModel:
    """Return the pick-cube scene."""
    return load_scene("pick_cube")


def at_home(model: mujoco.MjModel) -> mujoco.MjData:
    """Return data with the arm at home and a target at the tool."""
    data = mujoco.MjData(model)
    data.qpos[:ARM_DOF] = HOME
    mujoco.mj_forward(model, data)
    data.mocap_pos[0] = data.site("pinch").xpos
    return data


def gym_hil_torque(model: mujoco.MjModel, data: mujoco.MjData) -> NDArray[Any]:
    """Return what gym-hil's own controller would command."""
    return np.asarray(
        opspace(
            model,
            data,
            site_id=model.site("pinch").id,
            dof_ids=np.arange(ARM_DOF),
            pos=data.mocap_pos[0],
            ori=data.mocap_quat[0],
            joint=np.array(HOME),
        )
    )


def test_the_torque_is_gym_hils_in_every_posture(model: mujoco.MjModel) -> None:
    """Random postures and speeds, those near a singularity included."""
    rng = np.random.default_rng(0)
    low, high = model.jnt_range[:ARM_DOF].T
    data, twin = at_home(model), at_home(model)
    controller = OperationalSpaceController(model, twin, HOME)
    for _ in range(200):
        data.qpos[:ARM_DOF] = rng.uniform(low, high)
        data.qvel[:ARM_DOF] = rng.normal(size=ARM_DOF)
        data.mocap_pos[0] = rng.uniform((0.2, -0.3, 0.0), (0.6, 0.3, 0.5))
        mujoco.mj_forward(model, data)
        mujoco.mj_copyData(twin, model, data)
        expected = gym_hil_torque(model, data)
        controller.step(data.mocap_pos[0], 1)
        np.testing.assert_allclose(twin.ctrl[:ARM_DOF], expected, rtol=1e-9, atol=1e-9)


def test_near_a_singularity_the_immobile_directions_are_given_up(model: mujoco.MjModel) -> None:
    """A stretched arm is below the determinant at which gym-hil takes the pseudo-inverse."""
    data = at_home(model)
    data.qpos[:ARM_DOF] = (0.0, 0.0, 0.0, -0.07, 0.0, 0.07, 0.0)
    mujoco.mj_forward(model, data)
    controller = OperationalSpaceController(model, data, HOME)
    expected = gym_hil_torque(model, data)
    controller.step(data.mocap_pos[0], 1)
    assert abs(np.linalg.det(controller._mobility)) < SINGULAR_DETERMINANT
    np.testing.assert_allclose(data.ctrl[:ARM_DOF], expected, rtol=1e-9, atol=1e-9)


def test_the_torque_uses_the_kinematics_that_the_last_step_left(model: mujoco.MjModel) -> None:
    """gym-hil never forwards between steps: angles are new, site and Jacobian are not."""
    data, twin = at_home(model), at_home(model)
    target = data.mocap_pos[0] + (0.05, 0.05, -0.05)
    controller = OperationalSpaceController(model, twin, HOME)
    for _ in range(50):
        data.mocap_pos[0] = target
        data.ctrl[:ARM_DOF] = gym_hil_torque(model, data)
        mujoco.mj_step(model, data)
    controller.step(target, 50)
    np.testing.assert_array_equal(twin.qpos, data.qpos)


def test_the_tool_reaches_its_target(model: mujoco.MjModel) -> None:
    """Three seconds are enough for 10 cm, to within a millimetre."""
    data = at_home(model)
    target = data.mocap_pos[0] + (0.05, 0.05, 0.1)
    OperationalSpaceController(model, data, HOME).step(target, 1500)
    np.testing.assert_allclose(data.site("pinch").xpos, target, atol=1e-3)


@pytest.mark.parametrize("control_dt_s", [0.1, 1 / 30, 0.05, 1 / 15, 0.0007, 1.0])
def test_the_physics_steps_fill_a_control_period_exactly(control_dt_s: float) -> None:
    """gym-hil loses 4 % at 30 Hz."""
    n, physics_dt_s = substeps(control_dt_s)
    assert n * physics_dt_s == pytest.approx(control_dt_s, rel=1e-15)


def test_at_10_hz_the_physics_steps_are_gym_hils() -> None:
    """Fifty of 2 ms."""
    assert substeps(0.1) == (50, 0.002)


def test_a_posture_of_another_length_is_refused(model: mujoco.MjModel) -> None:
    """Six angles are not a Panda's."""
    with pytest.raises(ValueError, match="7 joint angles"):
        OperationalSpaceController(model, mujoco.MjData(model), HOME[:6])
