"""What a camera beside the virtual arm sees."""

import numpy as np
import pytest

from robot_node.kinematics import Kinematics
from robot_node.virtual_so101.picture import SIZE_PX, _chain, draw
from robot_node.virtual_so101.process import FRAME, URDF

STRAIGHT = (0.0, 0.0, 0.0, 0.0, 0.0)


def test_a_picture_is_small_and_rgb() -> None:
    """As the shipped configs announce it."""
    picture = draw(STRAIGHT, 0.5)
    assert picture.shape == (SIZE_PX, SIZE_PX, 3)
    assert picture.dtype == np.uint8


def test_the_same_posture_gives_the_same_picture() -> None:
    """To the last pixel."""
    np.testing.assert_array_equal(draw(STRAIGHT, 0.5), draw(STRAIGHT, 0.5))


@pytest.mark.parametrize("joint", range(5))
def test_every_joint_shows(joint: int) -> None:
    """A policy that sees has something to see; 20 degrees are enough."""
    posture = [10.0, -20.0, 30.0, 20.0, 10.0]
    turned = posture.copy()
    turned[joint] += 20.0
    assert (draw(posture, 1.0) != draw(turned, 1.0)).any()


def test_the_gripper_shows() -> None:
    """Open and closed."""
    assert (draw(STRAIGHT, 0.0) != draw(STRAIGHT, 1.0)).any()


@pytest.mark.parametrize(
    "posture", [STRAIGHT, (40.0, -25.0, 25.0, 60.0, 30.0), (-60.0, 50.0, -40.0, 10.0, -90.0)]
)
def test_the_drawn_arm_is_that_of_the_urdf(posture: tuple[float, ...]) -> None:
    """Where the wrist is drawn, the kinematics has it too."""
    joints = ["shoulder_pan", "shoulder_lift", "elbow_flex", "wrist_flex", "wrist_roll"]
    points, tool = _chain(posture)
    tcp_m = points[-1] + tool @ np.array([0.098, 0.0, 0.0])
    expected_m = Kinematics(URDF, FRAME, joints).forward(np.array(posture))
    np.testing.assert_allclose(tcp_m, expected_m, atol=1e-6)
