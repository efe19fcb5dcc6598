"""Read a JSON file into a config dataclass, or say in one line what is wrong with it."""

import dataclasses
import json
import os
import shlex
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from dora_hil.errors import UserError


class ConfigError(UserError, ValueError):
    """A config that cannot be used; the text names the file, the key and what is accepted."""


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        ConfigError: the file is missing, unreadable, not JSON or not an object.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ConfigError(f"{path}: not JSON: {error}") from None
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: expected a JSON object, got {type(raw).__name__}")
    return raw


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
        ConfigError: names the first key that is unknown or holds something unusable.
    """
    _refuse_unknown_keys(raw, cls, source, prefix="")
    try:
        return TypeAdapter(cls).validate_python(raw)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the whole"
        got = "" if first["type"] == "missing" else f", got {first['input']!r}"
        message = first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{source}: {key}: {message}{got}") from None


def _refuse_unknown_keys(raw: object, annotation: object, source: str, prefix: str) -> None:
    """Walk data and types side by side; pydantic alone would not name what is accepted."""
    if not isinstance(raw, dict):
        return
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        for option in typing.get_args(annotation):
            _refuse_unknown_keys(raw, option, source, prefix)
    elif typing.get_origin(annotation) in (dict, Mapping):
        for key, value in raw.items():
            _refuse_unknown_keys(value, typing.get_args(annotation)[1], source, f"{prefix}{key}.")
    elif isinstance(annotation, type) and dataclasses.is_dataclass(annotation):
        hints = typing.get_type_hints(annotation)
        accepted = [f.name for f in dataclasses.fields(annotation)]
        for key, value in raw.items():
            if key not in accepted:
                raise ConfigError(
                    f"{source}: unknown key {prefix + key!r}; accepted here: {', '.join(accepted)}"
                )
            _refuse_unknown_keys(value, hints[key], source, f"{prefix}{key}.")


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


def override(raw: dict[str, Any], words: Sequence[str]) -> dict[str, Any]:
    """Return `raw` with ``--a.b=value`` put over it, as LeRobot's own commands have it.

    A value is read as JSON where it is JSON, else as text. Keys are not checked here: `parse`
    does that, with the same errors as for the file.

    Args:
        raw: what the file held; it is not changed.
        words: ``--a.b=value`` or ``--a.b value``.

    Raises:
        ConfigError: a word is neither.
    """
    changed: dict[str, Any] = json.loads(json.dumps(raw))
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
        raw[path[-1]] = text
