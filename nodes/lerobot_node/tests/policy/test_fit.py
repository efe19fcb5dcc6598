"""Whether a policy can act on a body."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from eval_rig import checkpoint_of

from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.spec import ColumnSpec, StreamSpec, ee_action_columns
from dora_hil.stream.timestep import TimeStep
from dora_hil_datasets.dataset.features import FeatureError
from lerobot_node.policy.checkpoint import Checkpoint
from lerobot_node.policy.fit import check_fit

MakeStep = Callable[..., TimeStep]
WAY_OUT = "evaluate it with the environment that its demonstrations were recorded in"
FRONT = "observation.images.front"


@pytest.fixture
def checkpoint(spec: StreamSpec) -> Checkpoint:
    """Return a policy that was trained on that body."""
    return checkpoint_of(spec)


@pytest.fixture
def step(make_step: MakeStep) -> TimeStep:
    """Return the body's first message."""
    return make_step()


def of_unknown_origin(checkpoint: Checkpoint) -> Checkpoint:
    """Return the policy without its dataset."""
    return replace(checkpoint, origin=None)


def body_with(step: TimeStep, name: str, column: ColumnSpec | None) -> TimeStep:
    """Return the message of a body with a column that is another, or with none of that name."""
    columns = {n: c for n, c in step.spec.columns.items() if n != name}
    if column is not None:
        columns[name] = column
    return replace(step, spec=replace(step.spec, columns=columns))


@pytest.mark.parametrize(
    ("trained", "given", "found"),
    [
        (ActionSpace.EE_DELTA, None, ActionSpace.EE_DELTA),
        (ActionSpace.EE_ABSOLUTE, None, ActionSpace.EE_ABSOLUTE),
        (ActionSpace.EE_ABSOLUTE, ActionSpace.EE_ABSOLUTE, ActionSpace.EE_ABSOLUTE),
        (ActionSpace.EE_ABSOLUTE, ActionSpace.EE_DELTA, ActionSpace.EE_DELTA),
    ],
)
def test_the_action_space_is_known_by_the_dataset_unless_it_is_given(
    spec: StreamSpec,
    step: TimeStep,
    trained: ActionSpace,
    given: ActionSpace | None,
    found: ActionSpace,
) -> None:
    """By the names of its numbers; who says otherwise knows more than those."""
    assert check_fit(checkpoint_of(spec, space=trained), step, given) is found


def test_the_action_space_can_be_given_where_the_dataset_is_not_known(
    checkpoint: Checkpoint, step: TimeStep
) -> None:
    """Nothing else says how the numbers are meant."""
    unknown = of_unknown_origin(checkpoint)
    assert check_fit(unknown, step, ActionSpace.EE_DELTA) is ActionSpace.EE_DELTA


def test_what_the_body_shows_besides_does_not_matter(
    checkpoint: Checkpoint, step: TimeStep
) -> None:
    """The policy decides what it looks at."""
    more = body_with(step, "observation.more", ColumnSpec((9,)))
    assert check_fit(checkpoint, more, None) is ActionSpace.EE_ABSOLUTE


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        (
            "observation.state",
            ColumnSpec((2,), ("b", "a")),
            "the policy has [2] (a, b), the body 'hand_made' gives [2] (b, a)",
        ),
        (
            FRONT,
            ColumnSpec.image(64, 64),
            "the policy has [64, 96, 3] (height, width, channels), the body 'hand_made' gives "
            "[64, 64, 3] (height, width, channels)",
        ),
    ],
    ids=["names", "picture"],
)
def test_a_feature_that_differs_is_refused_with_both_sides(
    checkpoint: Checkpoint, step: TimeStep, name: str, given: ColumnSpec, says: str
) -> None:
    """And with what to do."""
    with pytest.raises(FeatureError) as error:
        check_fit(checkpoint, body_with(step, name, given), None)
    assert str(error.value) == f"feature {name!r}: {says}; {WAY_OUT}"


def test_shapes_alone_are_compared_where_the_dataset_is_not_known(
    checkpoint: Checkpoint, step: TimeStep
) -> None:
    """A policy by itself has no names."""
    unknown = of_unknown_origin(checkpoint)
    longer = body_with(step, "observation.state", ColumnSpec((3,), ("a", "b", "c")))
    with pytest.raises(FeatureError) as error:
        check_fit(unknown, longer, ActionSpace.EE_ABSOLUTE)
    assert str(error.value) == (
        "feature 'observation.state': the policy has [2], the body 'hand_made' gives [3] (a, b, c)"
        f"; {WAY_OUT}"
    )
    renamed = body_with(step, "observation.state", ColumnSpec((2,), ("b", "a")))
    check_fit(unknown, renamed, ActionSpace.EE_ABSOLUTE)


def test_another_rate_is_refused_with_both_sides(spec: StreamSpec, step: TimeStep) -> None:
    """The same actions would lead elsewhere."""
    with pytest.raises(FeatureError) as error:
        check_fit(checkpoint_of(spec, fps=30), step, None)
    assert str(error.value) == f"fps: the policy has 30, the body steps at 10 Hz; {WAY_OUT}"


def test_a_faster_body_is_gone_between_where_actions_are_places(
    spec: StreamSpec, step: TimeStep
) -> None:
    """By a whole factor; a delta of a tenth of a second is another one in a thirtieth."""
    faster = replace(step, control_dt_s=1 / 30)
    assert check_fit(checkpoint_of(spec), faster, None) is ActionSpace.EE_ABSOLUTE
    for fps, space in ((10, ActionSpace.EE_DELTA), (20, ActionSpace.EE_ABSOLUTE)):
        with pytest.raises(FeatureError, match=f"^fps: the policy has {fps}, the body steps at 30"):
            check_fit(checkpoint_of(spec, space=space, fps=fps), faster, None)


def test_a_policy_of_unknown_origin_needs_its_action_space(
    checkpoint: Checkpoint, step: TimeStep
) -> None:
    """Said with those that the body accepts."""
    with pytest.raises(FeatureError) as error:
        check_fit(of_unknown_origin(checkpoint), step, None)
    assert str(error.value) == (
        "action_space: nothing beside a/policy says how its actions are meant; "
        "set it to one of: ee_delta, ee_absolute"
    )


def test_a_policy_of_unknown_origin_has_the_only_space_of_its_length(
    checkpoint: Checkpoint, step: TimeStep, caplog: pytest.LogCaptureFixture
) -> None:
    """And it is said what could not be compared."""
    only = body_with(step, "action.ee_delta", None)
    assert check_fit(of_unknown_origin(checkpoint), only, None) is ActionSpace.EE_ABSOLUTE
    assert "neither its rate nor the names of its numbers are known" in caplog.text


def actor(spec: StreamSpec, **config: Any) -> Checkpoint:
    """Return a policy that declares three numbers of an action."""
    three = {"action": {"type": "ACTION", "shape": [3]}}
    keys = {"output_features": three, **config}
    return checkpoint_of(spec, space=ActionSpace.EE_DELTA, config=keys)


def test_a_discrete_gripper_comes_on_top_of_what_is_declared(
    spec: StreamSpec, step: TimeStep
) -> None:
    """Three numbers and a class are four."""
    checkpoint = actor(spec, num_discrete_actions=3)
    assert check_fit(checkpoint, step, None) is ActionSpace.EE_DELTA


def test_an_action_that_is_too_short_is_refused_with_both_lengths(
    spec: StreamSpec, step: TimeStep
) -> None:
    """An actor that was trained without its gripper."""
    with pytest.raises(FeatureError) as error:
        check_fit(actor(spec, num_discrete_actions=None), step, None)
    assert str(error.value) == (
        "feature 'action': the policy gives 3 numbers, the body accepts 4 in ee_delta"
    )


def test_a_place_that_was_left_for_a_camera_is_not_asked_of_the_body(
    spec: StreamSpec, step: TimeStep
) -> None:
    """A SmolVLA or pi0 that was trained with `empty_cameras`: LeRobot fills that place itself."""
    config = dict(checkpoint_of(spec).config)
    place = {"observation.images.empty_camera_0": {"type": "VISUAL", "shape": [3, 480, 640]}}
    config["input_features"] |= place
    with_place = checkpoint_of(spec, config={**config, "empty_cameras": 1})
    assert check_fit(with_place, step, None) is ActionSpace.EE_ABSOLUTE
    with pytest.raises(FeatureError, match="empty_camera_0"):
        check_fit(checkpoint_of(spec, config={**config, "empty_cameras": 0}), step, None)


TOP = {"observation.images.top": {"type": "VISUAL", "shape": [3, 480, 640]}}


def looking_from_the_top(spec: StreamSpec, **config: Any) -> Checkpoint:
    """Return a policy with a camera that no body has, of another size."""
    inputs = {n: f for n, f in checkpoint_of(spec).inputs.items() if f["type"] != "VISUAL"}
    return checkpoint_of(spec, config={"input_features": inputs | TOP, **config})


def test_a_camera_of_another_name_is_asked_for_with_those_that_there_are(
    spec: StreamSpec, step: TimeStep
) -> None:
    """And with the key that says which is which."""
    with pytest.raises(FeatureError) as error:
        check_fit(looking_from_the_top(spec), step, None)
    assert "the policy looks at that camera, the body 'hand_made' has" in str(error.value)
    name = next(n for n, column in spec.columns.items() if len(column.shape) == 3)
    assert f'--rename_map=\'{{"{name}": "observation.images.top"}}\'' in str(error.value)


def test_a_renamed_picture_of_another_size_fits_a_policy_that_resizes_it(
    spec: StreamSpec, step: TimeStep
) -> None:
    """SmolVLA, pi0 and others do; ACT does not."""
    name = next(n for n, column in spec.columns.items() if len(column.shape) == 3)
    renames = {name: "observation.images.top"}
    resizing = looking_from_the_top(spec, resize_imgs_with_padding=[512, 512])
    assert check_fit(replace(resizing, rename_map=renames), step, None) is ActionSpace.EE_ABSOLUTE
    with pytest.raises(FeatureError, match=rf"feature '{name}': the policy has .*480, 640, 3"):
        check_fit(replace(looking_from_the_top(spec), rename_map=renames), step, None)


def test_three_numbers_are_a_whole_action_where_the_body_uses_no_gripper(
    spec: StreamSpec, step: TimeStep
) -> None:
    """The config that LeRobot trains such a policy with declares three."""
    without = replace(spec, columns={**spec.columns, **ee_action_columns(use_gripper=False)})
    checkpoint = checkpoint_of(without, space=ActionSpace.EE_DELTA)
    assert check_fit(checkpoint, replace(step, spec=without), None) is ActionSpace.EE_DELTA
    with pytest.raises(FeatureError, match=r"the policy has \[3\] \(delta_x, delta_y, delta_z\)"):
        check_fit(checkpoint, step, None)
