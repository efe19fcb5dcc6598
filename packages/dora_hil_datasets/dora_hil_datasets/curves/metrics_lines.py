"""Reads what `MetricsFile` writes, also while it is being written."""

import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeGuard

from dora_hil.errors import UserError

type Row = Mapping[str, Any]


class MetricsLinesError(UserError):
    """A file that cannot be read, or holds something else."""


def read_lines(path: Path, required: Sequence[str]) -> list[Row]:
    """Return the lines of a file, none where it does not exist.

    Whatever follows the last line break is still being written, and left out.

    Args:
        path: the file.
        required: figures that every line must have, as finite numbers.

    Raises:
        MetricsLinesError: the file cannot be read, or a line is broken.
    """
    try:
        lines = path.read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise MetricsLinesError(f"{path}: cannot be read: {error.strerror}") from None
    return [_row(line, f"{path}, line {n}", required) for n, line in enumerate(lines, start=1)]


def _row(line: bytes, place: str, required: Sequence[str]) -> Row:
    try:
        row = json.loads(line)
    except ValueError:
        raise MetricsLinesError(f"{place}: is not JSON; without this line it can be read") from None
    if not isinstance(row, dict):
        raise MetricsLinesError(f"{place}: is not a JSON object")
    for figure in required:
        if not is_number(row.get(figure)) or not math.isfinite(row[figure]):
            raise MetricsLinesError(f"{place}: {figure!r} is missing or no finite number")
    return row


def is_number(value: Any) -> TypeGuard[int | float]:
    """Say whether a figure can be drawn; one that diverged is a number still."""
    return isinstance(value, int | float)


def changes(files: Sequence[Path], period_s: float) -> Iterator[None]:
    """Yield at once, then whenever one of the files has changed; look every `period_s` seconds."""
    seen = None
    while True:
        now = [_stamp(file) for file in files]
        if now != seen:
            seen = now
            yield
        time.sleep(period_s)


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
