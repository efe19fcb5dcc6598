"""Which stick and button means what."""

import json
from pathlib import Path
from typing import Any

import pytest

from dora_hil.config import ConfigError
from dora_hil.device.held_inputs import DEEDS, Hold
from gamepad_node.bindings import Bindings, load_bindings


def load(tmp_path: Path, content: Any) -> Bindings:
    """Read bindings from a file."""
    path = tmp_path / "pad.json"
    path.write_text(json.dumps(content))
    return load_bindings(path)


def test_every_meaning_of_the_vocabulary_can_be_bound() -> None:
    """What a device can say is one list for all."""
    assert {action for action, _ in Bindings().buttons()} == {*Hold, *DEEDS}


def test_the_shipped_file_holds_the_defaults() -> None:
    """To copy from."""
    path = Path(__file__).parents[3] / "configs/gamepad.json"
    assert load_bindings(path) == Bindings() == load_bindings(None)
    names = ["dead_zone", "tilt_x", "tilt_y", "tilt_z", *(a for a, _ in Bindings().buttons())]
    assert list(json.loads(path.read_text())) == names


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    """Another stick for height, no button for failure."""
    bindings = load(tmp_path, {"tilt_z": "-lefty", "tilt_x": "", "failure": []})
    assert (bindings.tilt_z, bindings.tilt_x, bindings.failure) == ("-lefty", "", ())
    assert bindings.tilt_y == Bindings().tilt_y


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"tilt_x": "leftz"}, "tilt_x: unknown stick 'leftz'; accepted: leftx"),
        ({"tilt_x": "lefttrigger"}, "unknown stick"),
        ({"success": ["r2"]}, "success: unknown button 'r2'; accepted: a, b"),
        ({"success": ["a"]}, "button 'a' is bound twice: to success and to failure"),
        ({"dead_zone": 1.0}, "dead_zone: accepted: 0 to 0.9, got 1"),
        ({"jump": ["a"]}, "jump"),
        ({"success": "y"}, "success"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(tmp_path: Path, content: Any, said: str) -> None:
    """What was wrong, where, and what is accepted."""
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, content)
    assert said in str(refused.value)
    assert "pad.json" in str(refused.value)


def test_the_table_names_every_binding() -> None:
    """Printed when a pad is plugged in."""
    table = "\n".join(Bindings().table())
    for word in ("stick -lefty", "tilt x", "rightshoulder", "engage", "start", "next"):
        assert word in table
    assert "z plus" not in table
