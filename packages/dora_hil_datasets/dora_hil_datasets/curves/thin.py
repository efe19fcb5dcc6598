"""A training's figures in a size that can be kept beside a result."""

import json
import math
from pathlib import Path
from typing import Any

from dora_hil_datasets.curves.metrics_lines import Row, read_lines
from dora_hil_datasets.curves.training import ACTOR, LEARNER, STEP, UPDATE

DIGITS = 4
"""Significant ones, of everything but counts and times."""


def thin(folder: Path, into: Path, *, every: int = 4) -> None:
    """Copy the metrics of actor and learner, so that they draw the same curves.

    All episodes are kept, and every `every`-th line of the learner's updates; what the learner
    repeats of the episodes is left out.

    Raises:
        MetricsLinesError: a file cannot be read.
    """
    into.mkdir(parents=True, exist_ok=True)
    updates = [row for row in read_lines(folder / LEARNER, ["time_s"]) if UPDATE in row]
    _write(into / ACTOR, read_lines(folder / ACTOR, ["time_s", STEP]))
    _write(into / LEARNER, updates[::every])


def _write(path: Path, rows: list[Row]) -> None:
    lines = [json.dumps({key: _short(key, value) for key, value in row.items()}) for row in rows]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _short(key: str, value: Any) -> Any:
    if not isinstance(value, float) or not math.isfinite(value) or value == 0.0:
        return value
    if key in ("time_s", "wall_s"):
        return round(value, 2)
    return round(value, DIGITS - 1 - math.floor(math.log10(abs(value))))
