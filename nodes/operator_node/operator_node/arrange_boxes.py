"""ArrangeBoxes: every block is to be carried to the goal of its own colour."""

from typing import Final

import numpy as np

from dora_hil.stream.actions import GRIPPER_OPEN, Float64Array
from operator_node.expert import (
    Intent,
    Progress,
    held_block,
    keep_hold,
    reach_and_grasp,
    sideways_m,
)
from operator_node.scene import Scene

SOLVED_M: Final = 0.03
"""The task's success: every block's centre is nearer than this to its goal, in 3-D."""
PLACED_M: Final = 0.027
"""A block nearer than this is left alone: short of the limit, so that a touch is forgiven."""
RELEASE_M: Final = 0.01
"""Sideways: near enough to the goal to let go."""
RELEASE_Z_M: Final = 0.026
LOWER_WITHIN_M: Final = 0.02
"""Sideways: near enough to the goal to go down."""
CARRY_Z_M: Final = 0.1
"""Height of a carried block's centre: over the others, which are 0.04 m high."""
CARRY_SLACK_M: Final = 0.03
"""How much lower it may be carried: the bottom still clears the others' tops."""
REACH_M: Final = 0.5


class ArrangeBoxes:
    """Carry the nearest misplaced block home, until none is left."""

    def decide(self, scene: Scene) -> Intent:
        """Return what to do in this scene."""
        goals = _goals(scene)
        held = held_block(scene)
        if held is not None:
            return _carry(scene, held, goals[held])
        misplaced = np.flatnonzero(_off_goal_m(scene) > PLACED_M)
        if not misplaced.size:
            return Intent(np.array([*scene.tcp_xyz_m[:2], CARRY_Z_M]))
        away_m = [sideways_m(scene.tcp_xyz_m, scene.blocks_xyz_m[i]) for i in misplaced]
        return reach_and_grasp(scene, int(misplaced[int(np.argmin(away_m))]))

    def progress(self, scene: Scene) -> Progress:
        """Count an equal share for each block; a held one on its way counts in part."""
        off_m = _off_goal_m(scene)
        held = held_block(scene)
        placed = int((off_m < SOLVED_M).sum())
        underway = 0.0
        if held is not None and off_m[held] >= SOLVED_M:
            underway = 0.5 + 0.4 * max(0.0, 1.0 - float(off_m[held]) / REACH_M)
        elif placed < len(off_m):
            near_m = np.linalg.norm(scene.blocks_xyz_m - scene.tcp_xyz_m, axis=1)
            nearest_m = float(near_m[off_m >= SOLVED_M].min())
            underway = 0.4 * max(0.0, 1.0 - nearest_m / REACH_M)
        return Progress(
            potential=(placed + underway) / len(off_m),
            is_holding=held is not None,
            is_solved=placed == len(off_m),
        )


def _carry(scene: Scene, held: int, goal_xyz_m: Float64Array) -> Intent:
    """Bring a held block over its goal, lower it, let go."""
    block = scene.blocks_xyz_m[held]
    in_hand_m = block - scene.tcp_xyz_m
    away_m = sideways_m(block, goal_xyz_m)
    if away_m < RELEASE_M and block[2] < RELEASE_Z_M:
        return Intent(scene.target_xyz_m, GRIPPER_OPEN)
    over = goal_xyz_m - in_hand_m
    if away_m < LOWER_WITHIN_M:
        over[2] = scene.lying_z_m - in_hand_m[2]
    elif block[2] < CARRY_Z_M - CARRY_SLACK_M:
        over = np.array([*scene.target_xyz_m[:2], CARRY_Z_M])
    else:
        over[2] = CARRY_Z_M
    return Intent(over, keep_hold(scene))


def _off_goal_m(scene: Scene) -> Float64Array:
    """Return float64[n]: how far each block is from its goal."""
    off_m: Float64Array = np.linalg.norm(scene.blocks_xyz_m - _goals(scene), axis=1)
    return off_m


def _goals(scene: Scene) -> Float64Array:
    if scene.goals_xyz_m is None:
        raise ValueError("a scene without goals has no boxes to arrange")
    return scene.goals_xyz_m
