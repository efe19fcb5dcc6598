"""Whether a body can replay a dataset."""

from dataclasses import replace
from typing import Any

import pytest
from replay_rig import body_of, existing, perform

from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.spec import ColumnSpec
from dora_hil.stream.timestep import TimeStep
from dora_hil.testing.fake_environment import FakeEnvironment
from dora_hil_datasets.dataset.features import FeatureError
from lerobot_node.replay.fit import check_fit

CAMERA = "observation.images.front"


def message(**columns: ColumnSpec) -> TimeStep:
    """Return a body's message whose spec has columns changed or added."""
    [timestep, *_] = perform(body_of(FakeEnvironment(), max_steps=2))
    changed = {**timestep.spec.columns, **{n.replace("__", "."): c for n, c in columns.items()}}
    return replace(timestep, spec=replace(timestep.spec, columns=changed))


def features(space: ActionSpace = ActionSpace.EE_ABSOLUTE, **more: Any) -> dict[str, Any]:
    """Return those of a dataset that was recorded from the same body."""
    return {**existing(space=space).features, **{n.replace("__", "."): f for n, f in more.items()}}


@pytest.mark.parametrize("space", [ActionSpace.EE_ABSOLUTE, ActionSpace.EE_DELTA])
def test_the_action_space_is_known_by_the_names_of_the_recorded_numbers(space: ActionSpace) -> None:
    """Nobody has to give it."""
    assert check_fit(features(space), 10, message()).space is space


def test_numbers_are_compared_with_the_bodys_units() -> None:
    """A dataset has none."""
    vectors = check_fit(features(), 10, message()).vectors
    assert list(vectors) == ["action", "observation.state"]
    assert vectors["observation.state"].units == ("m", "m", "m", "0 to 1")


def test_another_state_is_refused_with_both_sides_and_what_to_do() -> None:
    """Another shape or other names mean another config."""
    state = ColumnSpec((4,), ("x", "y", "z", "grip"))
    with pytest.raises(FeatureError) as error:
        check_fit(features(), 10, message(observation__state=state))
    assert str(error.value) == (
        "feature 'observation.state': the dataset has [4] (x, y, z, gripper), the body 'fake' "
        "gives [4] (x, y, z, grip); replay it on a body with the config it was recorded with"
    )


def test_what_the_body_shows_besides_does_not_matter() -> None:
    """The dataset decides what is compared."""
    fit = check_fit(features(), 10, message(observation__environment_state=ColumnSpec((3,))))
    assert "observation.environment_state" not in fit.vectors


@pytest.mark.parametrize(("size_px", "is_shared"), [(64, True), (32, False)])
def test_pictures_are_compared_where_both_have_them_in_one_size(
    size_px: int, is_shared: bool
) -> None:
    """Else they are left out: a body without cameras can replay, too."""
    feature = {"dtype": "video", "shape": (64, 64, 3), "names": ["height", "width", "channels"]}
    spec = ColumnSpec.image(size_px, size_px)
    fit = check_fit(
        features(observation__images__front=feature), 10, message(observation__images__front=spec)
    )
    assert fit.cameras == ((CAMERA,) if is_shared else ())
    assert fit.left_out == (() if is_shared else (CAMERA,))
