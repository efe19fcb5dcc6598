"""gym-hil's scenes in every quality: the same physics, other pictures."""

import importlib.util
from pathlib import Path

import mujoco
import numpy as np
import pytest
from numpy.typing import NDArray

from gym_hil_node import scene
from gym_hil_node.scene import QUALITIES, TASK_SCENES, SceneError, load_scene

HOME_RAD = (0, -0.785, 0, -2.35, 0, 1.57, np.pi / 4)
DRAWN_QUALITIES = ("fast", "full")

BODY_FIELDS = (
    "body_mass", "body_inertia", "body_ipos", "body_iquat", "body_pos", "body_quat",
    "body_invweight0", "body_subtreemass", "dof_M0", "dof_invweight0", "qpos0",
)  # fmt: skip
COLLISION_FIELDS = (
    "geom_type", "geom_bodyid", "geom_contype", "geom_conaffinity", "geom_condim", "geom_size",
    "geom_pos", "geom_quat", "geom_aabb", "geom_rbound", "geom_friction", "geom_solref",
    "geom_solimp", "geom_margin", "geom_priority", "geom_solmix",
)  # fmt: skip

both_tasks = pytest.mark.parametrize("task_scene", TASK_SCENES)
drawn_qualities = pytest.mark.parametrize("quality", DRAWN_QUALITIES)


def colliding_geoms(model: mujoco.MjModel) -> NDArray[np.int64]:
    """Return the ids of the geoms that can touch something."""
    return np.flatnonzero(model.geom_contype | model.geom_conaffinity)


def collision_vertices(model: mujoco.MjModel) -> list[bytes]:
    """Return the vertices of every colliding mesh, in the order of the geoms."""
    meshes = [model.geom_dataid[geom] for geom in colliding_geoms(model)]
    spans = [(model.mesh_vertadr[m], model.mesh_vertnum[m]) for m in meshes if m >= 0]
    return [model.mesh_vert[start : start + count].tobytes() for start, count in spans]


def simulate_a_grasp(model: mujoco.MjModel) -> bytes:
    """Let the arm fall onto the table while the gripper closes; return all states on the way."""
    data = mujoco.MjData(model)
    data.qpos[:7] = HOME_RAD
    data.ctrl[model.actuator("fingers_actuator").id] = 255
    states = []
    for _ in range(400):
        mujoco.mj_step(model, data)
        states += [data.qpos.tobytes(), data.qvel.tobytes(), data.sensordata.tobytes()]
    assert data.ncon > 4, "the arm should touch something, or the test tests little"
    return b"".join(states)


@both_tasks
@drawn_qualities
def test_masses_and_inertias_are_stock_in_every_quality(task_scene: str, quality: str) -> None:
    """Two bodies have their mass from visual geoms: replacing those must not change it."""
    stock, drawn = load_scene(task_scene, "stock"), load_scene(task_scene, quality)
    for field in BODY_FIELDS:
        assert getattr(drawn, field).tobytes() == getattr(stock, field).tobytes(), field


@both_tasks
@drawn_qualities
def test_collision_geoms_are_stock_in_every_quality(task_scene: str, quality: str) -> None:
    """Shapes, places, friction and solver settings of all geoms that can touch."""
    stock, drawn = load_scene(task_scene, "stock"), load_scene(task_scene, quality)
    for field in COLLISION_FIELDS:
        expected = getattr(stock, field)[colliding_geoms(stock)]
        assert getattr(drawn, field)[colliding_geoms(drawn)].tobytes() == expected.tobytes(), field
    assert collision_vertices(drawn) == collision_vertices(stock)


@both_tasks
@drawn_qualities
def test_a_simulated_grasp_is_stock_to_the_last_bit_in_every_quality(
    task_scene: str, quality: str
) -> None:
    """What was learned or recorded in one quality holds in every other."""
    stock, drawn = load_scene(task_scene, "stock"), load_scene(task_scene, quality)
    assert simulate_a_grasp(drawn) == simulate_a_grasp(stock)


@both_tasks
@pytest.mark.parametrize("quality", QUALITIES)
def test_every_name_that_a_task_uses_is_in_every_quality(task_scene: str, quality: str) -> None:
    """Joints, actuators, sensors, sites and cameras keep their names and ids."""
    stock, drawn = load_scene(task_scene, "stock"), load_scene(task_scene, quality)
    for count, of in (
        ("njnt", "joint"), ("nu", "actuator"), ("nsensor", "sensor"), ("nsite", "site"),
        ("ncam", "camera"), ("nbody", "body"),
    ):  # fmt: skip
        assert [getattr(drawn, of)(i).name for i in range(getattr(drawn, count))] == [
            getattr(stock, of)(i).name for i in range(getattr(stock, count))
        ]


def test_fast_draws_a_tenth_of_the_faces() -> None:
    """Software OpenGL pays for each face: 168,000 in stock."""

    def drawn_faces(quality: str) -> int:
        model = load_scene("pick_cube", quality)
        meshes = model.geom_dataid[(model.geom_group == 2) & (model.geom_dataid >= 0)]
        return int(model.mesh_facenum[meshes].sum())

    assert drawn_faces("fast") * 10 < drawn_faces("stock")


def test_fast_has_no_multisampling_shadows_or_reflections() -> None:
    """The three switches that cost the most."""
    model = load_scene("pick_cube", "fast")
    assert model.vis.quality.offsamples == 0
    assert model.vis.quality.shadowsize == 0
    assert not model.light_castshadow.any()
    assert not model.mat_reflectance.any()


def test_the_shipped_meshes_total_less_than_a_megabyte() -> None:
    """They travel with every wheel and clone."""
    meshes = list((Path(scene.__file__).parent / "assets").glob("*.obj"))
    assert meshes
    assert sum(mesh.stat().st_size for mesh in meshes) < 1_000_000


@pytest.mark.parametrize(
    ("task_scene", "quality", "expected"),
    [
        ("push", "fast", "'push'; accepted: pick_cube, arrange_boxes"),
        ("pick_cube", "ultra", "'ultra'; accepted: fast, full, stock"),
    ],
)
def test_an_unknown_name_lists_the_accepted_ones(
    task_scene: str, quality: str, expected: str
) -> None:
    """The error is the documentation at hand."""
    with pytest.raises(SceneError, match=expected):
        load_scene(task_scene, quality)


def test_a_missing_gym_hil_is_one_line_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback of import machinery."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SceneError, match=r"gym_hil is missing; install it with `uv sync`"):
        load_scene("pick_cube", "fast")


def test_a_missing_mesh_is_named_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A broken installation says which file it lacks, in one line."""
    monkeypatch.setattr(scene, "_PART_MESHES", tmp_path)
    with pytest.raises(SceneError, match=r"link0_off_white\.obj.*reinstall") as caught:
        load_scene("pick_cube", "fast")
    assert "\n" not in str(caught.value)
