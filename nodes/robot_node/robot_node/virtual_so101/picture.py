"""What a camera beside the virtual arm sees: its links as bars, seen from the front and above."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

SIZE_PX: Final = 128

_PAN_M: Final = (0.039, 0.0, 0.062)
_LINKS_M: Final = ((0.030, 0.0, 0.055), (0.028, 0.0, 0.1126), (0.135, 0.0, 0.0), (0.061, 0.0, 0.0))
"""From joint to joint, as in assets/so101_simplified.urdf."""
_FINGERS_M: Final = 0.098
_COLORS: Final = ("#444444", "#e0a030", "#e0a030", "#d06020", "#3060a0")
_SCALE_PX_M: Final = 270.0
_ORIGIN_PX: Final = np.array([52.0, 84.0])

Point = NDArray[np.float64]


def draw(joint_pos_deg: Sequence[float], gripper_opening: float) -> NDArray[np.uint8]:
    """Draw the arm.

    Args:
        joint_pos_deg: shoulder_pan to wrist_roll.
        gripper_opening: 0 closed, 1 open.

    Returns:
        uint8[128, 128, 3], rgb.
    """
    picture = Image.new("RGB", (SIZE_PX, SIZE_PX), "#c8d4dc")
    canvas = ImageDraw.Draw(picture)
    for metre in np.arange(-0.3, 0.61, 0.1):
        along = np.array([[metre, -0.4, 0.0], [metre, 0.4, 0.0]])
        across = np.array([[-0.3, metre - 0.1, 0.0], [0.6, metre - 0.1, 0.0]])
        for near, far in (along, across):
            _line(canvas, near, far, "#a8b4bc", 1)
    points, tool = _chain(joint_pos_deg)
    for (near, far), color in zip(pairwise(points), _COLORS, strict=True):
        _line(canvas, near, far, color, 7)
    for side in (-1.0, 1.0):
        spread = tool @ np.array([0.0, side * (0.006 + 0.03 * gripper_opening), 0.0])
        tip = points[-1] + tool @ np.array([_FINGERS_M, 0.0, 0.0]) + spread
        _line(canvas, points[-1] + spread / 2, tip, "#202020", 3)
    return np.asarray(picture)


def _chain(joint_pos_deg: Sequence[float]) -> tuple[list[Point], NDArray[np.float64]]:
    """Return where the joints are, and how the tool points."""
    pan, lift, elbow, wrist, roll = np.deg2rad(joint_pos_deg)
    turned = _about_z(pan)
    points = [np.zeros(3), np.array(_PAN_M)]
    for link, angle in zip(_LINKS_M, (0.0, lift, elbow, wrist), strict=True):
        turned = turned @ _about_y(angle)
        points.append(points[-1] + turned @ np.array(link))
    return points, turned @ _about_x(roll)


def _line(canvas: ImageDraw.ImageDraw, near: Point, far: Point, color: str, width: int) -> None:
    canvas.line([*_seen(near), *_seen(far)], fill=color, width=width)


def _seen(point: Point) -> list[float]:
    """Project a point: right is the arm's left, depth goes up and to the right."""
    x, y, z = point
    across = np.array([0.75 * y + 0.25 * x, 0.45 * x - z - 0.1 * y])
    pixels: list[float] = (_ORIGIN_PX + _SCALE_PX_M * across * np.array([1.0, 0.9])).tolist()
    return pixels


def _about_x(angle: float) -> NDArray[np.float64]:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])


def _about_y(angle: float) -> NDArray[np.float64]:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


def _about_z(angle: float) -> NDArray[np.float64]:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
