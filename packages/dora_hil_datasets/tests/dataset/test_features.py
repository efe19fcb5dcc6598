"""LeRobot's view of a stream, checked by LeRobot's own functions."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from lerobot.datasets.feature_utils import validate_frame
from lerobot.utils.constants import DEFAULT_FEATURES

from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.frames import Frame
from dora_hil.stream.spec import ColumnSpec, StreamSpec
from dora_hil.stream.timestep import Kind, TimeStep
from dora_hil_datasets.dataset.features import (
    FeatureError,
    dataset_features,
    dataset_fps,
    frame_row,
)

type MakeStep = Callable[..., TimeStep]

ABSOLUTE = ActionSpace.EE_ABSOLUTE
SCALARS = {
    "next.reward": "float32",
    "next.done": "bool",
    "next.truncated": "bool",
    "next.success": "bool",
    "complementary_info.discrete_penalty": "float32",
    "complementary_info.is_intervention": "bool",
}


def frame(make_step: MakeStep, **fields: Any) -> Frame:
    """Return the frame of steps 4 and 5."""
    return Frame(make_step(4), make_step(5, **fields))


@pytest.mark.parametrize(("video", "dtype"), [(True, "video"), (False, "image")])
def test_observations_the_action_and_what_came_of_it_are_recorded(
    spec: StreamSpec, *, video: bool, dtype: str
) -> None:
    """By name, shape and type; what only a script may see is not."""
    assert dataset_features(spec, ABSOLUTE, video=video) == {
        "observation.state": {"dtype": "float32", "shape": (2,), "names": ["a", "b"]},
        "observation.environment_state": {
            "dtype": "float32",
            "shape": (3,),
            "names": ["x", "y", "z"],
        },
        "observation.images.front": {
            "dtype": dtype,
            "shape": (64, 96, 3),
            "names": ["height", "width", "channels"],
        },
        "action": {"dtype": "float32", "shape": (4,), "names": ["x", "y", "z", "gripper"]},
        **{name: {"dtype": kind, "shape": (1,), "names": None} for name, kind in SCALARS.items()},
    }


def test_a_column_without_names_has_none(spec: StreamSpec) -> None:
    """LeRobot writes null."""
    columns = {"observation.state": ColumnSpec((7,)), "action.joint": ColumnSpec((7,))}
    nameless = StreamSpec("", "arm", ("joint",), columns)
    features = dataset_features(nameless, ActionSpace.JOINT, video=True)
    assert features["observation.state"]["names"] is None


def test_an_action_space_that_the_body_does_not_report_is_refused(spec: StreamSpec) -> None:
    """With those that it does."""
    with pytest.raises(FeatureError, match="'hand_made' does not report 'joint'") as error:
        dataset_features(spec, ActionSpace.JOINT, video=True)
    assert str(error.value).endswith("it reports: ee_delta, ee_absolute")


@pytest.mark.parametrize("video", [True, False])
def test_lerobot_accepts_every_frame(spec: StreamSpec, make_step: MakeStep, *, video: bool) -> None:
    """Its own check of names, types and shapes."""
    features = dict(dataset_features(spec, ABSOLUTE, video=video))
    row = frame_row(frame(make_step, kind=Kind.LAST, done=True), ABSOLUTE)
    validate_frame(row, features | DEFAULT_FEATURES)
    with pytest.raises(ValueError, match="Missing features"):
        validate_frame({"task": "pick"}, features | DEFAULT_FEATURES)


def test_a_frame_is_the_observation_before_and_the_rest_after(make_step: MakeStep) -> None:
    """o_t, a_t and r_t."""
    given = {"reward": 0.5, "truncated": True, "success": True, "is_intervention": True}
    row = frame_row(frame(make_step, discrete_penalty=-0.02, **given), ABSOLUTE)
    np.testing.assert_array_equal(row["observation.state"], [4, 4.5])
    np.testing.assert_array_equal(row["action"], [5, 5, 5, 5])
    assert (row["observation.images.front"] == 4).all()
    assert {name: row[name].item() for name in SCALARS} == {
        "next.reward": 0.5,
        "next.done": False,
        "next.truncated": True,
        "next.success": True,
        "complementary_info.discrete_penalty": pytest.approx(-0.02),
        "complementary_info.is_intervention": True,
    }
    assert row["task"] == make_step(4).spec.task
    assert not [name for name in row if name.startswith("privileged")]


def test_a_frame_is_a_copy(make_step: MakeStep) -> None:
    """The message's buffer is dora's, and is used again."""
    before, after = make_step(4), make_step(5)
    row = frame_row(Frame(before, after), ABSOLUTE)
    sources = [*before.columns.values(), *after.columns.values(), *after.actions.values()]
    arrays = [value for value in row.values() if isinstance(value, np.ndarray)]
    assert len(arrays) == 4 + len(SCALARS)
    for array in arrays:
        assert array.flags.owndata
        assert not any(np.shares_memory(array, source) for source in sources)


@pytest.mark.parametrize(("control_dt_s", "fps"), [(0.1, 10), (1 / 30, 30), (0.02, 50), (1.0, 1)])
def test_the_rate_is_that_of_the_body(control_dt_s: float, fps: int) -> None:
    """Asked for or not."""
    assert dataset_fps(control_dt_s, None) == fps
    assert dataset_fps(control_dt_s, fps) == fps


@pytest.mark.parametrize("control_dt_s", [0.0, -0.1, 0.3, 1.5, 0.033])
def test_a_rate_that_is_no_whole_number_is_refused(control_dt_s: float) -> None:
    """LeRobot's timestamps would drift from the data."""
    with pytest.raises(FeatureError, match=rf"the body steps every {control_dt_s:g} s"):
        dataset_fps(control_dt_s, None)


def test_another_rate_than_configured_is_refused_with_both() -> None:
    """And with the ways out."""
    with pytest.raises(FeatureError, match="is 30, but the body steps at 10 Hz: set it to 10"):
        dataset_fps(0.1, 30)
