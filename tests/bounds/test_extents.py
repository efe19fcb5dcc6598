"""How far an arm has come."""

import pytest

from dora_hil.bounds.extents import Extents, ExtentsError
from dora_hil.bounds.pose_log import Pose


def extents(*poses: Pose) -> Extents:
    """Return the extremes of poses."""
    extremes = Extents()
    for pose in poses:
        extremes.add(pose)
    return extremes


POSES = (
    Pose((0.3, -0.1, 0.2), {"joint1.pos": 0.5}, {"joint1.pos": "rad"}),
    Pose((0.5, 0.2, 0.1), {"joint1.pos": -0.25}, {"joint1.pos": "rad"}),
    Pose((0.4, 0.0, 0.4), {"joint1.pos": 0.0}, {"joint1.pos": "rad"}),
)


def test_the_bounds_hold_all_poses() -> None:
    """The least and the greatest along each axis."""
    assert extents(*POSES).end_effector_bounds() == {
        "min": [0.3, -0.1, 0.1],
        "max": [0.5, 0.2, 0.4],
    }


@pytest.mark.parametrize(("margin_m", "low", "high"), [(0.02, 0.28, 0.52), (-0.02, 0.32, 0.48)])
def test_a_margin_is_added_on_every_side(margin_m: float, low: float, high: float) -> None:
    """Or taken away."""
    bounds = extents(*POSES).end_effector_bounds(margin_m)
    assert (bounds["min"][0], bounds["max"][0]) == (low, high)


def test_joints_have_limits_of_their_own() -> None:
    """By their names."""
    assert extents(*POSES).joint_limits() == {"joint1.pos": [-0.25, 0.5]}


@pytest.mark.parametrize(("poses", "margin_m"), [(POSES[:1], 0.0), (POSES, -0.2)])
def test_bounds_that_enclose_nothing_are_refused(poses: tuple[Pose, ...], margin_m: float) -> None:
    """Along the axis that is named; the way out is."""
    with pytest.raises(ExtentsError, match=r"x: from .* move the arm along every axis"):
        extents(*poses).end_effector_bounds(margin_m)


def test_a_reading_that_is_none_changes_nothing() -> None:
    """A sensor that says NaN."""
    noisy = Pose((float("nan"),) * 3, {"joint1.pos": float("inf")}, {"joint1.pos": "rad"})
    assert extents(*POSES, noisy).end_effector_bounds() == extents(*POSES).end_effector_bounds()
    assert extents(*POSES, noisy).joint_limits() == extents(*POSES).joint_limits()


def test_the_table_has_units() -> None:
    """Metres, and what the body says of its joints."""
    lines = list(extents(*POSES).lines())
    assert lines[0].split() == ["x", "0.3000", "0.5000", "m,", "base", "frame"]
    assert lines[3].split() == ["joint1.pos", "-0.2500", "0.5000", "rad"]
