"""Change one value in the text of a JSON file; every other character stays.

Config files are written by people: a tool that loads and dumps them would lay all of it out anew.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from dora_hil.config import ConfigError

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"\s*")
_STEP = "  "


def with_value(text: str, key: str, value: Any, source: str) -> str:
    """Return the text with another value at a key; blocks that are missing or null are made.

    Args:
        text: of a JSON object.
        key: with dots, for instance ``env.processor.image_preprocessing``.
        value: plain data.
        source: what to call the text in an error.

    Raises:
        ConfigError: a block on the way holds something else.
    """
    return _put(text, _skip(text, 0), key.split("."), value, f"{source}: {key}")


def _put(text: str, start: int, path: Sequence[str], value: Any, what: str) -> str:
    """Put a value into the object that begins at `start`."""
    name, rest = path[0], path[1:]
    last: tuple[int, int] | None = None
    for key, key_at, begin, end in _members(text, start):
        last = key_at, end
        if key != name:
            continue
        if not rest or text[begin:end] == "null":
            return text[:begin] + _dump(_nested(rest, value), _indent(text, key_at)) + text[end:]
        if text[begin] != "{":
            raise ConfigError(f"{what}: {name!r} holds {text[begin:end]}, not a block of keys")
        return _put(text, begin, rest, value, what)
    if last is None:
        end = text.index("}", start) + 1
        made = _dump({name: _nested(rest, value)}, _indent(text, start))
        return text[:start] + made + text[end:]
    indent = _indent(text, last[0])
    made = f",\n{indent}{json.dumps(name)}: {_dump(_nested(rest, value), indent)}"
    return text[: last[1]] + made + text[last[1] :]


def _members(text: str, start: int) -> Iterator[tuple[str, int, int, int]]:
    """Yield each member of an object: its key, where that is, and the span of its value."""
    at = _skip(text, start + 1)
    while text[at] != "}":
        key, colon = _DECODER.raw_decode(text, at)
        begin = _skip(text, _skip(text, colon) + 1)
        _, end = _DECODER.raw_decode(text, begin)
        yield key, at, begin, end
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    """Return where the next character stands that is no white space."""
    match = _SPACE.match(text, at)
    assert match is not None
    return match.end()


def _indent(text: str, at: int) -> str:
    """Return the white space that the line of a character begins with."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: _skip(line, 0)]


def _nested(path: Sequence[str], value: Any) -> Any:
    for name in reversed(path):
        value = {name: value}
    return value


def _dump(value: Any, indent: str) -> str:
    """Lay blocks out over lines, and keep lists on one, as the shipped configs have it."""
    if not isinstance(value, dict) or not value:
        return json.dumps(value)
    inner = indent + _STEP
    members = (f"{inner}{json.dumps(k)}: {_dump(v, inner)}" for k, v in value.items())
    return "{\n" + ",\n".join(members) + f"\n{indent}}}"
