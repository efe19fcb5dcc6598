"""gym-hil's scenes as MuJoCo models, as drawn by gym-hil or several times faster.

Physics is the same to the last bit in every quality; only what a camera sees differs.
"""

import importlib.util
from collections import defaultdict
from pathlib import Path

import mujoco

from dora_hil.errors import UserError
from gym_hil_node.variation import add_distractors

TASK_SCENES = {"pick_cube": "scene.xml", "arrange_boxes": "arrange_boxes_scene.xml"}
"""gym-hil's scene file by task scene."""

QUALITIES = ("fast", "full", "stock")
"""Accepted rendering qualities, the default first."""

_PART_MESHES = Path(__file__).parent / "assets"
_COLLISION_GROUP = 3
_VISUAL_GROUP = 2

# gym-hil tessellates the 6 m floor every centimetre: 80,000 triangles a picture. MuJoCo lights
# vertices, so a coarse grid softens the edge of the spot light; at 10 cm nobody sees it.
_FLOOR_GRID_M = 0.1
# gym-hil's 4096 takes half of the time; this moves shadow edges by a pixel at most.
_FULL_SHADOW_MAP_PX = 2048


class SceneError(UserError, RuntimeError):
    """A scene that cannot be loaded; the text names the file and the remedy."""


def load_scene(task_scene: str, quality: str = "fast", distractors: int = 0) -> mujoco.MjModel:
    """Load one of gym-hil's scenes.

    Args:
        task_scene: "pick_cube" or "arrange_boxes".
        quality: "fast" draws simplified visual meshes without multisampling, shadows and
            reflections; "full" draws gym-hil's own meshes with all of them; "stock" is
            gym-hil's XML untouched.
        distractors: boxes to add, see `variation`.

    Raises:
        SceneError: the name or quality is unknown, or gym-hil or one of the files is missing.
    """
    if task_scene not in TASK_SCENES:
        raise SceneError(f"unknown task scene {task_scene!r}; accepted: {', '.join(TASK_SCENES)}")
    if quality not in QUALITIES:
        raise SceneError(f"unknown rendering quality {quality!r}; accepted: {', '.join(QUALITIES)}")
    xml_path = _gym_hil_assets() / TASK_SCENES[task_scene]
    if not xml_path.is_file():
        raise SceneError(f"{xml_path}: no such file; reinstall gym-hil")
    try:
        spec = mujoco.MjSpec.from_file(str(xml_path))
        if quality != "stock":
            _coarsen_floor(spec)
        if quality == "full":
            spec.visual.quality.shadowsize = _FULL_SHADOW_MAP_PX
        if quality == "fast":
            _draw_plainly(spec)
            _swap_visual_meshes(spec)
        add_distractors(spec, distractors)
        return spec.compile()
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise SceneError(f"{xml_path}: {reason}; reinstall gym-hil and gym-hil-node") from None


def part_name(body: str, material: str) -> str:
    """Name the mesh that draws all of one material on one body; both fingers share theirs."""
    shared = body.removeprefix("left_").removeprefix("right_")
    return f"{shared}_{material}" if material else shared


def visual_parts(spec: mujoco.MjSpec) -> dict[tuple[str, str], list[mujoco.MjsGeom]]:
    """Group the visual mesh geoms by body and material."""
    parts = defaultdict(list)
    for body in spec.bodies:
        for geom in body.geoms:
            if geom.group == _VISUAL_GROUP and geom.type == mujoco.mjtGeom.mjGEOM_MESH:
                parts[body.name, geom.material].append(geom)
    return dict(parts)


def _gym_hil_assets() -> Path:
    # Importing gym_hil registers environments and pulls in pygame and friends: ask for the path.
    package = importlib.util.find_spec("gym_hil")
    if package is None or package.origin is None:
        raise SceneError("the package gym_hil is missing; install it with `uv sync`")
    return Path(package.origin).parent / "assets"


def _coarsen_floor(spec: mujoco.MjSpec) -> None:
    """Draw the floor with a coarser grid; the colliding plane itself stays as it is."""
    floor = spec.geom("floor")
    floor.group = _COLLISION_GROUP
    half_x_m, half_y_m, _ = floor.size
    spec.worldbody.add_geom(
        name="floor_visual",
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        size=[half_x_m, half_y_m, _FLOOR_GRID_M],
        material=floor.material,
        group=_VISUAL_GROUP,
        contype=0,
        conaffinity=0,
    )


def _draw_plainly(spec: mujoco.MjSpec) -> None:
    """Switch off what software OpenGL pays for most."""
    spec.visual.quality.offsamples = 0
    spec.visual.quality.shadowsize = 0
    for light in spec.lights:
        light.castshadow = False
    for material in spec.materials:
        material.reflectance = 0
    # Without shadow passes OpenGL clamps the sum of all lights to 1 before it multiplies in the
    # texture, and the floor loses the light spots. Half the material under twice the texture
    # leaves room for a sum of 2.
    texture = spec.texture("grid")
    texture.rgb1 = 2 * texture.rgb1
    texture.rgb2 = 2 * texture.rgb2
    spec.material("grid").rgba[:3] = 0.5


def _swap_visual_meshes(spec: mujoco.MjSpec) -> None:
    """Draw one simplified mesh per body and material instead of gym-hil's visual meshes."""
    bodies = {body.name: body for body in spec.bodies}
    drawn = set()
    for (body_name, material), geoms in visual_parts(spec).items():
        body = bodies[body_name]
        name = part_name(body_name, material)
        if name not in drawn:
            spec.add_mesh(
                name=f"fast/{name}",
                file=str(_PART_MESHES / f"{name}.obj"),
                inertia=mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL,
            )
            drawn.add(name)
        body.add_geom(
            type=mujoco.mjtGeom.mjGEOM_MESH,
            meshname=f"fast/{name}",
            material=material,
            group=_VISUAL_GROUP,
            contype=0,
            conaffinity=0,
            mass=0,
        )
        for geom in geoms:
            # A body without inertia of its own has it from its geoms, the visual ones included:
            # there they stay, hidden among the collision geoms.
            if body.explicitinertial:
                spec.delete(geom)
            else:
                geom.group = _COLLISION_GROUP
    used = {geom.meshname for geom in spec.geoms}
    for mesh in spec.meshes:
        if (mesh.name or Path(mesh.file).stem) not in used:
            spec.delete(mesh)
