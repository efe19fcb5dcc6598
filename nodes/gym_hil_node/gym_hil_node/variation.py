"""What differs from episode to episode besides the block: other boxes, light, camera places."""

import math
from dataclasses import dataclass
from typing import Final

import mujoco
import numpy as np

from dora_hil.stream.actions import Float64Array

COLOURS: Final = ((0.3, 0.6, 0.3, 1.0), (0.7, 0.5, 0.2, 1.0), (0.2, 0.4, 0.7, 1.0))
"""Of distractors, rgba; the block is purple."""

_HALF_SIZE_M = 0.02
_APART_M = 0.07
"""Between centres: an open hand fits around the block."""
_LOW_XY_M, _HIGH_XY_M = (0.28, -0.2), (0.52, 0.2)


@dataclass(frozen=True)
class VariationSection:
    """`sim.variation`: drawn with each episode's seed, after the block's own place.

    Attributes:
        distractors: boxes of other colours around the block, as heavy as it; at most three.
        light: least and greatest brightness, as a factor of gym-hil's.
        camera_m: how far from its place a camera beside the arm is at most, along each axis; one
            on the hand is screwed to it.

    Raises:
        ValueError: a number cannot be meant.
    """

    distractors: int = 0
    light: tuple[float, float] = (1.0, 1.0)
    camera_m: float = 0.0

    def __post_init__(self) -> None:
        """Check the numbers."""
        if not 0 <= self.distractors <= len(COLOURS):
            raise ValueError(f"distractors: accepted: 0 to {len(COLOURS)}, got {self.distractors}")
        least, greatest = self.light
        if not (0 < least <= greatest and math.isfinite(greatest)):
            raise ValueError(
                "light: accepted: two factors above 0, the smaller first, got "
                f"{least:g}, {greatest:g}"
            )
        if not 0 <= self.camera_m <= 0.1:
            raise ValueError(f"camera_m: accepted: 0 to 0.1 m, got {self.camera_m:g}")


def add_distractors(spec: mujoco.MjSpec, count: int) -> None:
    """Put boxes that can be pushed into a scene, behind everything that is there."""
    for number in range(count):
        body = spec.worldbody.add_body(name=_name(number), pos=[0.4, 0.3, _HALF_SIZE_M])
        body.add_freejoint(name=_name(number))
        body.add_geom(
            name=_name(number),
            type=mujoco.mjtGeom.mjGEOM_BOX,
            size=[_HALF_SIZE_M] * 3,
            mass=0.1,
            rgba=COLOURS[number],
        )


class Variation:
    """Changes a model and its data for an episode."""

    def __init__(
        self, model: mujoco.MjModel, data: mujoco.MjData, section: VariationSection
    ) -> None:
        """Remember what gym-hil has; the section's distractors are in the model already."""
        self._model, self._data, self._section = model, data, section
        self._boxes = [data.joint(_name(number)).qpos for number in range(section.distractors)]
        headlight = model.vis.headlight
        self._lights = [model.light_diffuse, headlight.diffuse, headlight.ambient]
        self._stock_lights = [np.array(light) for light in self._lights]
        self._standing = np.flatnonzero(model.cam_bodyid == 0)
        self._stock_cameras_m = model.cam_pos[self._standing]

    def draw(self, rng: np.random.Generator, block_xy_m: Float64Array) -> None:
        """Set up an episode whose block lies there (float64[2], base frame).

        Nothing is drawn of what does not vary.
        """
        section = self._section
        if section == VariationSection():
            # Not even computed anew: an episode's last bits depend on it.
            return
        taken = [block_xy_m]
        for box in self._boxes:
            taken.append(_free_place(rng, taken))
            box[:3] = (*taken[-1], _HALF_SIZE_M)
        if section.light[0] < section.light[1]:
            factor = rng.uniform(*section.light)
        else:
            factor = section.light[0]
        for light, stock in zip(self._lights, self._stock_lights, strict=True):
            light[:] = factor * stock
        if section.camera_m:
            aside_m = rng.uniform(-section.camera_m, section.camera_m, self._stock_cameras_m.shape)
            self._model.cam_pos[self._standing] = self._stock_cameras_m + aside_m
        mujoco.mj_forward(self._model, self._data)


def _free_place(rng: np.random.Generator, taken: list[Float64Array]) -> Float64Array:
    """Return the first place drawn that is far enough from the others; there is always one."""
    while True:
        place: Float64Array = rng.uniform(_LOW_XY_M, _HIGH_XY_M)
        if all(np.linalg.norm(place - other) >= _APART_M for other in taken):
            return place


def _name(number: int) -> str:
    return f"distractor{number}"
