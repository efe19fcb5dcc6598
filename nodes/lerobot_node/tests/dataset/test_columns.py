"""Columns of a dataset or a policy held against a body's."""

import re
from dataclasses import replace

import pytest

from dora_hil.actions import ActionSpace
from dora_hil.spec import ColumnSpec, StreamSpec
from lerobot_node.dataset.columns import Side, accepted_spaces, column_of, is_same
from lerobot_node.dataset.features import FeatureError

SIDE = Side("the dataset", "use another")
STATE = ColumnSpec((2,), ("a", "b"))


def test_a_column_that_the_body_gives_is_accepted(spec: StreamSpec) -> None:
    """Units are the body's alone: a dataset has none."""
    SIDE.check_column("observation.state", STATE, spec)


@pytest.mark.parametrize(
    ("name", "wanted", "says"),
    [
        ("observation.state", ColumnSpec((2,), ("a", "c")), "has [2] (a, c), the body 'hand_made'"),
        ("observation.state", ColumnSpec((3,), ("a", "b", "c")), "gives [2] (a, b); use another"),
        ("observation.other", STATE, "has [2] (a, b), the body 'hand_made' gives none; use"),
        ("observation.images.front", ColumnSpec.image(64, 64), "has [64, 64, 3] (height, width,"),
    ],
)
def test_a_column_that_differs_is_refused_with_both_sides(
    spec: StreamSpec, name: str, wanted: ColumnSpec, says: str
) -> None:
    """Names, shape, or all of it; and what to do."""
    with pytest.raises(FeatureError, match=re.escape(says)) as error:
        SIDE.check_column(name, wanted, spec)
    assert str(error.value).startswith(f"feature {name!r}: the dataset has ")


def test_the_order_of_the_names_matters() -> None:
    """The numbers would be mixed up."""
    assert not is_same(ColumnSpec((2,), ("b", "a")), STATE)


def test_the_bodys_own_rate_is_accepted() -> None:
    """In frames per second."""
    SIDE.check_fps(10, 0.1)


def test_another_rate_is_refused_with_both_sides() -> None:
    """The same actions would lead elsewhere."""
    with pytest.raises(FeatureError) as error:
        SIDE.check_fps(30, 0.1)
    assert str(error.value) == "fps: the dataset has 30, the body steps at 10 Hz; use another"


@pytest.mark.parametrize("control_dt_s", [0.0, 0.3])
def test_a_body_without_a_whole_rate_is_refused(control_dt_s: float) -> None:
    """LeRobot's fps is a whole number."""
    with pytest.raises(FeatureError, match="whole number of frames per second"):
        SIDE.check_fps(3, control_dt_s)


@pytest.mark.parametrize("space", [ActionSpace.EE_DELTA, ActionSpace.EE_ABSOLUTE])
def test_an_action_space_is_known_by_the_names_of_its_dimensions(
    spec: StreamSpec, space: ActionSpace
) -> None:
    """Both have four numbers."""
    assert SIDE.find_space(spec.columns[f"action.{space}"], spec) is space


def test_actions_that_the_body_does_not_accept_are_refused_with_those_it_does(
    spec: StreamSpec,
) -> None:
    """All of them, with their names."""
    with pytest.raises(FeatureError) as error:
        SIDE.find_space(ColumnSpec((1,), ("shoulder.pos",)), spec)
    assert str(error.value) == (
        "feature 'action': the dataset has [1] (shoulder.pos), the body 'hand_made' accepts: "
        "ee_delta [4] (delta_x, delta_y, delta_z, gripper), ee_absolute [4] (x, y, z, gripper); "
        "use another"
    )


def test_a_space_counts_where_it_is_both_accepted_and_reported(spec: StreamSpec) -> None:
    """What is not reported has no names to compare."""
    assert list(accepted_spaces(spec)) == ["ee_delta", "ee_absolute"]
    assert list(accepted_spaces(replace(spec, action_spaces=("joint", "ee_delta")))) == ["ee_delta"]


@pytest.mark.parametrize("names", [None, []])
def test_a_feature_without_names_is_a_column_without(names: list[str] | None) -> None:
    """LeRobot writes null."""
    feature = {"dtype": "float32", "shape": [2], "names": names}
    assert column_of(feature) == ColumnSpec((2,))
