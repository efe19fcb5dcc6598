"""Colours that mean the same in every part of the view, as 0xRRGGBBAA; seen on black and white."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

RED: Final = 0xF0555AFF
GREEN: Final = 0x3FB950FF
BLUE: Final = 0x4C9AFFFF
YELLOW: Final = 0xF2CC4DFF
ORANGE: Final = 0xFF9A3DFF
GREY: Final = 0x6E7681FF

SERIES: Final = (
    # x, y, z come first in most vectors: red, green, blue, as the axes of a frame are drawn.
    *(RED, GREEN, BLUE, YELLOW),
    *(0xD57BFFFF, 0x2FD8D8FF, ORANGE, 0xFF8FC7FF),
    *(0xA6D854FF, 0x9C8CFFFF, 0xC49A6CFF, 0xBFC7CFFF),
)


def array(colors: Sequence[int]) -> NDArray[np.uint32]:
    """Return colours as Rerun wants them: it takes four plain numbers for one rgba."""
    return np.array(colors, dtype=np.uint32)


def series(count: int) -> NDArray[np.uint32]:
    """Return one colour per series; they repeat after a dozen."""
    return array([SERIES[i % len(SERIES)] for i in range(count)])


def driver(name: str) -> int:
    """Return the colour of who drives: a person stands out, nobody does not."""
    if name == "hold":
        return GREY
    return ORANGE if name.startswith("intervention_") else BLUE
