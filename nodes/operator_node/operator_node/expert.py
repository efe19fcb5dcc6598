"""What an expert is, and the one skill that both tasks share: getting hold of a block.

An expert remembers nothing. It decides from the present scene alone, so it may take over in
the middle of anybody's attempt, and a dropped block is simply a block to be reached again.
"""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from dora_hil.stream.actions import (
    GRIPPER_CLOSE,
    GRIPPER_OPEN,
    GRIPPER_STAY,
    Float32Array,
    Float64Array,
)
from operator_node.scene import IS_SHUT_BELOW, Scene

HOVER_M: Final = 0.06
"""Above a block's centre: open fingers pass over a block that lies there."""
CLEAR_M: Final = 0.045
"""Above a block's centre: lower than this, moving sideways would push it."""
STRADDLE_M: Final = 0.02
"""Sideways: low fingers this close have the block between them."""
ALIGNED_M: Final = 0.015
"""Sideways: close enough to go down."""
GRASP_M: Final = 0.012
"""Close enough, sideways and in height, to close the fingers."""
HELD_M: Final = 0.022
"""A block no further from the tool centre point is between closed fingers."""
HELD_IN_AIR_M: Final = 0.035
"""The same for a block off the table: only the fingers can keep it there."""
OFF_TABLE_M: Final = 0.01
CROWDED_M: Final = 0.1
"""Sideways: a block nearer than this may be touched on the way."""
IS_CLOSED_BELOW: Final = 0.5
IS_OPEN_ABOVE: Final = 0.9


@dataclass(frozen=True, eq=False)
class Intent:
    """Where the expert wants the tool centre point, and what of the gripper.

    Attributes:
        target_xyz_m: float64[3], base frame.
        gripper: 0 close, 1 stay, 2 open.
        is_still: nothing moves meanwhile, not even a hand that is never quite steady.
    """

    target_xyz_m: Float64Array
    gripper: float = GRIPPER_STAY
    is_still: bool = False

    def action(
        self, scene: Scene, step_m: float, noise: Float64Array | float = 0.0
    ) -> Float32Array:
        """Return the `ee_delta` action, float32[4], that takes the target there.

        Args:
            scene: where the target is now.
            step_m: metres that a delta of 1 means.
            noise: added to the three deltas before they are clipped to [-1, 1].
        """
        unsteady = 0.0 if self.is_still else noise
        delta = (self.target_xyz_m - scene.target_xyz_m) / step_m + unsteady
        return np.array([*np.clip(delta, -1.0, 1.0), self.gripper], dtype=np.float32)

    def absolute(
        self, scene: Scene, step_m: float, noise: Float64Array | float = 0.0
    ) -> Float32Array:
        """Return the same as an `ee_absolute` action, float32[4]: x, y, z, opening."""
        *delta, gripper = self.action(scene, step_m, noise)
        opening = {GRIPPER_CLOSE: 0.0, GRIPPER_OPEN: 1.0}.get(gripper, float(not is_closed(scene)))
        xyz_m = scene.target_xyz_m + step_m * np.array(delta)
        return np.array([*xyz_m, opening], dtype=np.float32)


@dataclass(frozen=True)
class Progress:
    """How far a task has come.

    Attributes:
        potential: grows towards the solution; 1 is solved.
        is_holding: a block is in the gripper.
        is_solved: the task's own condition for success holds.
    """

    potential: float
    is_holding: bool
    is_solved: bool


class Expert(Protocol):
    """Solves one task."""

    def decide(self, scene: Scene) -> Intent:
        """Return what to do in this scene."""

    def progress(self, scene: Scene) -> Progress:
        """Return how far the task has come in this scene."""


def sideways_m(a: Float64Array, b: Float64Array) -> float:
    """Return the horizontal distance of two points."""
    return float(np.hypot(a[0] - b[0], a[1] - b[1]))


def is_closed(scene: Scene) -> bool:
    """Say whether the fingers are closed or closing."""
    return scene.gripper_opening < IS_CLOSED_BELOW


def held_block(scene: Scene) -> int | None:
    """Return the number of the block between closed fingers, None for none."""
    if not is_closed(scene):
        return None
    away_m = np.linalg.norm(scene.blocks_xyz_m - scene.tcp_xyz_m, axis=1)
    nearest = int(np.argmin(away_m))
    in_air = scene.blocks_xyz_m[nearest, 2] > scene.lying_z_m + OFF_TABLE_M
    is_near = away_m[nearest] < (HELD_IN_AIR_M if in_air else HELD_M)
    return nearest if (is_near if scene.is_held is None else scene.is_held) else None


def keep_hold(scene: Scene) -> float:
    """Return the gripper value for a held block: stay, or close what was closed by half."""
    return GRIPPER_STAY if scene.gripper_opening < IS_SHUT_BELOW else GRIPPER_CLOSE


def reach_and_grasp(scene: Scene, number: int) -> Intent:
    """Take hold of a block that is not held: over it, down, close."""
    tcp, block = scene.tcp_xyz_m, scene.blocks_xyz_m[number]
    gripper = GRIPPER_OPEN if scene.gripper_opening < IS_OPEN_ABOVE else GRIPPER_STAY
    away_m, above_m = sideways_m(tcp, block), float(tcp[2] - block[2])
    over = np.array([block[0], block[1], block[2] + HOVER_M])

    if scene.is_closing and is_closed(scene) and away_m < STRADDLE_M:
        # Slow fingers: what lifts before they have closed lifts nothing.
        return Intent(scene.target_xyz_m, is_still=True)
    if above_m < CLEAR_M and (away_m > STRADDLE_M or gripper == GRIPPER_OPEN):
        return rise(scene, over, gripper)
    if away_m > (ALIGNED_M if above_m >= CLEAR_M else STRADDLE_M):
        return Intent(over, gripper)
    if away_m < GRASP_M and abs(above_m) < GRASP_M:
        return Intent(block, GRIPPER_CLOSE)
    return Intent(block, gripper)


def rise(scene: Scene, over_xyz_m: Float64Array, gripper: float) -> Intent:
    """Leave the table for a place above it; straight up where a block is near."""
    if all(sideways_m(scene.tcp_xyz_m, b) > CROWDED_M for b in scene.blocks_xyz_m):
        return Intent(over_xyz_m, gripper)
    x, y, _ = scene.tcp_xyz_m
    return Intent(np.array([x, y, over_xyz_m[2]]), gripper)
