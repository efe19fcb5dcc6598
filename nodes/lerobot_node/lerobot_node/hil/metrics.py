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
    """Appends to a file, so that a resumed run goes on in it.

    Attributes:
        newest: the last line that was there before; empty for a new file.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, and remove a line that was being written when a process was killed.

        Raises:
            MetricsError: it cannot be written, or is no file of figures.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a+", encoding="utf-8", buffering=1)
            self.newest = self._whole_lines()
        except ValueError:
            raise MetricsError(f"{path}: the last line is no JSON object") from None
        except OSError as error:
            raise MetricsError(f"{path}: cannot be written: {error.strerror}") from None

    def _whole_lines(self) -> dict[str, Any]:
        self._file.seek(0)
        text = self._file.read()
        whole = text[: text.rfind("\n") + 1]
        self._file.truncate(len(whole.encode()))
        newest: dict[str, Any] = json.loads(whole.splitlines()[-1]) if whole else {}
        return newest

    def write(self, figures: Mapping[str, Any]) -> None:
        """Append a line; `time_s` is the clock's, since 1970."""
        self._file.write(json.dumps({"time_s": round(time.time(), 3), **figures}) + "\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()
