"""Joint actions as one target inside the joints' limits."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dora_hil.body.joint_target import JointLimits, JointTarget
from dora_hil.stream.actions import ActionError, Float64Array

LIMITS = JointLimits(
    ("shoulder.pos", "elbow.pos", "gripper.pos"),
    low=np.array([-90.0, -45.0, 0.0]),
    high=np.array([90.0, 45.0, 100.0]),
    speed=np.array([100.0, 50.0, math.inf]),
)


def target(*positions: float) -> JointTarget:
    """Stand somewhere; a control period is 0.1 s."""
    made = JointTarget(LIMITS, 0.1)
    made.reset(np.array(positions))
    return made


@pytest.mark.parametrize(
    ("start", "wanted", "share", "safety", "reached"),
    [
        # Within one step: exactly.
        ([0, 0, 50], [10, -5, 0], 1.0, (), [10, -5, 0]),
        # Each at its own speed: one that has far to go slows no other one down.
        ([0, 0, 0], [80, 3, 100], 1.0, ("joint_speed",), [10, 3, 100]),
        # While a ramp rises.
        ([0, 0, 0], [10, 0, 0], 0.2, ("joint_speed",), [2, 0, 0]),
        # To the end of the range at most.
        ([89, 0, 0], [95, 0, -1], 1.0, ("joint_limits",), [90, 0, 0]),
        # One number that is not finite is enough to hold every joint.
        ([1, 2, 3], [5, math.nan, 5], 1.0, ("nan",), [1, 2, 3]),
        ([1, 2, 3], [5, math.inf, 5], 1.0, ("nan",), [1, 2, 3]),
        ([1, 2, 3], [5, -math.inf, 5], 1.0, ("nan",), [1, 2, 3]),
    ],
)
def test_a_posture_is_approached_joint_by_joint(
    start: list[float],
    wanted: list[float],
    share: float,
    safety: tuple[str, ...],
    reached: list[float],
) -> None:
    """As far as one step allows, and what stepped in is said."""
    joints = target(*start)
    assert joints.apply(np.array(wanted, dtype=np.float64), share) == safety
    np.testing.assert_allclose(joints.positions, reached, rtol=1e-12)


def test_joints_that_go_together_keep_to_the_straight_way() -> None:
    """The slowest sets the pace; one that stands still, or is none of them, does not."""
    joints = target(0.0, 0.0, 0.0)
    assert joints.apply(np.array([8.0, 10.0, 30.0]), together=[0, 1]) == ("joint_speed",)
    np.testing.assert_allclose(joints.positions, [4.0, 5.0, 30.0])
    assert joints.apply(np.array([8.0, 5.0, 30.0]), together=[0, 1]) == ()
    np.testing.assert_allclose(joints.positions, [8.0, 5.0, 30.0])


def test_a_joint_outside_of_its_range_may_come_back_but_not_go_further() -> None:
    """An arm that is switched on there does not jump."""
    joints = target(95.0, 0.0, 0.0)
    assert joints.apply(np.array([99.0, 0.0, 0.0])) == ("joint_limits",)
    assert joints.positions[0] == 95.0
    assert joints.apply(np.array([93.0, 0.0, 0.0])) == ()
    assert joints.positions[0] == 93.0


def test_another_number_of_joints_is_refused_with_their_names() -> None:
    """A policy of another arm."""
    with pytest.raises(ActionError, match=r"shape \(3,\): shoulder.pos, .*; got \(6,\)"):
        target(0.0, 0.0, 0.0).apply(np.zeros(6))


def test_what_it_was_reset_to_may_change_afterwards() -> None:
    """It is copied."""
    measured = np.array([1.0, 2.0, 3.0])
    joints = JointTarget(LIMITS, 0.1)
    joints.reset(measured)
    measured[:] = 9.0
    np.testing.assert_array_equal(joints.positions, [1.0, 2.0, 3.0])


@given(st.lists(hnp.arrays(np.float64, 3, elements=st.floats(-500, 500)), max_size=20))
def test_no_step_is_longer_than_allowed_and_none_leads_out(postures: list[Float64Array]) -> None:
    """Whatever is asked."""
    joints = target(0.0, 0.0, 50.0)
    for posture in postures:
        before = joints.positions
        joints.apply(posture)
        assert (np.abs(joints.positions - before) <= LIMITS.speed * 0.1 + 1e-9).all()
        assert ((joints.positions >= LIMITS.low) & (joints.positions <= LIMITS.high)).all()
