"""The description that every `episode` message carries of itself."""

import numpy as np
import pytest

from dora_hil.stream.actions import ActionError, ActionSpace, hold_ee_delta
from dora_hil.stream.spec import ColumnSpec, StreamSpec, ee_action_columns

SPEC = StreamSpec(
    "pick up the cube",
    "gym_hil",
    ("ee_delta",),
    {"observation.images.front": ColumnSpec.image(128, 96), **ee_action_columns()},
    max_steps=100,
    advance="auto",
)


def test_a_description_survives_the_journey() -> None:
    """As JSON, in the metadata."""
    assert StreamSpec.from_json(SPEC.json) == SPEC


def test_the_same_text_is_parsed_once() -> None:
    """It comes with every message."""
    assert StreamSpec.from_json(SPEC.json) is StreamSpec.from_json(SPEC.json)


def test_a_picture_is_height_width_channels_in_uint8() -> None:
    """As LeRobot has it."""
    column = SPEC.columns["observation.images.front"]
    assert (column.shape, column.names, column.dtype) == (
        (128, 96, 3),
        ("height", "width", "channels"),
        "uint8",
    )


def test_every_number_of_an_action_has_a_name_and_a_unit() -> None:
    """In both end-effector spaces."""
    for column in ee_action_columns().values():
        assert len(column.names) == len(column.units) == column.shape[0] == 4
    for column in ee_action_columns(use_gripper=False).values():
        assert len(column.names) == len(column.units) == column.shape[0] == 3


def test_an_actions_numbers_are_counted_by_what_the_body_describes() -> None:
    """Joints by their number; a space that it does not know is the arm's to refuse."""
    arm = StreamSpec("", "arm", ("joint",), {"action.joint": ColumnSpec((2,), ("a.pos", "b.pos"))})
    posture = np.zeros(2, np.float32)
    assert arm.completed(ActionSpace.JOINT, posture) is posture
    with pytest.raises(ActionError, match=r"in joint has 2 numbers here \(a.pos, b.pos\), got 6"):
        arm.completed(ActionSpace.JOINT, np.zeros(6, np.float32))
    # A keyboard says that nobody drives, whatever the arm is.
    assert arm.completed(ActionSpace.EE_DELTA, hold_ee_delta()).shape == (4,)
    for space, names, size in (
        (ActionSpace.EE_DELTA, "delta_x, delta_y, delta_z, gripper", 3),
        (ActionSpace.EE_DELTA, "delta_x, delta_y, delta_z, gripper", 7),
        (ActionSpace.EE_ABSOLUTE, "x, y, z, gripper", 0),
    ):
        says = rf"an action in {space} has 4 numbers here \({names}\), got {size}"
        with pytest.raises(ActionError, match=says):
            arm.completed(space, np.zeros(size, np.float32))
    assert SPEC.completed(ActionSpace.JOINT, np.zeros(7, np.float32)).shape == (7,)
