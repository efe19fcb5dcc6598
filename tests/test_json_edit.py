"""One value of a JSON file changed in its text."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dora_hil.config import ConfigError
from dora_hil.json_edit import with_value

TEXT = """{
  "env": {
    "fps": 10,
    "processor": {
      "bounds": {"min": [0.2, -0.3,   0.0], "max": null}
    }
  },
  "sim": {"quality": "fast"}
}
"""


def test_every_other_character_stays() -> None:
    """However somebody has laid it out."""
    changed = with_value(TEXT, "env.processor.bounds.max", [0.6, 0.3, 0.5], "env.json")
    assert changed == TEXT.replace("null", "[0.6, 0.3, 0.5]")


def test_a_block_is_laid_out_at_its_place() -> None:
    """With its lists on one line."""
    changed = with_value(TEXT, "env.processor.bounds", {"min": [0, 1], "max": [2, 3]}, "env.json")
    assert changed == TEXT.replace(
        '"bounds": {"min": [0.2, -0.3,   0.0], "max": null}',
        '"bounds": {\n        "min": [0, 1],\n        "max": [2, 3]\n      }',
    )


def test_a_missing_key_is_added_behind_the_others() -> None:
    """And the blocks on the way to it."""
    changed = with_value(TEXT, "env.processor.reset.time_s", 2.0, "env.json")
    assert changed == TEXT.replace(
        '"max": null}\n', '"max": null},\n      "reset": {\n        "time_s": 2.0\n      }\n'
    )


@pytest.mark.parametrize(
    "text", ["{}", '{"a": null}', '{"a": {}}', ' { "b" : 1 } ', '{"a":{"c":2}}']
)
def test_blocks_that_are_empty_null_or_on_one_line_take_a_key(text: str) -> None:
    """What stood there stays."""
    changed = json.loads(with_value(text, "a.b", 7, "env.json"))
    assert changed["a"]["b"] == 7
    before = json.loads(text)
    assert {**before, "a": {**(before.get("a") or {}), "b": 7}} == changed


def test_a_key_in_a_string_is_no_key() -> None:
    """Nor is a brace."""
    text = '{"x": "\\"a\\": {", "a": 1}'
    assert with_value(text, "a", 2, "env.json") == text.replace("1}", "2}")


def test_a_block_that_is_something_else_is_refused() -> None:
    """By the file, the key and what is there."""
    with pytest.raises(ConfigError, match=r"env.json: env.fps.low: 'fps' holds 10, not a block"):
        with_value(TEXT, "env.fps.low", 1, "env.json")


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=3), PLAIN), PLAIN, st.sampled_from([None, 1, 4]))
def test_the_text_says_what_the_data_would(
    before: dict[str, Any], value: Any, indent: int | None
) -> None:
    """Of any object, in any layout."""
    text = json.dumps(before, indent=indent)
    assert json.loads(with_value(text, "key", value, "env.json")) == {**before, "key": value}
