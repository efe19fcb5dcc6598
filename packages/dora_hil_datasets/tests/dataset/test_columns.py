"""Columns of a dataset or a policy held against a body's."""

import re
from dataclasses import replace
from typing import Any

import pytest
from lerobot.utils.constants import DEFAULT_FEATURES

from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.spec import ColumnSpec, StreamSpec
from dora_hil_datasets.dataset.columns import (
    Side,
    accepted_spaces,
    check_same,
    column_of,
    is_same,
    policy_column,
)
from dora_hil_datasets.dataset.features import FeatureError, dataset_features

SIDE = Side("the dataset", "use another")
STATE = ColumnSpec((2,), ("a", "b"))


@pytest.mark.parametrize("wanted", [STATE, ColumnSpec((2,))])
def test_a_column_that_the_body_gives_is_accepted(spec: StreamSpec, wanted: ColumnSpec) -> None:
    """Units are the body's alone: a dataset has none, and perhaps no names."""
    SIDE.check_column("observation.state", wanted, spec)


@pytest.mark.parametrize(
    ("given", "same"),
    [
        (ColumnSpec((2,), ("b", "a")), False),
        (ColumnSpec((2,)), True),
        (ColumnSpec((3,)), False),
    ],
)
def test_columns_are_compared_by_names_in_order_else_by_shape(
    given: ColumnSpec, *, same: bool
) -> None:
    """In another order the numbers would be mixed up."""
    assert is_same(STATE, given) == same


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


@pytest.mark.parametrize(
    "names",
    [
        ("delta_x_ee", "delta_y_ee", "delta_z_ee", "gripper_delta"),
        ("delta_x.pos", "delta_y.pos", "delta_z.pos", "gripper.pos"),
    ],
)
def test_other_spellings_of_lerobots_are_the_same_names(
    spec: StreamSpec, names: tuple[str, ...]
) -> None:
    """Those of its older environments, and what `lerobot-record` makes of a dataflow's."""
    assert SIDE.find_space(ColumnSpec((4,), names), spec) is ActionSpace.EE_DELTA


def test_the_bodys_own_rate_is_accepted() -> None:
    """In frames per second."""
    SIDE.check_fps(10, 0.1)


def test_another_rate_is_refused_with_both_sides() -> None:
    """The same actions would lead elsewhere."""
    with pytest.raises(FeatureError) as error:
        SIDE.check_fps(30, 0.1)
    assert str(error.value) == "fps: the dataset has 30, the body steps at 10 Hz; use another"


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


@pytest.mark.parametrize(
    "names",
    [
        {},
        {"names": None},
        {"names": []},
        {"names": ["a"]},
        {"names": {"motors": ["a"]}},
        {"names": [["a", "b"]]},
        {"names": "ab"},
    ],
)
def test_a_feature_whose_names_fit_nothing_is_a_column_without(names: dict[str, Any]) -> None:
    """LeRobot writes null; others leave the key out, or name something else."""
    assert column_of({"dtype": "float32", "shape": [2], **names}) == ColumnSpec((2,))


@pytest.mark.parametrize(
    "names",
    [
        ["a", "b"],
        ("a", "b"),
        {"a": 0, "b": 1},
        {"b": 1, "a": 0},
        {"motors": ["a", "b"]},
        {"left": ["a"], "right": ["b"]},
    ],
)
def test_names_are_read_in_every_way_they_are_written(names: Any) -> None:
    """LeRobot's HIL-SERL numbers them; older datasets group them by motors or axes."""
    assert column_of({"dtype": "float32", "shape": [2], "names": names}) == STATE


@pytest.mark.parametrize(
    ("shape", "names"),
    [
        ([64, 96, 3], ["height", "width", "channels"]),
        ([64, 96, 3], ["height", "width", "channel"]),
        ([64, 96, 3], None),
        ([3, 64, 96], ["channels", "height", "width"]),
        ([3, 64, 96], ["channel", "height", "width"]),
        ([3, 64, 96], ["height", "width", "channels"]),
        ([3, 64, 96], None),
    ],
)
@pytest.mark.parametrize("dtype", ["video", "image"])
def test_a_pictures_channels_are_found_first_or_last(
    shape: list[int], names: list[str] | None, dtype: str
) -> None:
    """No picture is three pixels high; names that say so are wrong."""
    column = column_of({"dtype": dtype, "shape": shape, "names": names})
    assert column == ColumnSpec.image(64, 96)
    assert policy_column({"type": "VISUAL", "shape": [3, 64, 96]}) == column


def test_names_decide_where_both_ends_could_be_the_channels() -> None:
    """A strip of three rows."""
    strip = {"dtype": "video", "shape": [3, 64, 3]}
    first = column_of({**strip, "names": ["channels", "height", "width"]})
    assert first.shape == (64, 3, 3)
    assert column_of({**strip, "names": None}).shape == (3, 64, 3)


def test_actions_without_names_are_the_only_space_of_that_length(spec: StreamSpec) -> None:
    """A robot's joints, for instance."""
    joints = ColumnSpec((6,), tuple("abcdef"))
    columns = {**spec.columns, "action.joint": joints}
    arm = replace(spec, action_spaces=("ee_delta", "ee_absolute", "joint"), columns=columns)
    assert SIDE.find_space(ColumnSpec((6,)), arm) is ActionSpace.JOINT


def test_actions_without_names_that_fit_several_spaces_are_refused(spec: StreamSpec) -> None:
    """Metres or steps: nothing tells."""
    with pytest.raises(FeatureError) as error:
        SIDE.find_space(ColumnSpec((4,)), spec)
    assert str(error.value) == (
        "action_space: the dataset has actions [4] without names, which the body 'hand_made' takes "
        "in several; set it to one of: ee_delta, ee_absolute"
    )


@pytest.mark.parametrize("names", [(), ("x", "y", "z", "gripper"), ("vx", "vy", "vz", "claw")])
def test_a_given_action_space_wins_over_names(
    spec: StreamSpec, caplog: pytest.LogCaptureFixture, names: tuple[str, ...]
) -> None:
    """With a word where they say something else."""
    action = ColumnSpec((4,), names)
    assert SIDE.find_space(action, spec, ActionSpace.EE_DELTA) is ActionSpace.EE_DELTA
    assert bool(names) == ("action_space is ee_delta, as you say, though" in caplog.text)


@pytest.mark.parametrize(
    ("given", "length", "says"),
    [
        (ActionSpace.JOINT, 4, "the body does not accept 'joint'; it accepts: ee_delta, ee_abs"),
        (ActionSpace.EE_DELTA, 6, "is ee_delta, but the dataset has [6], and the body takes [4] ("),
    ],
)
def test_a_given_action_space_that_cannot_be_is_refused(
    spec: StreamSpec, given: ActionSpace, length: int, says: str
) -> None:
    """In one line, with what is accepted."""
    with pytest.raises(FeatureError, match=re.escape(says)):
        SIDE.find_space(ColumnSpec((length,)), spec, given)


@pytest.fixture
def features(spec: StreamSpec) -> dict[str, Any]:
    """Return what the stream is recorded as."""
    return dict(dataset_features(spec, ActionSpace.EE_ABSOLUTE, video=True))


def test_a_dataset_of_the_same_stream_is_gone_on_with(features: dict[str, Any]) -> None:
    """JSON made lists of the shapes; LeRobot added its columns and notes on the video."""
    recorded = {n: {**f, "shape": list(f["shape"])} for n, f in features.items()}
    recorded["observation.images.front"]["info"] = {"video.codec": "h264"}
    check_same(recorded | DEFAULT_FEATURES, features, 10, 10)


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        (
            "observation.state",
            {"shape": (3,), "names": ["a", "b", "c"]},
            "the dataset has float32[3] (a, b, c), the body now gives float32[2] (a, b)",
        ),
        (
            "observation.state",
            {"names": ["b", "a"]},
            "the dataset has float32[2] (b, a), the body now gives float32[2] (a, b)",
        ),
        (
            "observation.images.front",
            {"dtype": "image"},
            "has image[64, 96, 3] (height, width, channels), the body now gives video[64, 96, 3]",
        ),
        ("next.reward", {"dtype": "float64"}, "has float64[1], the body now gives float32[1]"),
    ],
)
def test_another_column_is_named_with_both_sides(
    features: dict[str, Any], name: str, change: dict[str, Any], says: str
) -> None:
    """In one line, with a way out."""
    recorded = features | {name: features[name] | change}
    with pytest.raises(FeatureError, match=re.escape(says)) as error:
        check_same(recorded, features, 10, 10)
    assert str(error.value).startswith(f"feature {name!r}: ")
    assert "record into another root" in str(error.value)


@pytest.mark.parametrize("name", ["observation.environment_state", "subtask"])
def test_a_column_that_the_body_no_longer_gives_is_named(
    features: dict[str, Any], name: str
) -> None:
    """LeRobot would refuse the first frame."""
    column = {"dtype": "float32", "shape": [1], "names": None}
    gone = {n: f for n, f in features.items() if n != name}
    with pytest.raises(FeatureError, match=rf"feature '{name}': .*the body now gives none"):
        check_same(features | {name: column}, gone, 10, 10)


def test_a_column_that_the_dataset_does_not_have_is_named(features: dict[str, Any]) -> None:
    """It cannot be added to the episodes that are there."""
    old = {n: f for n, f in features.items() if n != "observation.images.front"}
    with pytest.raises(FeatureError, match=r"images\.front': the dataset has none, the"):
        check_same(old, features, 10, 10)


@pytest.mark.parametrize("names", [None, {"a": 0, "b": 1}, {"motors": ["a", "b"]}])
def test_a_dataset_that_says_the_same_in_other_words_is_gone_on_with(
    features: dict[str, Any], names: Any
) -> None:
    """Names of another form, or none; channels first."""
    state = {**features["observation.state"], "names": names}
    camera = {"dtype": "video", "shape": [3, 64, 96]}
    others = {"observation.state": state, "observation.images.front": camera}
    check_same({**features, **others}, features, 10, 10)


def test_actions_that_nobody_named_are_gone_on_with_and_said(
    features: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """They could be of another space."""
    check_same({**features, "action": {**features["action"], "names": None}}, features, 10, 10)
    assert "does not name the numbers of its actions; recorded now are [4] (x, y, z" in caplog.text


def test_another_rate_than_the_datasets_is_refused_with_both(features: dict[str, Any]) -> None:
    """Before any column is looked at."""
    with pytest.raises(FeatureError, match="the dataset has 30, the body now steps at 10 Hz"):
        check_same({}, features, 30, 10)
