"""The JSON file that a replay writes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dora_hil.errors import UserError


class OutputError(UserError):
    """A file that cannot be written."""


class OutputFile:
    """A file whose place is checked before the work that is to be written into it."""

    def __init__(self, path: Path) -> None:
        """Create the folder.

        Raises:
            OutputError: it cannot be created, or `path` is a folder itself.
        """
        self._path = path
        if path.is_dir():
            raise OutputError(f"output: {path} is a folder, expected the name of a file")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"output: {path.parent}: {error.strerror}") from None

    def write(self, content: Mapping[str, Any]) -> None:
        """Write the file.

        Raises:
            OutputError: it cannot be written.
        """
        text = json.dumps(content, indent=2, allow_nan=False)
        try:
            self._path.write_text(f"{text}\n", encoding="utf-8")
        except OSError as error:
            raise OutputError(f"output: {self._path}: {error.strerror}") from None
