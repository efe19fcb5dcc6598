"""Walks a config's data and its dataclasses side by side, to find keys that nobody reads.

Pydantic passes unknown keys over, and draccus ends at the first; neither says what is accepted.
"""

import dataclasses
import difflib
import functools
import reprlib
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final


@dataclass(frozen=True)
class Place:
    """A key of a block.

    Attributes:
        key: with dots, from the whole on.
        value: what stands there.
        annotation: the type of what belongs there; None where nothing does.
        accepted: the names that its block takes.
        is_block: the keys below are places of their own.
    """

    key: str
    value: Any
    annotation: Any
    accepted: tuple[str, ...]
    is_block: bool


def places(raw: object, annotation: Any, prefix: str = "") -> Iterator[Place]:
    """Yield every key of every block that a dataclass describes.

    Args:
        raw: plain data.
        annotation: a dataclass, one of draccus' registries of them (the key `type` chooses), or a
            mapping or a union with such in it.
        prefix: of the keys, with its last dot.
    """
    if not isinstance(raw, dict):
        return
    for block in _blocks(annotation, raw):
        if typing.get_origin(block) is not None:
            for key, value in raw.items():
                yield from places(value, typing.get_args(block)[1], f"{prefix}{key}.")
            continue
        hints = _hints(block)
        accepted = tuple(f.name for f in dataclasses.fields(block) if f.init)
        is_chosen = hasattr(block, "get_choice_class")
        for key, value in raw.items():
            if is_chosen and key == "type":
                continue
            hint = hints[key] if key in accepted else None
            is_block = isinstance(value, dict) and any(_blocks(hint, value))
            yield Place(f"{prefix}{key}", value, hint, accepted, is_block)
            yield from places(value, hint, f"{prefix}{key}.")


def unknown_keys(raw: object, annotation: Any, prefix: str = "") -> list[str]:
    """Say of every key that nothing reads what is accepted in its place, and what was meant.

    The arguments are those of `places`.
    """
    known = dict.fromkeys(_all_keys(annotation, prefix))
    said = []
    for place in places(raw, annotation, prefix):
        if place.annotation is not None:
            continue
        guess = _meant(place, known)
        hint = f" (did you mean {guess!r}?)" if guess else ""
        accepted = ", ".join(place.accepted) or "none"
        said.append(f"unknown key {place.key!r}; accepted here: {accepted}{hint}")
    return said


def wrong_values(
    raw: object, annotation: Any, decode: Callable[[Any, Any], object], prefix: str = ""
) -> list[str]:
    """Say of every value that is not of its key's type what is accepted.

    The arguments are those of `places`; `decode` makes an object of a type from plain data, or
    raises something: draccus', which itself ends at the first.
    """
    said = []
    for place in places(raw, annotation, prefix):
        if place.annotation is None or place.is_block:
            continue
        is_wrong = place.value is None and not _takes_null(place.annotation)
        try:
            decode(place.annotation, place.value)
        except (Exception, SystemExit):
            is_wrong = True
        if is_wrong:
            said.append(
                f"{place.key}: expected {named(place.annotation)}, got {shown(place.value)}"
            )
    return said


def _takes_null(annotation: Any) -> bool:
    """Say whether nothing may stand there; draccus lets it pass anywhere."""
    return annotation in (Any, types.NoneType) or types.NoneType in typing.get_args(annotation)


def shown(value: object) -> str:
    """Return a value for an error: JSON's word for nothing, and not more than fits in a line."""
    return "null" if value is None else reprlib.repr(value)


_NAMES: Final[dict[Any, str]] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "text",
    Path: "a path",
    types.NoneType: "null",
}


def named(annotation: Any) -> str:
    """Return what a type accepts, in a person's words."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation in _NAMES:
        return _NAMES[annotation]
    if origin is typing.Annotated:
        return named(inner[0])
    if origin in (types.UnionType, typing.Union):
        return " or ".join(named(option) for option in inner)
    if origin is typing.Literal:
        return " or ".join(repr(choice) for choice in inner)
    if origin in (list, tuple, set) or annotation in (list, tuple, set):
        return "a list"
    if hasattr(annotation, "get_known_choices"):
        return f"a block whose type is one of {', '.join(sorted(annotation.get_known_choices()))}"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "one of " + ", ".join(str(member.value) for member in annotation)
    return "a block of keys"


def _meant(place: Place, known: Mapping[str, None]) -> str:
    """Return a key that is spelled like it in its block, or the same name in another one."""
    block, _, name = place.key.rpartition(".")
    close = difflib.get_close_matches(name, place.accepted, n=1)
    if close:
        return f"{block}.{close[0]}" if block else close[0]
    elsewhere = [key for key in known if key.rpartition(".")[2] == name]
    return elsewhere[0] if len(elsewhere) == 1 else ""


def _blocks(annotation: Any, raw: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the dataclasses and the mappings that data may stand for."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        yield from _blocks(typing.get_args(annotation)[0], raw)
    elif origin in (types.UnionType, typing.Union):
        for option in typing.get_args(annotation):
            yield from _blocks(option, raw)
    elif origin in (dict, Mapping):
        yield annotation
    elif hasattr(annotation, "get_known_choices") and "type" in raw:
        kind = raw["type"]
        choice = annotation.get_known_choices().get(kind) if isinstance(kind, str) else None
        if choice is not None:
            yield choice
    elif isinstance(annotation, type) and dataclasses.is_dataclass(annotation):
        yield annotation


@functools.cache
def _hints(block: Any) -> dict[str, Any]:
    """Return the types of a dataclass' fields; what cannot be looked up may be anything."""
    fields = dataclasses.fields(block)
    try:
        hints = typing.get_type_hints(block)
    except NameError:
        return {field.name: Any for field in fields}
    optional = {f.name: hints[f.name] | None for f in fields if f.default is None}
    return {**hints, **optional}


def _all_keys(annotation: Any, prefix: str) -> Iterator[str]:
    """Yield every key that there can be; what a registry would choose is not known."""
    for block in _blocks(annotation, {}):
        if typing.get_origin(block) is None:
            hints = _hints(block)
            for field in dataclasses.fields(block):
                if field.init:
                    yield f"{prefix}{field.name}"
                    yield from _all_keys(hints[field.name], f"{prefix}{field.name}.")
