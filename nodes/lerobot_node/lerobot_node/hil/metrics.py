"""Figures of a training, a line of JSON each: no account, no server."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dora_hil.errors import UserError


class MetricsError(UserError):
    """A file that cannot be written."""


class MetricsFile:
    """Appends to a file, so that a resumed run goes on in it."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            MetricsError: it cannot be written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a", encoding="utf-8", buffering=1)
        except OSError as error:
            raise MetricsError(f"{path}: cannot be written: {error.strerror}") from None

    def write(self, figures: Mapping[str, Any]) -> None:
        """Append a line; `time_s` is the clock's, since 1970."""
        self._file.write(json.dumps({"time_s": round(time.time(), 3), **figures}) + "\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()
