"""How far an arm has come: the smallest box and the joint ranges that hold all of its poses."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from dora_hil.bounds.pose_log import Pose
from dora_hil.errors import UserError

_DECIMALS = 4


class ExtentsError(UserError):
    """Bounds that enclose nothing; the text says along which axis."""


@dataclass
class Range:
    """The least and the greatest of some numbers."""

    low: float = math.inf
    high: float = -math.inf

    def add(self, value: float) -> None:
        """Take one more number into account, unless it is none."""
        if math.isfinite(value):
            self.low, self.high = min(self.low, value), max(self.high, value)


class Extents:
    """Extremes of the poses seen so far.

    Attributes:
        tcp_xyz_m: of the tool centre point, by axis, base frame.
        joint_pos: by joint, in the body's own units.
    """

    def __init__(self) -> None:
        """Start with no pose."""
        self.tcp_xyz_m: dict[str, Range] = {}
        self.joint_pos: dict[str, Range] = {}
        self._units: dict[str, str] = {}

    def add(self, pose: Pose) -> None:
        """Take one more pose into account."""
        for axis, value in zip("xyz", pose.tcp_xyz_m or (), strict=False):
            self.tcp_xyz_m.setdefault(axis, Range()).add(value)
        for joint, value in pose.joint_pos.items():
            self.joint_pos.setdefault(joint, Range()).add(value)
        self._units |= pose.joint_units

    def end_effector_bounds(self, margin_m: float = 0.0) -> dict[str, list[float]]:
        """Return `min` and `max` [m], base frame, as an environment JSON has them.

        Args:
            margin_m: added on every side; a negative one is taken away.

        Raises:
            ExtentsError: the arm has not been moved along an axis.
        """
        low, high = [], []
        for axis, extent in self.tcp_xyz_m.items():
            low.append(round(extent.low - margin_m, _DECIMALS))
            high.append(round(extent.high + margin_m, _DECIMALS))
            if not low[-1] < high[-1]:
                raise ExtentsError(
                    f"{axis}: from {low[-1]:g} m to {high[-1]:g} m there is nothing; move the arm "
                    "along every axis, or use another --margin-m"
                )
        return {"min": low, "max": high}

    def joint_limits(self) -> dict[str, list[float]]:
        """Return least and greatest position by joint, in the body's own units."""
        return {
            joint: [round(extent.low, _DECIMALS), round(extent.high, _DECIMALS)]
            for joint, extent in self.joint_pos.items()
        }

    def lines(self) -> Iterator[str]:
        """Yield a table for people."""
        rows = {axis: (r, "m, base frame") for axis, r in self.tcp_xyz_m.items()}
        rows |= {joint: (r, self._units[joint]) for joint, r in self.joint_pos.items()}
        width = max(map(len, rows), default=0)
        for name, (extent, unit) in rows.items():
            yield f"{name:<{width}}  {extent.low:9.4f}  {extent.high:9.4f}  {unit}".rstrip()

    def summary(self) -> str:
        """Return all of it on one line."""
        everything = {**self.tcp_xyz_m, **self.joint_pos}
        return "  ".join(f"{name} {r.low:.2f}..{r.high:.2f}" for name, r in everything.items())
