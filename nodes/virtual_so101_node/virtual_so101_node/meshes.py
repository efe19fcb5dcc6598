"""A mesh with as few faces as a small picture shows: corners merged by the cells of a grid."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

type Vertices = NDArray[np.float64]
type Faces = NDArray[np.int32]

_STL_HEADER_BYTES: Final = 84
_STL_FACE: Final = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("kind", "<u2")])


def read_stl(path: Path) -> tuple[Vertices, Faces]:
    """Read a binary STL; its faces share no corners.

    Returns:
        float64[3 n, 3] in the file's own unit, int32[n, 3].
    """
    faces = np.fromfile(path, dtype=_STL_FACE, offset=_STL_HEADER_BYTES)
    vertices = faces["corners"].reshape(-1, 3).astype(np.float64)
    return vertices, np.arange(len(vertices), dtype=np.int32).reshape(-1, 3)


def simplified(vertices: Vertices, faces: Faces, cell_m: float) -> tuple[Vertices, Faces]:
    """Merge all corners that lie in one cell of a grid; faces that collapse are left out.

    Args:
        vertices: float64[n, 3], metres.
        faces: int32[m, 3].
        cell_m: length of a cell's edge; no corner moves further than its diagonal.
    """
    cells = np.floor(vertices / cell_m).astype(np.int64)
    cells -= cells.min(axis=0)
    span: list[int] = (cells.max(axis=0) + 1).tolist()
    numbers = np.ravel_multi_index(tuple(cells.T), span)
    _, merged, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    means = [np.bincount(merged, vertices[:, axis]) / counts for axis in range(3)]
    corners = merged[faces]
    ordered = np.sort(corners, axis=1)
    is_whole = (np.diff(ordered, axis=1) > 0).all(axis=1)
    _, first = np.unique(ordered[is_whole], axis=0, return_index=True)
    kept: Faces = corners[is_whole][np.sort(first)].astype(np.int32)
    return np.stack(means, axis=1), kept
