"""PickCube: one block anywhere on the table is to be lifted."""

from typing import Final

import numpy as np

from operator_node.expert import Intent, Progress, held_block, keep_hold, reach_and_grasp
from operator_node.scene import Scene

HOLD_ABOVE: Final = 1.8
"""Where a block is held, as a share of what it is to be lifted."""
REACH_M: Final = 0.3
"""Distance at which reaching counts as no progress at all."""


class PickCube:
    """Reach, close, lift, hold."""

    def decide(self, scene: Scene) -> Intent:
        """Return what to do in this scene."""
        if held_block(scene) is None:
            return reach_and_grasp(scene, 0)
        x, y, _ = scene.target_xyz_m
        return Intent(
            np.array([x, y, scene.lying_z_m + HOLD_ABOVE * scene.lift_m]), keep_hold(scene)
        )

    def progress(self, scene: Scene) -> Progress:
        """Count 0.5 for reaching, 0.2 for the grasp, 0.3 for the lift."""
        block = scene.blocks_xyz_m[0]
        away_m = float(np.linalg.norm(scene.tcp_xyz_m - block))
        lift = float(block[2] - scene.lying_z_m) / scene.lift_m
        holding = held_block(scene) is not None
        reached = 1.0 if holding else max(0.0, 1.0 - away_m / REACH_M)
        return Progress(
            potential=0.5 * reached + (0.2 + 0.3 * min(max(lift, 0.0), 1.0) if holding else 0.0),
            is_holding=holding,
            is_solved=lift > 1.0 and scene.is_held is not False,
        )
