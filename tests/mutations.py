"""Every config with every key spoiled, one at a time."""

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from dora_hil.errors import UserError

VALUES: tuple[Any, ...] = (None, "", "word", -1, 0, 1.5, 10**30, True, [], [None], ["a"], {"a": 1})


def check_reading(
    read: Callable[[Path], object], path: Path, raw: dict[str, Any], free: Sequence[str] = ()
) -> None:
    """Read a config spoiled in every way, from a file at `path`.

    Args:
        read: reads a config file.
        path: of the file to write.
        raw: a config that is good.
        free: blocks in which any key is taken.

    Raises:
        AssertionError: one is refused otherwise than in one line with the file's name, or is
            taken with a key that nobody reads.
    """
    for what, spoiled in mutations(raw):
        path.write_text(json.dumps(spoiled))
        refusal = _refusal(read, path, what)
        block, is_more, _ = what.partition(" with a key more")
        assert refusal or not is_more or block in free, what
        assert not refusal or refusal.startswith(str(path)), f"{what}: {refusal}"
        assert "\n" not in refusal, f"{what}: {refusal}"


def _refusal(read: Callable[[Path], object], path: Path, what: str) -> str:
    try:
        read(path)
    except UserError as error:
        return str(error)
    except Exception as error:
        raise AssertionError(f"{what}: {error!r}") from error
    return ""


def mutations(raw: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what was done to a config, and what it is then.

    A key is left out, or holds one of `VALUES`; a block has a key more; so has the whole.
    """
    for path in _paths(raw):
        name = ".".join(map(str, path)) or "the whole"
        if path:
            yield f"{name} left out", _with(raw, path, None, is_dropped=True)
            for value in VALUES:
                yield f"{name} = {value!r}", _with(raw, path, value)
        if isinstance(_at(raw, path), dict):
            yield f"{name} with a key more", _with(raw, (*path, "unknown_key"), 1)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths(inner, (*path, key))
    elif isinstance(value, list) and value:
        yield from _paths(value[0], (*path, 0))


def _at(raw: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        raw = raw[key]
    return raw


def _with(raw: Any, path: tuple[Any, ...], value: Any, *, is_dropped: bool = False) -> Any:
    changed = copy.deepcopy(raw)
    block = _at(changed, path[:-1])
    if is_dropped:
        del block[path[-1]]
    else:
        block[path[-1]] = value
    return changed
