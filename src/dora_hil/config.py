"""Read a JSON file into a config dataclass, or say in one line what is wrong with it."""

import contextlib
import functools
import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from dora_hil.config_keys import shown, unknown_keys
from dora_hil.errors import UserError

_PATH_KEY: Final = re.compile(r"(.*_)?(path|dir|root|output)|vision_encoder_name|model_name")
"""LeRobot's names, and ours, of what may be a file or a folder."""

MAX_SEED: Final = 2**32
"""Where numpy's own seeds end; an episode's seed counts on from a config's."""

_JSON_TYPES: Final = {
    "dataclass_type": "a block of keys",
    "dict_type": "a block of keys",
    "tuple_type": "a list",
}
"""What Pydantic calls by Python's names."""


class ConfigError(UserError, ValueError):
    """A config that cannot be used; the text names the file, the key and what is accepted."""


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Paths in it mean what its author saw: `~` is the home folder, and a relative path that leads
    nowhere from here, but from the file's own folder, is meant from there.

    Raises:
        ConfigError: the file is missing, unreadable, not JSON or not an object.
    """
    try:
        text = path.read_text(encoding="utf-8")
        if not text.strip():
            raise ValueError("the file is empty")
        raw = json.loads(text, parse_constant=_refuse_constant)
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file") from None
    except OSError as error:
        if path.is_dir():
            raise ConfigError(f"{path}: is a folder; expected a JSON file") from None
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not JSON: {error}") from None
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: expected a JSON object, got {type(raw).__name__}")
    placed: dict[str, Any] = _placed(raw, path.parent)
    return placed


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _placed(value: Any, folder: Path, key: str = "") -> Any:
    """Return data of a file in `folder` with its paths as this process has to open them."""
    if isinstance(value, dict):
        return {name: _placed(inner, folder, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_placed(inner, folder, key) for inner in value]
    if not isinstance(value, str):
        return value
    path = from_home(value)
    if path and _PATH_KEY.fullmatch(key) and not os.path.exists(path):
        beside = folder / path
        return str(beside) if os.path.exists(beside) else path
    return path


def from_home(text: str) -> str:
    """Return text with `~` made the home folder where a path may begin; a shell does it rarely.

    It leaves ``--root=~/data`` as it is, and so does whoever reads a variable or a file.
    """
    return re.sub(r"(?<![^=,])~[^/=,\s]*(?=/|$)", lambda home: os.path.expanduser(home[0]), text)


def value_at(raw: Any, key: str) -> Any:
    """Return what stands at a key with dots in plain data; None where nothing does."""
    for name in key.split("."):
        raw = raw.get(name) if isinstance(raw, dict) else None
    return raw


def parse[T](raw: dict[str, Any], cls: type[T], source: str) -> T:
    """Build a dataclass from plain data; unknown keys are errors at every depth.

    Args:
        raw: what the file held.
        cls: a dataclass; nested dataclasses are built too.
        source: what to call the data in an error, usually the path.

    Raises:
        ConfigError: names every key that is unknown or holds something unusable.
    """
    config, problems = build(raw, cls)
    refuse(problems, source, raw)
    assert config is not None
    return config


def build[T](raw: dict[str, Any], cls: type[T], prefix: str = "") -> tuple[T | None, list[str]]:
    """Build a dataclass as `parse` does, and return all that is wrong instead of raising it.

    Args:
        raw: what stands in the block.
        cls: a dataclass.
        prefix: of the block's keys in an error, with its last dot.

    Returns:
        The object, None where it cannot be built; and what is wrong, key by key.
    """
    problems = unknown_keys(raw, cls, prefix)
    try:
        # mypy does not take a class for hashable.
        return _adapter(cls).validate_python(raw), problems  # type: ignore[arg-type]
    except ValidationError as error:
        return None, [*problems, *_unusable(error, raw, prefix)]


@functools.cache
def _adapter(cls: Any) -> TypeAdapter[Any]:
    """Return what validates a class; making it takes ten times as long as using it."""
    return TypeAdapter(cls)


def refuse(problems: Sequence[str], source: str, raw: dict[str, Any] | None = None) -> None:
    """Say in one line all that is wrong with a config; do nothing where nothing is.

    Args:
        problems: each with its key and what is accepted.
        source: what to call the config.
        raw: its data, which knows what was put over the file (see `override`).

    Raises:
        ConfigError: there is a problem.
    """
    words = raw.words if isinstance(raw, Overridden) else {}
    blamed = [(_word(text, words), text) for text in problems]
    if len(problems) == 1:
        raise ConfigError(f"{blamed[0][0] or source}: {problems[0]}")
    if problems:
        named = [f"{word}: {text}" if word else text for word, text in blamed]
        listed = "; ".join(f"({count}) {text}" for count, text in enumerate(named, 1))
        raise ConfigError(f"{source}: {len(problems)} mistakes: {listed}")


def _word(problem: str, words: Mapping[str, str]) -> str:
    """Return the word that a problem's key came from; empty where that is the file."""
    key = re.sub(r"^unknown key '([^']*)'.*|^([\w.]+):.*", r"\1\2", problem, flags=re.DOTALL)
    for given, word in words.items():
        if given == key or key.startswith(f"{given}.") or given.startswith(f"{key}."):
            return word
    return ""


class Findings:
    """What is wrong with a config beyond its types, gathered so that all of it is said at once.

    Attributes:
        problems: each with its key and what is accepted.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.problems: list[str] = []

    def demand(self, is_met: bool, text: str) -> None:
        """Note what is not met."""
        if not is_met:
            self.problems.append(text)

    @contextlib.contextmanager
    def gather(self) -> Iterator[None]:
        """Note what a check raises, and go on behind it."""
        try:
            yield
        except ConfigError as error:
            self.problems.append(str(error))


def _unusable(error: ValidationError, raw: dict[str, Any], prefix: str) -> list[str]:
    """Return what Pydantic found, once for each key."""
    found: dict[str, list[ErrorDetails]] = {}
    for detail in error.errors():
        found.setdefault(_key(detail, raw), []).append(detail)
    said = []
    for key, details in found.items():
        if any(other.startswith(f"{key}.") for other in found):
            # It has the shape of one member of a union, in which something else is wrong.
            continue
        # A union has an error for each of its members.
        texts = " or ".join(dict.fromkeys(_text(detail) for detail in details))
        is_told = details[0]["type"] == "missing" or isinstance(details[0]["input"], dict)
        got = "" if is_told else f", got {shown(details[0]['input'])}"
        where = f"{prefix}{key}".rstrip(".") or "the whole"
        said.append(f"{where}: {texts}{got}")
    return said


def _key(detail: ErrorDetails, raw: Any) -> str:
    """Return where an error is, without the names of a union's members."""
    names = []
    for name in detail["loc"]:
        is_item = isinstance(raw, list | tuple) and isinstance(name, int) and name < len(raw)
        if is_item or (isinstance(raw, dict) and name in raw):
            raw = raw[name]
        elif detail["type"] != "missing" or name is not detail["loc"][-1]:
            continue
        names.append(str(name))
    return ".".join(names)


def _text(detail: ErrorDetails) -> str:
    if detail["type"] in _JSON_TYPES:
        return f"expected {_JSON_TYPES[detail['type']]}"
    return detail["msg"].removeprefix("Value error, ")


def words_of(variable: str) -> list[str]:
    """Return the words that an environment variable holds, as a shell would split them.

    Raises:
        ConfigError: a quotation is not closed.
    """
    text = os.environ.get(variable, "")
    try:
        return shlex.split(text)
    except ValueError as error:
        raise ConfigError(f"${variable}: {text!r}: {error}") from None


class Overridden(dict[str, Any]):
    """Plain data of a file with words put over it.

    Attributes:
        words: what was put over it, as it was written, by the key it is for.
    """

    def __init__(self, raw: dict[str, Any]) -> None:
        """Begin with a copy of the file's data, and no words."""
        super().__init__(json.loads(json.dumps(raw)))
        self.words: dict[str, str] = {}


def override(raw: dict[str, Any], words: Sequence[str]) -> Overridden:
    """Return `raw` with ``--a.b=value`` put over it, as LeRobot's own commands have it.

    A value is read as JSON where it is JSON, else as text. Keys are not checked here: `parse`
    does that, with the same errors as for the file, but names the word in place of the file.

    Args:
        raw: what the file held; it is not changed.
        words: ``--a.b=value`` or ``--a.b value``.

    Raises:
        ConfigError: a word is neither.
    """
    changed = Overridden(raw)
    rest = list(words)
    while rest:
        flag = rest.pop(0)
        key, has_value, text = flag.removeprefix("--").partition("=")
        if not flag.startswith("--") or not key:
            raise ConfigError(f"{flag!r}: expected --key.subkey=value")
        if not has_value:
            if not rest:
                raise ConfigError(f"{flag}: no value given; expected {flag}=value")
            text = rest.pop(0)
        _put(changed, key.split("."), text, flag)
        changed.words[key] = f"--{key}={text}"
    return changed


def _put(raw: dict[str, Any], path: list[str], text: str, flag: str) -> None:
    for part in path[:-1]:
        # A block that is null in the file, for nothing of it is wanted, is one now.
        raw[part] = {} if raw.get(part) is None else raw[part]
        raw = raw[part]
        if not isinstance(raw, dict):
            raise ConfigError(f"{flag}: {part!r} holds {raw!r}, not a block of keys")
    try:
        raw[path[-1]] = json.loads(text)
    except ValueError:
        raw[path[-1]] = from_home(text)
