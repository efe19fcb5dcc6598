"""The block on the table."""

import math

import numpy as np
import pytest

from virtual_so101_node.arm import REST_TICKS, ticks_to_rad
from virtual_so101_node.physics import ASIDE_RAD, FURTHEST_M, LIFTED_M, NEAREST_M, Physics
from virtual_so101_node.scene import BLOCK_HALF_M

REST_RAD = [ticks_to_rad(ticks) for ticks in REST_TICKS]
OVER_THE_BLOCK_DEG = (0.0, -32.0, 29.0, 93.0, 0.0, 60.0)


@pytest.fixture(scope="module")
def physics() -> Physics:
    """Return a table; every test places its own block."""
    return Physics(REST_RAD)


def test_a_seed_places_the_block_always_at_the_same_place(physics: Physics) -> None:
    """Lying, where the tool can reach it pointing down; other seeds elsewhere."""
    places = []
    for seed in (*range(50), 0):
        physics.place(seed)
        x, y, z = physics.world.block_xyz_m
        assert NEAREST_M <= math.hypot(x, y) <= FURTHEST_M
        assert abs(math.atan2(y, x)) <= ASIDE_RAD
        assert z == pytest.approx(BLOCK_HALF_M)
        places.append((x, y))
    assert places[0] == places[-1]
    assert len(set(places)) == 50


def test_a_block_that_lies_is_neither_held_nor_lifted(physics: Physics) -> None:
    """It rests."""
    physics.place(3)
    before = physics.world.block_xyz_m
    for _ in range(200):
        physics.step(np.array(REST_RAD), np.zeros(6))
    world = physics.world
    np.testing.assert_allclose(world.block_xyz_m, before, atol=1e-3)
    assert not world.is_held
    assert not world.is_solved
    assert (world.lying_z_m, world.lift_m) == (BLOCK_HALF_M, LIFTED_M)


def test_what_the_jaws_close_on_is_held_against_gravity_for_a_minute() -> None:
    """It does not slip by a millimetre."""
    physics = Physics([math.radians(angle) for angle in OVER_THE_BLOCK_DEG])
    goals = np.radians(OVER_THE_BLOCK_DEG)
    torque = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 0.5])
    physics.put_block(physics._data.site("gripperframe").xpos.copy())
    # The block hangs in the air until the jaws have it.
    physics.model.opt.gravity[:] = 0.0
    goals[5] = -0.1
    for _ in range(200):
        physics.step(goals, torque)
    physics.model.opt.gravity[:] = (0.0, 0.0, -9.81)
    for _ in range(200):
        physics.step(goals, torque)
    held_m = physics.world.block_xyz_m
    for _ in range(12_000):
        physics.step(goals, torque)
    assert physics.world.is_held
    assert physics.world.is_solved
    assert np.linalg.norm(physics.world.block_xyz_m - held_m) < 1e-3
