"""Failing on purpose, in the ways in which people do: what a reward classifier must not praise."""

from enum import Enum
from typing import Final

import numpy as np

from dora_hil.stream.actions import GRIPPER_CLOSE, GRIPPER_OPEN
from dora_hil.stream.timestep import TimeStep
from operator_node.expert import (
    ALIGNED_M,
    HOVER_M,
    Expert,
    Intent,
    held_block,
    is_closed,
    keep_hold,
)
from operator_node.random_streams import Draw, random_for
from operator_node.scene import Scene

WANDER_STEPS: Final = 8
"""An empty hand heads for another place this often."""


class Way(Enum):
    """How an episode fails.

    Attributes:
        EMPTY: the fingers close above the block, and the hand goes about with nothing in it.
        LOW: the block is lifted, but not far enough, and held there.
        DROPPED: the block is lifted and let go, again and again.
        ASTRAY: the hand goes anywhere, near the table and high up, and grips at nothing.
    """

    EMPTY = 0
    LOW = 1
    DROPPED = 2
    ASTRAY = 3


LIFT: Final = {Way.LOW: (0.5, 0.95), Way.DROPPED: (0.3, 0.7)}
"""How far a block is lifted, as a share of what would count; drawn once an episode.

A policy that learns from a classifier finds the lowest place that it praises: blocks held just
below the height have to be among what it was shown as failures.
"""


class Failing:
    """Decides instead of an expert in some episodes.

    Which ones, and how, follows from the seed and the episode's number alone.
    """

    def __init__(self, seed: int, probability: float) -> None:
        """Set the odds; `probability` is that of an episode to fail."""
        self._seed, self._probability = seed, probability

    def way(self, episode: int) -> Way | None:
        """Return how this episode is to fail, None for one that is not."""
        draw = random_for(Draw.FAILURE, self._seed, episode)
        if draw.random() >= self._probability:
            return None
        return Way(int(draw.integers(len(Way))))

    def decide(self, message: TimeStep, scene: Scene, expert: Expert) -> Intent:
        """Return what to do in this scene, the expert's own intent where nothing is to fail."""
        way = self.way(message.episode)
        if way is Way.EMPTY:
            return self._go_about(message, scene)
        if way is Way.ASTRAY:
            return self._go_astray(message, scene)
        held = held_block(scene)
        if way is None or held is None:
            return expert.decide(scene)
        # Drawn after the episode's way, from the same purpose: step 0 is the way's own.
        draw = random_for(Draw.FAILURE, self._seed, message.episode, 1)
        height_m = draw.uniform(*LIFT[way]) * scene.lift_m
        x, y, _ = scene.target_xyz_m
        target = np.array([x, y, scene.lying_z_m + height_m])
        if way is Way.DROPPED and scene.blocks_xyz_m[held, 2] > target[2] - ALIGNED_M:
            return Intent(target, GRIPPER_OPEN)
        return Intent(target, keep_hold(scene))

    def _go_about(self, message: TimeStep, scene: Scene) -> Intent:
        over = scene.blocks_xyz_m[0] + [0.0, 0.0, HOVER_M]
        if not is_closed(scene):
            is_there = float(np.linalg.norm(over - scene.tcp_xyz_m)) < ALIGNED_M
            return Intent(over, GRIPPER_CLOSE) if is_there else Intent(over)
        return Intent(over + self._leg(message).uniform([-0.1, -0.1, 0.0], [0.1, 0.1, 0.2]))

    def _go_astray(self, message: TimeStep, scene: Scene) -> Intent:
        """Head for places at which no demonstration ever is, and where a policy explores.

        What a classifier has not seen it cannot refuse: a policy that is rewarded by it finds the
        pictures that it takes for success among those that nobody showed it.
        """
        draw = self._leg(message)
        aside_m = draw.uniform([-0.25, -0.35, 0.0], [0.25, 0.35, 0.45])
        grip = GRIPPER_OPEN if draw.random() < 0.5 else GRIPPER_CLOSE
        return Intent(scene.blocks_xyz_m[0] + aside_m, grip)

    def _leg(self, message: TimeStep) -> np.random.Generator:
        """Return the draw of what an episode's hand does for a while."""
        return random_for(
            Draw.FAILURE, self._seed, message.episode, 2 + message.step // WANDER_STEPS
        )
