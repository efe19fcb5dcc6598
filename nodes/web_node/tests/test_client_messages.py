"""What a page may say."""

import json

import pytest

from dora_hil.device.held_inputs import DEEDS, Hold
from web_node.client_messages import (
    MAX_BYTES,
    ClientMessageError,
    Do,
    Held,
    Leave,
    Name,
    Seen,
    parse,
)


def test_all_that_a_page_says_is_understood() -> None:
    """One message of each kind."""
    held = parse('{"say": "held", "held": ["x_plus", "close_gripper"], "tilt": [0, -0.5, 1]}')
    assert held == Held(say="held", held=(Hold.X_PLUS, Hold.CLOSE_GRIPPER), tilt=(0, -0.5, 1))
    for deed in DEEDS:
        assert parse(json.dumps({"say": "do", "deed": deed})) == Do(say="do", deed=deed)
    assert parse('{"say": "seen", "frame": 7}') == Seen(say="seen", frame=7)
    assert isinstance(parse('{"say": "leave"}'), Leave)
    assert parse('{"say": "name", "name": "Ada"}') == Name(say="name", name="Ada")


def test_the_longest_message_fits() -> None:
    """Everything held at once."""
    held = {"say": "held", "held": [*Hold], "tilt": [-0.99, -0.99, -0.99]}
    assert len(json.dumps(held)) < MAX_BYTES
    parse(json.dumps(held))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "drive!",
        "[]",
        "{}",
        '{"say": "fly"}',
        '{"say": "do", "deed": "explode"}',
        '{"say": "do"}',
        '{"say": "seen", "frame": -1}',
        '{"say": "seen", "frame": "1"}',
        '{"say": "held", "held": ["x_plus"]}',
        '{"say": "held", "held": ["up"], "tilt": [0, 0, 0]}',
        '{"say": "held", "held": [], "tilt": [0, 0]}',
        '{"say": "held", "held": [], "tilt": [0, 0, 1.01]}',
        '{"say": "held", "held": [], "tilt": [0, 0, NaN]}',
        '{"say": "held", "held": [], "tilt": [0, 0, 1e999]}',
        '{"say": "held", "held": [], "tilt": [0, 0, 0], "more": 1}',
        '{"say": "name", "name": "' + 25 * "a" + '"}',
        '{"say": "leave"' + 600 * "[",
    ],
)
def test_anything_else_is_malformed_and_says_how(text: str) -> None:
    """In one line."""
    with pytest.raises(ClientMessageError) as said:
        parse(text)
    assert str(said.value)
    assert "\n" not in str(said.value)
