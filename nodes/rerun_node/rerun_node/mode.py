"""Where the view is to be seen."""

import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from dora_hil.config import read_json


class Mode(StrEnum):
    """Where the view is to be seen; AUTO leaves the choice to `chosen`."""

    AUTO = "auto"
    SPAWN = "spawn"
    SERVE = "serve"
    SAVE = "save"
    OFF = "off"


def chosen(mode: Mode, record_config: Path | None, environ: Mapping[str, str]) -> Mode:
    """Return what AUTO comes to; a mode that was named is left as it is.

    A record config switches AUTO off where its `display_data` is false.

    Raises:
        ConfigError: the record config cannot be read.
    """
    if mode is not Mode.AUTO:
        return mode
    # The other keys, and what else this one may hold, are the recorder's business.
    if record_config is not None and read_json(record_config).get("display_data") is False:
        return Mode.OFF
    return Mode.SPAWN if has_display(sys.platform, environ) else Mode.SERVE


def has_display(platform: str, environ: Mapping[str, str]) -> bool:
    """Say whether a window could be opened and would be seen; `platform` is `sys.platform`."""
    if platform == "darwin":
        # Over SSH there is a window server, but nobody in front of it.
        return "SSH_CONNECTION" not in environ
    if platform == "win32":
        return True
    # `localhost:10` is what `ssh -X` forwards, without the graphics that Rerun needs.
    return bool(environ.get("WAYLAND_DISPLAY")) or environ.get("DISPLAY", "").startswith(":")
