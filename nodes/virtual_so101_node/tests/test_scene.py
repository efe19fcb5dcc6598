"""The model."""

import mujoco
import numpy as np

from virtual_so101_node.scene import CAMERAS, JOINTS, STALL_NM, assets, load_scene


def test_the_arm_weighs_and_collides_as_it_came() -> None:
    """Only what is drawn is coarser."""
    path = assets() / "SO101_menagerie" / "so101.xml"
    came, made = mujoco.MjModel.from_xml_path(str(path)), load_scene()
    for n in range(came.nbody):
        body = came.body(n)
        if body.name == "world":
            continue
        same = made.body(body.name)
        assert same.mass == body.mass
        # That of the camera's mount comes from its mesh.
        np.testing.assert_allclose(same.inertia, body.inertia, rtol=0.03)
    for joint in JOINTS:
        assert (made.joint(joint).range == came.joint(joint).range).all()
    assert (made.actuator_forcerange[:, 1] == STALL_NM).all()
    assert made.mesh_facenum.sum() < came.mesh_facenum.sum() / 8


def test_it_has_the_cameras_that_are_sent() -> None:
    """By the model's names."""
    model = load_scene()
    names = {model.camera(n).name for n in range(model.ncam)}
    assert set(CAMERAS.values()) <= names
