"""Where the keys of an older LeRobot's configs are now."""

import pytest

from dora_hil.config_keys import unknown_keys
from dora_hil.old_layouts import WRAPPER_KEYS, flat, wrapper
from gym_hil_node.config import GymHilConfig


@pytest.mark.parametrize("key", WRAPPER_KEYS.values())
def test_a_key_that_has_moved_is_where_it_is_said_to_be(key: str) -> None:
    """An environment JSON takes it there."""
    block: object = 1.0
    for name in reversed(key.split(".")):
        block = {name: block}
    assert unknown_keys(block, GymHilConfig) == []


def test_what_there_is_no_place_for_is_said_too() -> None:
    """Instead of leaving the person to look for it."""
    assert wrapper({"magic": 1}) == "magic has no counterpart"
    assert wrapper({}) == wrapper(None) == "delete it"
    assert flat({"fps": 10, "wrapper": {"magic": 1}}) == (
        "fps is now env.fps; magic has no counterpart"
    )
