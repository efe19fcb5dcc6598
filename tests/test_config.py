"""Reading a JSON file into a dataclass."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dora_hil.config import ConfigError, override, parse, read_json, value_at


@dataclass(frozen=True)
class Inner:
    """A nested block."""

    xyz: tuple[float, float, float] = (0.0, 0.0, 0.0)
    mode: str = "fast"

    def __post_init__(self) -> None:
        """Refuse a negative x."""
        if self.xyz[0] < 0:
            raise ValueError("x must not be negative")


@dataclass(frozen=True)
class Outer:
    """A config."""

    fps: int
    inner: Inner | None = None
    extra: dict[str, int] = field(default_factory=dict)
    many: dict[str, Inner] = field(default_factory=dict)
    speed: float | dict[str, float] = 1.0


def test_plain_data_becomes_nested_dataclasses() -> None:
    """Lists become tuples, whole numbers floats."""
    config = parse({"fps": 10, "inner": {"xyz": [1, 2, 3]}}, Outer, "c.json")
    assert config == Outer(10, Inner((1.0, 2.0, 3.0)))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            {"fps": 1, "fsp": 2},
            "c.json: unknown key 'fsp'; accepted here: fps, inner, extra, many, speed "
            "(did you mean 'fps'?)",
        ),
        (
            {"fps": 1, "inner": {"fps": 2}},
            "c.json: unknown key 'inner.fps'; accepted here: xyz, mode (did you mean 'fps'?)",
        ),
        ({"fps": 1, "inner": {"x": 1}}, "c.json: unknown key 'inner.x'; accepted here: xyz, mode"),
        (
            {"fps": 1, "many": {"a": {"x": 1}}},
            "c.json: unknown key 'many.a.x'; accepted here: xyz, mode",
        ),
        ({"fps": "ten"}, "c.json: fps: Input should be a valid integer"),
        ({}, "c.json: fps: Field required"),
        ({"fps": 1, "inner": {"xyz": [-1, 0, 0]}}, "c.json: inner: x must not be negative"),
        ({"fps": 1, "inner": 3}, "c.json: inner: expected a block of keys, got 3"),
        ({"fps": None}, "c.json: fps: Input should be a valid integer, got null"),
        (
            {"fps": 1, "speed": {"elbow": "fast"}},
            "c.json: speed.elbow: Input should be a valid number, unable to parse string",
        ),
    ],
)
def test_an_error_is_one_line_that_names_file_key_and_what_is_accepted(
    raw: dict[str, object], expected: str
) -> None:
    """Whatever is wrong."""
    with pytest.raises(ConfigError) as error:
        parse(raw, Outer, "c.json")
    assert str(error.value).startswith(expected)
    assert "\n" not in str(error.value)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    """Else a file with five mistakes takes five starts."""
    raw = {"fps": "ten", "fsp": 2, "inner": {"mode": 3, "colour": "red"}}
    with pytest.raises(ConfigError) as error:
        parse(raw, Outer, "c.json")
    text = str(error.value)
    assert text.startswith("c.json: 4 mistakes: (1) unknown key 'fsp'; accepted here: ")
    for said in ("unknown key 'inner.colour'", "fps: Input should be", "inner.mode: Input should"):
        assert said in text
    assert "\n" not in text


def test_a_path_in_a_file_means_what_its_author_saw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the home folder; from here; else beside the file, as a published config has it."""
    here, published = tmp_path / "here", tmp_path / "published"
    for folder in (here, published):
        (folder / "both").mkdir(parents=True)
    (published / "arm.urdf").touch()
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", "/home/somebody")
    written = {
        "urdf_path": "./arm.urdf",
        "root": "both",
        "output_dir": "nowhere/yet",
        "policy": {"path": "~/act"},
        "task": "both",
    }
    (published / "c.json").write_text(json.dumps(written))
    raw = read_json(published / "c.json")
    assert Path(raw.pop("urdf_path")) == published / "arm.urdf"
    assert raw == {
        "root": "both",
        "output_dir": "nowhere/yet",
        "policy": {"path": "/home/somebody/act"},
        "task": "both",
    }


def test_the_keys_of_a_mapping_are_free() -> None:
    """Only a dataclass knows which keys there are."""
    raw = {"fps": 1, "extra": {"anything": 2}, "many": {"any": {"mode": "full"}}}
    config = parse(raw, Outer, "c.json")
    assert config.extra == {"anything": 2}
    assert config.many == {"any": Inner(mode="full")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, "there is no such file"),
        (" \n", "not JSON: the file is empty"),
        ("{", "not JSON: Expecting property name"),
        ("[1]", "expected a JSON object, got list"),
        ('{"fps": NaN}', "not JSON: NaN is no number of JSON"),
        ("[" * 100_000, "not JSON: "),
        ("a folder", "is a folder; expected a JSON file"),
    ],
)
def test_a_file_that_is_no_json_object_is_named(
    tmp_path: Path, text: str | None, expected: str
) -> None:
    """Missing, broken, or something else; not a traceback."""
    path = tmp_path / "config.json"
    if text == "a folder":
        path.mkdir()
    elif text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError, match=expected) as error:
        read_json(path)
    assert str(error.value).startswith(str(path))


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        (
            ["--dataset.root=outputs/b", "--dataset.fps", "30", "--resume=true"],
            {"dataset": {"root": "outputs/b", "fps": 30}, "policy": None, "resume": True},
        ),
        # A variable of a dataflow has not seen a shell.
        (
            ["--dataset.root=~/data", "--output", "~"],
            {
                "dataset": {"root": "/home/somebody/data", "fps": 10},
                "policy": None,
                "output": "/home/somebody",
            },
        ),
        # A block that is null in the file, and wanted now.
        (
            ["--policy.path=a"],
            {"dataset": {"root": "a", "fps": 10}, "policy": {"path": "a"}},
        ),
    ],
)
def test_overrides_reach_into_blocks_and_leave_the_file_alone(
    monkeypatch: pytest.MonkeyPatch, words: list[str], changed: dict[str, object]
) -> None:
    """As `lerobot-record --dataset.num_episodes=5` does."""
    monkeypatch.setenv("HOME", "/home/somebody")
    raw = {"dataset": {"root": "a", "fps": 10}, "policy": None}
    assert override(raw, words) == changed
    assert raw == {"dataset": {"root": "a", "fps": 10}, "policy": None}


@pytest.mark.parametrize(
    ("raw", "words", "expected"),
    [
        ({}, ["--hz=3"], "--hz=3: unknown key 'hz'"),
        ({}, ["--size.x", "many"], "--size.x=many: unknown key 'size'"),
        ({}, ["--fps=many"], "--fps=many: fps: Input should be a valid integer"),
        (
            {"old": 1},
            ["--fps=many", "--hz=3"],
            "a.json: 3 mistakes: (1) unknown key 'old'; accepted here: fps; "
            "(2) --hz=3: unknown key 'hz'; accepted here: fps; (3) --fps=many: fps: Input should",
        ),
    ],
)
def test_what_came_as_a_word_is_not_blamed_on_the_file(
    raw: dict[str, object], words: list[str], expected: str
) -> None:
    """The file has no such line; what is wrong in the file is still said of it."""

    @dataclass
    class Camera:
        fps: int = 10

    with pytest.raises(ConfigError, match=f"^{re.escape(expected)}"):
        parse(override(raw, words), Camera, "a.json")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["dataset.root=x"], "'dataset.root=x': expected --key.subkey=value"),
        (["--dataset.root"], "--dataset.root: no value given"),
        (["--dataset.root.x=1"], "'root' holds 'a', not a block of keys"),
    ],
)
def test_a_malformed_override_is_named(words: list[str], says: str) -> None:
    """In one line."""
    with pytest.raises(ConfigError, match=re.escape(says)):
        override({"dataset": {"root": "a"}}, words)


@pytest.mark.parametrize(
    ("key", "value"),
    [("env.fps", 10), ("env", {"fps": 10}), ("env.fps.low", None), ("sim.x", None)],
)
def test_a_key_with_dots_leads_to_what_stands_there_or_to_nothing(key: str, value: object) -> None:
    """Whatever is on the way."""
    assert value_at({"env": {"fps": 10}, "sim": None}, key) == value
