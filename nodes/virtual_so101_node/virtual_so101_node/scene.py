"""An SO-101 on a table with a block and two cameras, as MuJoCo has them.

The arm is Menagerie's, out of the package `so101-nexus`: masses, joint limits, contacts of the
jaws, and what a STS3215 at 12 V can do.
"""

import importlib.util
from pathlib import Path
from typing import Final

import mujoco
import numpy as np
from numpy.typing import NDArray

from virtual_so101_node.meshes import read_stl, simplified

JOINTS: Final = (
    "shoulder_pan",
    "shoulder_lift",
    "elbow_flex",
    "wrist_flex",
    "wrist_roll",
    "gripper",
)
"""In the order of the servos' ids, from 1 on; LeRobot's names, and the model's."""
FIXED_JAW, MOVING_JAW, BLOCK = "gripper", "moving_jaw_so101_v1", "block"
"""The bodies between which something is gripped."""
BETWEEN_JAWS: Final = "between_jaws"
"""The site between jaws that are open for a block; its z axis points out of them."""
FIXED_JAW_TIP_M: Final = (-0.0079, -0.000218, -0.098127)
"""In the body `FIXED_JAW`, which is `gripper_link` of LeRobot's URDF."""
ASIDE_M: Final = 0.027
"""Of that tip, towards the other jaw. A block of 28 mm has a centimetre of room then on either side
when the open jaws come down on it; the model's own frame leaves it a few millimetres."""
OPEN_SHARE: Final = 0.4
"""How far the jaws are opened for a block."""
CAMERAS: Final = {"front": "front", "wrist": "wrist_cam"}
"""The model's cameras by the names under which their pictures are sent."""
BLOCK_HALF_M: Final = 0.014
STALL_NM: Final = 2.94

_CELL_M: Final = 0.003
"""A pixel of the front camera is 2 mm of the table."""
_BLOCK_KG: Final = 0.025
# To the right of the table: from in front the moving jaw, which opens away from the base, hides
# the block.
_FRONT_XYZ_M: Final = np.array([0.21, -0.36, 0.26])
_FRONT_LOOKS_AT_M: Final = np.array([0.20, 0.0, 0.03])
_FRONT_FOVY_DEG: Final = 34.0
_WRIST_FOVY_DEG: Final = 80.0
"""A wide-angle camera, as people mount one: it sees both jaws and what is between them."""


def assets() -> Path:
    """Return the folder of the models; the package itself, which is slow, is not imported."""
    package = importlib.util.find_spec("so101_nexus")
    assert package is not None
    assert package.submodule_search_locations is not None
    return Path(package.submodule_search_locations[0]) / "assets"


def load_scene() -> mujoco.MjModel:
    """Return the model, with meshes as coarse as 128 pixels show them."""
    path = assets() / "SO101_menagerie" / "so101.xml"
    spec = mujoco.MjSpec.from_file(str(path))
    _coarsen(spec, path.parent / spec.meshdir)
    _furnish(spec)
    # What software OpenGL takes most of its time for.
    spec.visual.quality.shadowsize = 0
    spec.visual.quality.offsamples = 0
    # A held block would creep out of the jaws, 2 mm a minute.
    spec.option.noslip_iterations = 5
    model: mujoco.MjModel = spec.compile()
    return model


def _coarsen(spec: mujoco.MjSpec, folder: Path) -> None:
    """Give what is only seen fewer faces; what things collide with stays as it is."""
    seen = {
        geom.meshname
        for body in spec.bodies
        for geom in body.geoms
        if geom.type == mujoco.mjtGeom.mjGEOM_MESH and geom.classname.name == "visual"
    }
    for mesh in spec.meshes:
        name = Path(mesh.file).stem
        if name in seen:
            vertices, faces = simplified(*read_stl(folder / mesh.file), _CELL_M)
            # A mesh without a file has no name but its own.
            mesh.name, mesh.file = name, ""
            mesh.uservert, mesh.userface = vertices.ravel(), faces.ravel()
    for material in spec.materials:
        material.specular = 0.1


def _furnish(spec: mujoco.MjSpec) -> None:
    """Add table, block, light, the front camera, and what names a place at the arm."""
    world = spec.worldbody
    spec.visual.headlight.ambient = [0.25, 0.25, 0.25]
    spec.visual.headlight.diffuse = [0.2, 0.2, 0.2]
    spec.visual.headlight.specular = [0.0, 0.0, 0.0]
    world.add_light(pos=[0.4, -0.3, 0.9], dir=[-0.25, 0.3, -0.9], diffuse=[0.5, 0.5, 0.5])
    world.add_geom(
        name="table",
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        size=[0.7, 0.7, 0.1],
        rgba=[0.62, 0.58, 0.52, 1.0],
        friction=[1.0, 0.005, 0.0005],
    )
    block = world.add_body(name=BLOCK, pos=[0.2, 0.0, BLOCK_HALF_M])
    block.add_freejoint(name=BLOCK)
    block.add_geom(
        name=BLOCK,
        type=mujoco.mjtGeom.mjGEOM_BOX,
        size=[BLOCK_HALF_M] * 3,
        mass=_BLOCK_KG,
        rgba=[0.8, 0.12, 0.1, 1.0],
        friction=[1.0, 0.005, 0.0005],
        condim=6,
        solref=[0.01, 1.0],
    )
    x, y, z = FIXED_JAW_TIP_M
    spec.body(FIXED_JAW).add_site(
        name=BETWEEN_JAWS,
        pos=[x + ASIDE_M, y, z],
        quat=[0.0, 0.0, 1.0, 0.0],
        rgba=[0.0, 0.0, 0.0, 0.0],
    )
    spec.camera(CAMERAS["wrist"]).fovy = _WRIST_FOVY_DEG
    world.add_camera(
        name=CAMERAS["front"],
        pos=_FRONT_XYZ_M,
        quat=_looking_at(_FRONT_XYZ_M, _FRONT_LOOKS_AT_M),
        fovy=_FRONT_FOVY_DEG,
    )


def _looking_at(xyz_m: NDArray[np.float64], there_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the quaternion of a camera that looks at a point, its upper edge up."""
    back = xyz_m - there_m
    back /= np.linalg.norm(back)
    right = np.cross([0.0, 0.0, 1.0], back)
    right /= np.linalg.norm(right)
    turned = np.stack([right, np.cross(back, right), back], axis=1)
    quaternion = np.zeros(4)
    mujoco.mju_mat2Quat(quaternion, turned.ravel())
    return quaternion
