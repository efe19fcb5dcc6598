"""Coarser meshes."""

from pathlib import Path

import numpy as np

from virtual_so101_node.meshes import read_stl, simplified
from virtual_so101_node.scene import assets

MESH = assets() / "SO101_menagerie" / "assets" / "upper_arm_so101_v1.stl"


def test_a_coarse_mesh_is_a_tenth_of_the_original_and_nowhere_far_from_it() -> None:
    """Its box is the original's within a cell, its faces have three corners each."""
    vertices, faces = read_stl(MESH)
    coarse, fewer = simplified(vertices, faces, 0.003)
    assert len(fewer) < len(faces) / 10
    assert np.abs(coarse.min(axis=0) - vertices.min(axis=0)).max() < 0.003
    assert np.abs(coarse.max(axis=0) - vertices.max(axis=0)).max() < 0.003
    assert all(len(set(face)) == 3 for face in fewer.tolist())


def test_what_has_no_more_corners_than_cells_stays(tmp_path: Path) -> None:
    """A tetrahedron, as it came out of a file."""
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=np.float32)
    triangles = [(0, 1, 2), (0, 1, 3), (0, 2, 3), (1, 2, 3)]
    record = np.zeros(4, dtype=[("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("kind", "<u2")])
    record["corners"] = corners[np.array(triangles)]
    path = tmp_path / "tetrahedron.stl"
    path.write_bytes(bytes(84) + record.tobytes())
    vertices, faces = read_stl(path)
    assert (len(vertices), len(faces)) == (12, 4)
    coarse, fewer = simplified(vertices, faces, 0.1)
    assert sorted(map(tuple, coarse.tolist())) == sorted(map(tuple, corners.tolist()))
    assert len(fewer) == 4
