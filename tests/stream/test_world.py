"""What only a simulated world knows."""

import numpy as np
import pytest

from dora_hil.stream.codec import MessageError
from dora_hil.stream.world import World

WORLD = World(np.array([0.2, -0.05, 0.014]), 0.014, 0.05, True, False, True)


def assert_same(world: World) -> None:
    """Check that nothing was lost, but what float32 has no place for."""
    np.testing.assert_allclose(world.block_xyz_m, WORLD.block_xyz_m, rtol=1e-6)
    assert (world.lying_z_m, world.lift_m) == (0.014, 0.05)
    assert (world.is_held, world.is_closing, world.is_solved) == (True, False, True)


def test_a_world_survives_the_journey() -> None:
    """As a message, and as a line of text."""
    assert_same(World.from_arrow(*WORLD.to_arrow()))
    assert_same(World.from_json(WORLD.to_json()))


def test_a_key_that_is_missing_is_named() -> None:
    """By the message and the key."""
    value, metadata = WORLD.to_arrow()
    del metadata["is_held"]
    with pytest.raises(MessageError, match=r"world: .*is_held"):
        World.from_arrow(value, metadata)
