"""Figures of a training, a line of JSON each: no account, no server."""

import json
import time
from collections.abc import Iterable, Mapping
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

    def lines(self) -> list[dict[str, Any]]:
        """Return all that is written.

        Raises:
            MetricsError: a line is broken.
        """
        self._file.seek(0)
        try:
            return [json.loads(line) for line in self._file]
        except ValueError:
            raise MetricsError(f"{self._file.name}: a line is no JSON object") from None

    def catch_up(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Append lines of episodes that follow the newest one: a kill came in between."""
        for line in lines:
            if line["episode"] > self.newest.get("episode", 0):
                self.write(line)
                self.newest = dict(line)

    def go_back(self, episodes: int) -> None:
        """Go on after so many episodes; the whole file is kept beside this one."""
        kept = [line for line in self.lines() if line.get("episode", 0) <= episodes]
        self.close()
        path = Path(self._file.name)
        path.replace(path.with_name(f"{path.stem}.{time.time_ns()}{path.suffix}"))
        self._file = path.open("a+", encoding="utf-8", buffering=1)
        self._file.writelines(json.dumps(line) + "\n" for line in kept)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
