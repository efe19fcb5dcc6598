"""Key bindings from JSON: strict, and complete by default."""

import json
from pathlib import Path
from typing import Any

import pytest

from dora_hil.config import ConfigError
from dora_hil.device.held_inputs import DEEDS, Hold
from keyboard_node.bindings import Bindings, load_bindings

ROOT = Path(__file__).parents[3]


def load(tmp_path: Path, content: Any) -> Bindings:
    """Write and read a config."""
    path = tmp_path / "keyboard.json"
    path.write_text(json.dumps(content))
    return load_bindings(path)


def test_everything_a_device_can_say_has_a_binding() -> None:
    """The fields are the shared vocabulary, in no other words."""
    assert {name for name, _ in Bindings().items()} == {*Hold, *DEEDS}


def test_the_config_to_copy_holds_the_defaults() -> None:
    """configs/keyboard.json changes nothing, and leaves nothing out."""
    path = ROOT / "configs" / "keyboard.json"
    assert load_bindings(path) == Bindings() == load_bindings(None)
    assert list(json.loads(path.read_text())) == [name for name, _ in Bindings().items()]


def test_what_a_config_leaves_out_keeps_its_default(tmp_path: Path) -> None:
    """One line is enough to change one key; an empty list takes it away."""
    bindings = load(tmp_path, {"rerecord": ["r"], "failure": []})
    assert (bindings.rerecord, bindings.failure, bindings.x_plus) == (("r",), (), ("up",))


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ({"jump": ["j"]}, ["'jump'", "x_plus", "take_over", "rerecord"]),
        ({"next": ["spacebar"]}, ["next", "'spacebar'", "space", "a letter a-z", "cmd_l"]),
        ({"next": ["1"]}, ["'1'", "a letter a-z"]),
        ({"x_minus": ["s"]}, ["'s'", "x_minus", "success"]),
        ({"next": ["n", "n"]}, ["'n'", "twice"]),
        ({"z_plus": []}, ["z_plus", "at least one key"]),
        ({"stop": "esc"}, ["stop: expected a list"]),
        ({"stop": [1]}, ["stop", "string"]),
    ],
)
def test_a_config_that_cannot_be_used_is_one_line_that_says_why(
    tmp_path: Path, content: Any, named: list[str]
) -> None:
    """It names the file, the action or key, and what is accepted."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, content)
    text = str(caught.value)
    assert all(part in text for part in ["keyboard.json", *named]), text
    assert "\n" not in text


def test_the_table_shows_every_key_and_what_has_to_be_meant() -> None:
    """It is printed at start. Ctrl is tapped alone, Esc held; Space is pressed."""
    table = "\n".join(Bindings().table())
    for text in ("Up / Down", "right Shift / left Shift", "g", "Tab", "Esc", "Space", "s ", "f "):
        assert text in table
    lines = {line.split("  ")[0]: line for line in Bindings().table()}
    assert "tapped alone, for less than a second" in lines["left Ctrl, right Ctrl"]
    assert "held for half a second" in lines["Esc"]
    assert lines["Space"].endswith("next: begin, end, keep an episode")
    assert "what is typed among other letters" in Bindings().table()[-1]
