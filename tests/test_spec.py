"""The description that every `episode` message carries of itself."""

from dora_hil.spec import ColumnSpec, StreamSpec, ee_action_columns

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
