"""Numbers as coordinates of small SVG drawings; x counts frames, y runs from 0 (top) to 100."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

HEIGHT: Final = 100.0
MAX_POINTS: Final = 400
"""Of a line: more cannot be seen in a drawing a few hundred pixels wide."""


def polylines(values: NDArray[Any], low: float, high: float) -> list[str]:
    """Return `points` attributes of a line over the frames, interrupted where it is not finite.

    Args:
        values: [n].
        low: what is drawn at the bottom.
        high: what is drawn at the top.
    """
    frames = np.arange(len(values))
    stride = -(-len(values) // MAX_POINTS)
    kept = (frames % stride == 0) | (frames == frames[-1])
    span = high - low
    y = HEIGHT * (high - values.astype(np.float64)) / span if span else np.full(len(values), 50.0)
    finite = np.isfinite(values)
    lines = []
    for first, count in runs(finite):
        drawn = [i for i in range(first, first + count) if kept[i]]
        if drawn:
            lines.append(" ".join(f"{i},{y[i]:.1f}" for i in drawn))
    return lines


def runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the runs of true values as (first, count)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(a), int(b - a)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def histogram(values: NDArray[Any], bins: int) -> list[float]:
    """Return the heights of a histogram over the values' range, the highest 100."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return [0.0] * bins
    counts, _ = np.histogram(finite, bins=bins)
    return [round(HEIGHT * count / counts.max(), 1) for count in counts.tolist()]
