"""Action spaces: integration, bounds, gripper."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dora_hil.body.end_effector_target import EndEffectorTarget, Workspace
from dora_hil.stream.actions import ActionError, ActionSpace, Float32Array, hold_ee_delta

WORKSPACE = Workspace((0.2, -0.3, 0.0), (0.6, 0.3, 0.5), step_xyz_m=(0.02, 0.03, 0.04))


def target() -> EndEffectorTarget:
    """Stand at (0.4, 0, 0.25) with an open gripper."""
    ee = EndEffectorTarget(WORKSPACE)
    ee.reset(np.array([0.4, 0.0, 0.25]), 1.0)
    return ee


def delta(*value: float) -> Float32Array:
    """Return a float32 action."""
    return np.array(value, dtype=np.float32)


@pytest.mark.parametrize(
    ("space", "value", "xyz_m", "opening", "safety"),
    [
        # Step sizes are per axis, in metres.
        (ActionSpace.EE_DELTA, delta(1, -1, 0.5, 1), [0.42, -0.03, 0.27], 1.0, ()),
        (ActionSpace.EE_DELTA, hold_ee_delta(), [0.4, 0.0, 0.25], 1.0, ()),
        # An absolute action is the target itself, in metres in the base frame.
        (ActionSpace.EE_ABSOLUTE, delta(0.3, 0.1, 0.2, 0.0), [0.3, 0.1, 0.2], 0.0, ()),
        # NaN never reaches an arm: it becomes a hold.
        (ActionSpace.EE_ABSOLUTE, delta(np.nan, 0, 0, 0), [0.4, 0.0, 0.25], 1.0, ("nan",)),
    ],
)
def test_an_action_leads_to_a_target(
    space: ActionSpace,
    value: Float32Array,
    xyz_m: list[float],
    opening: float,
    safety: tuple[str, ...],
) -> None:
    """In either space."""
    ee = target()
    assert ee.apply(space, value).safety == safety
    assert ee.xyz_m == pytest.approx(xyz_m)
    assert ee.gripper_opening == opening


def test_deltas_add_up() -> None:
    """The target is integrated, not measured."""
    ee = target()
    for _ in range(3):
        ee.apply(ActionSpace.EE_DELTA, delta(1, 0, 0, 1))
    assert ee.xyz_m == pytest.approx([0.46, 0.0, 0.25])


def test_a_target_outside_the_workspace_is_clipped_and_said() -> None:
    """Bounds hold, and the executed delta is what was left of the command."""
    ee = target()
    ee.reset(np.array([0.59, 0.0, 0.25]), 1.0)
    executed = ee.apply(ActionSpace.EE_DELTA, delta(1, 0, 0, 1))
    assert ee.xyz_m[0] == 0.6
    assert executed.safety == ("bounds",)
    assert executed.by_space["ee_delta"][0] == pytest.approx(0.5)


def test_gripper_zero_closes_one_stays_two_opens() -> None:
    """LeRobot's gripper values."""
    ee = target()
    openings = []
    for gripper in (0, 1, 2):
        ee.apply(ActionSpace.EE_DELTA, delta(0, 0, 0, gripper))
        openings.append(ee.gripper_opening)
    assert openings == [0.0, 0.0, 1.0]


def test_a_gripper_that_is_not_used_never_moves() -> None:
    """`use_gripper` false."""
    ee = EndEffectorTarget(WORKSPACE, use_gripper=False)
    executed = ee.apply(ActionSpace.EE_DELTA, delta(0, 0, 0, 0))
    assert ee.gripper_opening == 1.0
    assert executed.by_space["ee_delta"][3] == 1.0


def test_an_unknown_space_is_refused_with_the_accepted_ones() -> None:
    """Joints are not an end-effector space."""
    with pytest.raises(ActionError, match=r"'joint'.*accepted: ee_delta, ee_absolute"):
        target().apply(ActionSpace.JOINT, np.zeros(7, dtype=np.float32))


def test_a_wrong_shape_is_refused_with_both_shapes() -> None:
    """Three numbers are no end-effector action."""
    with pytest.raises(ActionError, match=r"shape \(4,\), got \(3,\)"):
        target().apply(ActionSpace.EE_DELTA, np.zeros(3, dtype=np.float32))


def test_a_workspace_that_encloses_nothing_is_refused() -> None:
    """Corners the wrong way round."""
    with pytest.raises(ValueError, match=r"workspace y: min 0.3 m must lie below max -0.3 m"):
        Workspace((0.2, 0.3, 0.0), (0.6, -0.3, 0.5))


VALUES = hnp.arrays(np.float32, 4, elements=st.floats(-3, 3, width=32))
SPACES = st.sampled_from([ActionSpace.EE_DELTA, ActionSpace.EE_ABSOLUTE])


@given(st.lists(st.tuples(SPACES, VALUES), min_size=1, max_size=20))
def test_the_two_reported_spaces_lead_to_the_same_target_inside_the_workspace(
    actions: list[tuple[ActionSpace, Float32Array]],
) -> None:
    """Whatever is asked: replaying what was executed in either space gives the same targets."""
    original, as_delta, as_absolute = target(), target(), target()
    for space, value in actions:
        executed = original.apply(space, value).by_space
        assert (original.xyz_m >= WORKSPACE.min_xyz_m).all()
        assert (original.xyz_m <= WORKSPACE.max_xyz_m).all()
        assert 0.0 <= original.gripper_opening <= 1.0
        as_absolute.apply(ActionSpace.EE_ABSOLUTE, executed["ee_absolute"])
        assert as_absolute.xyz_m == pytest.approx(original.xyz_m, abs=1e-6)
        assert as_absolute.gripper_opening == pytest.approx(original.gripper_opening, abs=1e-6)
        if np.abs(executed["ee_delta"][:3]).max() <= 1:
            as_delta.apply(ActionSpace.EE_DELTA, executed["ee_delta"])
            assert as_delta.xyz_m == pytest.approx(original.xyz_m, abs=1e-6)
        as_delta.reset(original.xyz_m, original.gripper_opening)
