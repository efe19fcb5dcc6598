"""Random numbers that depend on what they are for and on nothing else.

Every draw has a generator of its own, seeded by its purpose, the run's seed, the episode and
the step: it comes out the same whatever was drawn in between.
"""

from enum import IntEnum

import numpy as np


class Draw(IntEnum):
    """What a number is drawn for."""

    NOISE = 0
    ENGAGEMENT = 1
    SUCCESS_DELAY = 2
    FAILURE = 3


def random_for(draw: Draw, seed: int, episode: int, step: int = 0) -> np.random.Generator:
    """Return the generator for one purpose in one step of one episode; all at least 0."""
    return np.random.default_rng((int(draw), seed, episode, step))
