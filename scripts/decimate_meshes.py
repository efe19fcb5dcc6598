"""Simplify gym-hil's visual meshes into the ones that `gym_hil_node` ships.

    uv run --with meshoptimizer==0.2.30a0 scripts/decimate_meshes.py

All meshes of one material on one body become one OBJ file: welded, with normals smoothed at the
stock resolution, simplified up to an error in metres, and without the faces that cannot be seen
from outside the robot in any of a few poses. The same input gives the same files. Takes minutes.
"""

import argparse
import sys
from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

from gym_hil_node.scene import load_scene, part_name

Triangles = NDArray[np.float64]
"""Corner positions in metres, or unit normals, in the body's frame: (faces, 3 corners, 3)."""

ASSETS = Path(__file__).parents[1] / "nodes/gym_hil_node/gym_hil_node/assets"

# The wrist camera is 0.1 m from the fingers, the front camera 1 m from the arm.
ARM_ERROR_M = 1e-3
GRIPPER_ERROR_M = 3e-4
# A 10 mm status light must not vanish in an error of 1 mm.
ERROR_PER_EXTENT = 0.02
CREASE_RAD = np.radians(35)
WELD_M = 2e-6

HOME_RAD = (0, -0.785, 0, -2.35, 0, 1.57, 0.785)
POSES = 6
RAYS = 64
RAY_START_M = 2e-4
# Where on a face rays start: barycentric, near the corners, the edges and in the middle.
RAY_STARTS = np.array(
    [(1, 1, 1), (6, 1, 1), (1, 6, 1), (1, 1, 6), (3, 3, 1), (1, 3, 3), (3, 1, 3)], float
)
RAY_STARTS /= RAY_STARTS.sum(axis=1, keepdims=True)


def main() -> None:
    """Write one OBJ file per part and say how many faces are left."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    parts = {}
    for name, (body, triangles) in stock_parts().items():
        on_gripper = not body.startswith("link")
        parts[name] = simplified(triangles, GRIPPER_ERROR_M if on_gripper else ARM_ERROR_M)
        print(f"{name}: {len(triangles)} faces, simplified {len(parts[name][0])}")
        write_obj(ASSETS / f"{name}.obj", *parts[name])
    # The fast scene now draws these very parts, and can tell which of their faces are hidden.
    for name, seen in seen_faces({name: part[0] for name, part in parts.items()}).items():
        positions, normals = parts[name]
        print(f"{name}: seen {seen.sum()}")
        write_obj(ASSETS / f"{name}.obj", positions[seen], normals[seen])


def stock_parts() -> dict[str, tuple[str, Triangles]]:
    """Return gym-hil's visual meshes by part: the body they are on and their triangles."""
    model = load_scene("pick_cube", "stock")
    meshes: dict[str, list[Triangles]] = {}
    bodies: dict[str, str] = {}
    for geom in visual_mesh_geoms(model):
        name, body = part_of(model, geom)
        if bodies.setdefault(name, body) != body:
            continue  # The other finger's copy.
        mesh = model.mesh(model.geom_dataid[geom])
        first_vertex, first_face = mesh.vertadr[0], mesh.faceadr[0]
        vertices = model.mesh_vert[first_vertex : first_vertex + mesh.vertnum[0]]
        faces = model.mesh_face[first_face : first_face + mesh.facenum[0]]
        body_from_mesh = np.empty(9)
        mujoco.mju_quat2Mat(body_from_mesh, model.geom_quat[geom])
        in_body = vertices @ body_from_mesh.reshape(3, 3).T + model.geom_pos[geom]
        meshes.setdefault(name, []).append(in_body[faces])
    return {name: (bodies[name], np.concatenate(found)) for name, found in meshes.items()}


def visual_mesh_geoms(model: mujoco.MjModel) -> list[int]:
    """Return the ids of the mesh geoms in the visual group."""
    return [g for g in range(model.ngeom) if model.geom_group[g] == 2 and model.geom_dataid[g] >= 0]


def part_of(model: mujoco.MjModel, geom: int) -> tuple[str, str]:
    """Return the part a geom belongs to, and its body."""
    body = model.body(model.geom_bodyid[geom]).name
    material_id = model.geom_matid[geom]
    return part_name(body, model.mat(material_id).name if material_id >= 0 else ""), body


def simplified(triangles: Triangles, error_m: float) -> tuple[Triangles, Triangles]:
    """Weld and simplify.

    Returns:
        Corner positions and corner normals; every vertex is one of the original's, and so is
        its normal.
    """
    try:
        from meshoptimizer import (  # type: ignore[import-not-found, unused-ignore]
            SIMPLIFY_ERROR_ABSOLUTE,
            SIMPLIFY_PRUNE,
            simplify,
        )
    except ModuleNotFoundError:
        sys.exit("decimate_meshes: the package meshoptimizer is missing; --help has the command")
    grid, corners = np.unique(
        np.round(triangles.reshape(-1, 3) / WELD_M).astype(np.int64), axis=0, return_inverse=True
    )
    vertices = (grid * WELD_M).astype(np.float32)
    faces = corners.reshape(-1, 3)
    degenerate = (faces == np.roll(faces, 1, axis=1)).any(axis=1)
    faces = faces[~degenerate]
    error_m = min(error_m, ERROR_PER_EXTENT * float(np.ptp(vertices, axis=0).max()))
    indices = np.zeros(faces.size, np.uint32)
    kept = simplify(
        indices,
        np.ascontiguousarray(faces.ravel(), np.uint32),
        vertices,
        target_index_count=0,
        target_error=error_m,
        options=SIMPLIFY_ERROR_ABSOLUTE | SIMPLIFY_PRUNE,
    )
    fewer = indices[:kept].reshape(-1, 3).astype(np.int64)
    positions = vertices.astype(np.float64)
    return positions[fewer], transferred_normals(positions, faces, fewer)


def transferred_normals(
    vertices: NDArray[np.float64], faces: NDArray[np.int64], fewer: NDArray[np.int64]
) -> Triangles:
    """Give each corner of the simplified faces the fitting normal of the original at its vertex."""
    smooth = smooth_normals(vertices, faces).reshape(-1, 3)
    order = np.argsort(faces.ravel(), kind="stable")
    start = np.searchsorted(faces.ravel()[order], np.arange(len(vertices) + 1))
    flat = face_normals(vertices[fewer])
    normals = np.repeat(flat[:, None], 3, axis=1)
    for face, corner in np.ndindex(fewer.shape):
        vertex = fewer[face, corner]
        candidates = smooth[order[start[vertex] : start[vertex + 1]]]
        cosines = candidates @ flat[face]
        if cosines.max() > 0.6:
            normals[face, corner] = candidates[cosines.argmax()]
    return normals


def smooth_normals(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> Triangles:
    """Average face normals around each vertex, weighted by angle, but not across creases."""
    triangles = vertices[faces]
    flat = face_normals(triangles)
    edges = np.roll(triangles, -1, axis=1) - triangles
    edges /= np.maximum(np.linalg.norm(edges, axis=2, keepdims=True), 1e-20)
    cosines = -(edges * np.roll(edges, 1, axis=1)).sum(axis=2)
    angles_rad = np.arccos(np.clip(cosines, -1, 1)).ravel()

    corners = faces.ravel()
    order = np.argsort(corners, kind="stable")
    start = np.searchsorted(corners[order], np.arange(len(vertices) + 1))
    normals = np.empty((len(corners), 3))
    for corner, vertex in enumerate(corners):
        around = order[start[vertex] : start[vertex + 1]]
        around = around[flat[around // 3] @ flat[corner // 3] > np.cos(CREASE_RAD)]
        normals[corner] = angles_rad[around] @ flat[around // 3]
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-20)
    return normals.reshape(-1, 3, 3)


def face_normals(triangles: Triangles) -> NDArray[np.float64]:
    """Return unit normals, (faces, 3); a degenerate face has zeros."""
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    unit: NDArray[np.float64] = normals / np.maximum(
        np.linalg.norm(normals, axis=1, keepdims=True), 1e-20
    )
    return unit


def seen_faces(parts: dict[str, Triangles]) -> dict[str, NDArray[np.bool_]]:
    """Tell which faces some ray from outside reaches in some pose of the robot."""
    model = load_scene("pick_cube", "fast")
    model.geom_group[model.geom("floor_visual").id] = 0
    data = mujoco.MjData(model)
    seen: dict[str, NDArray[np.bool_]] = {
        name: np.zeros(len(triangles), bool) for name, triangles in parts.items()
    }
    directions = sphere_directions(RAYS)
    rng = np.random.default_rng(0)
    for pose in range(POSES):
        mujoco.mj_resetData(model, data)
        joints_rad = HOME_RAD + (rng.uniform(-0.8, 0.8, 7) if pose else np.zeros(7))
        settle_gripper(model, data, joints_rad, closed=bool(pose % 2))
        for geom in visual_mesh_geoms(model):
            name, body = part_of(model, geom)
            world_from_body = data.body(body).xmat.reshape(3, 3)
            triangles = parts[name] @ world_from_body.T + data.body(body).xpos
            normals = face_normals(triangles)
            for face in np.flatnonzero(~seen[name]):
                outward = np.ascontiguousarray(directions[directions @ normals[face] > 0.05])
                starts_m = RAY_STARTS @ triangles[face] + RAY_START_M * normals[face]
                seen[name][face] = any(escapes(model, data, s, outward) for s in starts_m)
        print(f"pose {pose + 1} of {POSES}: {sum(s.sum() for s in seen.values())} faces seen")
    return seen


def settle_gripper(
    model: mujoco.MjModel, data: mujoco.MjData, joints_rad: NDArray[np.float64], closed: bool
) -> None:
    """Hold the arm in a pose and open or close the gripper."""
    gripper = model.actuator("fingers_actuator").id
    data.ctrl[gripper] = model.actuator_ctrlrange[gripper, 1 if closed else 0]
    for _ in range(400):
        data.qpos[:7], data.qvel[:7] = joints_rad, 0
        mujoco.mj_step(model, data)
    data.qpos[:7] = joints_rad
    mujoco.mj_forward(model, data)


def escapes(
    model: mujoco.MjModel,
    data: mujoco.MjData,
    start_m: NDArray[np.float64],
    directions: NDArray[np.float64],
) -> bool:
    """Tell whether some ray meets nothing of the robot."""
    count = len(directions)
    if not count:
        return False
    met, distances_m = np.empty(count, np.int32), np.empty(count)
    visual_only = np.array([0, 0, 1, 0, 0, 0], np.uint8)
    mujoco.mj_multiRay(
        model, data, start_m, directions.ravel(), visual_only, 1, -1, met, distances_m, None,
        count, 10.0,
    )  # fmt: skip
    return bool((met < 0).any())


def sphere_directions(count: int) -> NDArray[np.float64]:
    """Spread unit vectors evenly over the sphere (a Fibonacci spiral)."""
    index = np.arange(count)
    z = 1 - (2 * index + 1) / count
    azimuth_rad = index * np.pi * (3 - np.sqrt(5))
    radius = np.sqrt(1 - z**2)
    return np.stack([radius * np.cos(azimuth_rad), radius * np.sin(azimuth_rad), z], axis=1)


def write_obj(path: Path, positions: Triangles, normals: Triangles) -> None:
    """Write a mesh, positions to 0.01 mm and normals to 0.01."""
    vertices, corners = np.unique(
        np.round(positions.reshape(-1, 3), 5) + 0.0, axis=0, return_inverse=True
    )
    directions, shades = np.unique(
        np.round(normals.reshape(-1, 3), 2) + 0.0, axis=0, return_inverse=True
    )
    lines = [f"v {x:.5f} {y:.5f} {z:.5f}" for x, y, z in vertices]
    lines += [f"vn {x:.2f} {y:.2f} {z:.2f}" for x, y, z in directions]
    for face, shade in zip(corners.reshape(-1, 3) + 1, shades.reshape(-1, 3) + 1, strict=True):
        if len(set(face)) == 3:
            lines.append("f " + " ".join(f"{v}//{n}" for v, n in zip(face, shade, strict=True)))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
