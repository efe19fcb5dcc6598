"""A hand that carries a leader by its tool."""

import mujoco
import numpy as np
import pytest

from virtual_so101_node.arm import SimulatedArm
from virtual_so101_node.physics import Vector
from virtual_so101_node.scene import BETWEEN_JAWS, JOINTS


@pytest.fixture(scope="module")
def leader() -> SimulatedArm:
    """Return an arm that somebody carries."""
    return SimulatedArm(is_weightless=True)


def carried(leader: SimulatedArm, *xyz_m: float) -> tuple[Vector, Vector]:
    """Carry it somewhere; returns where its tool is then, and which way that points."""
    leader.lead(np.array(xyz_m), 1.0)
    for _ in range(20):
        leader.advance(0.05)
    data = mujoco.MjData(leader.physics.model)
    leader.physics.show(data)
    site = data.site(BETWEEN_JAWS)
    return site.xpos, site.xmat[2::3]


@pytest.mark.parametrize(
    "xyz_m", [(0.2, 0, 0.08), (0.2, 0, 0.01), (0.15, -0.1, 0.02), (0.2, 0.12, 0.02)]
)
def test_the_tool_is_brought_there_and_points_down(
    leader: SimulatedArm, xyz_m: tuple[float, ...]
) -> None:
    """Wherever blocks lie; it does not roll."""
    place_m, out = carried(leader, *xyz_m)
    np.testing.assert_allclose(place_m, xyz_m, atol=1e-3)
    assert out[2] < -0.99
    assert abs(leader.physics.joint_pos_rad[JOINTS.index("wrist_roll")]) < 0.1


def test_out_of_reach_it_is_brought_as_near_as_it_goes(leader: SimulatedArm) -> None:
    """A person's hand stops where the arm does."""
    carried(leader, 0.2, 0.0, 0.08)
    place_m, _ = carried(leader, 0.12, 0.0, 0.1)
    assert 0.01 < np.linalg.norm(place_m - [0.12, 0.0, 0.1]) < 0.06
