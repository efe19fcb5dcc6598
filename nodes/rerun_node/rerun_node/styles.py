"""How each series is drawn."""

from typing import Final

import rerun as rr

from dora_hil.stream.spec import StreamSpec
from rerun_node import colors
from rerun_node.entities import MARKS, REWARD
from rerun_node.layout import Layout

LINE_WIDTH_PX: Final = 1.5
_MARKS: Final = (
    (colors.GREEN, rr.components.MarkerShape.Circle, 8.0),
    (colors.GREY, rr.components.MarkerShape.Cross, 4.0),
    (colors.ORANGE, rr.components.MarkerShape.Cross, 4.0),
)


def styles(spec: StreamSpec, layout: Layout) -> dict[str, rr.SeriesLines | rr.SeriesPoints]:
    """Return names and colours by entity path, of the columns that are shown."""
    lines = {name: _lines(spec, name) for name in (*layout.vectors, *layout.actions)}
    marks = {
        path: rr.SeriesPoints(
            names=[path], colors=colors.array([color]), markers=[shape], marker_sizes=[size]
        )
        for path, (color, shape, size) in zip(MARKS, _MARKS, strict=True)
    }
    return {**lines, REWARD: line(REWARD, colors.YELLOW), **marks}


def line(name: str, color: int, width_px: float = LINE_WIDTH_PX) -> rr.SeriesLines:
    """Return how a curve of one number is drawn."""
    return rr.SeriesLines(names=[name], colors=colors.array([color]), widths=[width_px])


def _lines(spec: StreamSpec, column: str) -> rr.SeriesLines:
    (size,) = spec.columns[column].shape
    names = spec.columns[column].names or tuple(f"{column}[{i}]" for i in range(size))
    return rr.SeriesLines(names=names, colors=colors.series(size), widths=[LINE_WIDTH_PX] * size)
