"""Where the bridge listens."""

import os
import tempfile
from pathlib import Path

VARIABLE = "BRIDGE_SOCKET"


def socket_path(named: str = "") -> Path:
    """Return the socket of that name; else ``$BRIDGE_SOCKET``, or a path of this user's own."""
    path = named or os.environ.get(VARIABLE)
    if path:
        return Path(path).expanduser()
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        return Path(runtime) / "dora-hil.sock"
    return Path(tempfile.gettempdir()) / f"dora-hil-{os.getuid()}.sock"
