"""MuJoCo's own window, where there is a display to show it on."""

import logging
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dora_hil.errors import UserError

log = logging.getLogger(__name__)

MODES = ("auto", "on", "off")


class ViewerError(UserError):
    """The window was asked for and cannot be opened."""


def wants_viewer(mode: str, platform: str, environ: Mapping[str, str]) -> bool:
    """Decide whether to open a window.

    Args:
        mode: `on`, `off`, or `auto`: where there is a display.
        platform: `sys.platform`.
        environ: the environment variables.
    """
    if mode != "auto":
        return mode == "on"
    if platform == "darwin":
        # Over SSH there is a window server, but nobody in front of it.
        return "SSH_CONNECTION" not in environ
    if platform == "win32":
        return True
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def needs_mjpython(platform: str, environ: Mapping[str, str]) -> bool:
    """Say whether the window needs MuJoCo's launcher, which owns the main thread on macOS."""
    return platform == "darwin" and "MJPYTHON_BIN" not in environ


def run_under_mjpython(
    argv: Sequence[str],
    *,
    which: Callable[[str], str | None] = shutil.which,
    execv: Callable[[str, list[str]], Any] = os.execv,
) -> None:
    """Start this node anew under mjpython; does not return.

    Raises:
        ViewerError: mjpython is not installed.
    """
    mjpython = which("mjpython")
    if mjpython is None:
        raise ViewerError(
            "the viewer on macOS needs mjpython, which comes with mujoco and was not found on "
            "PATH; use --viewer off to go without a window"
        )
    execv(mjpython, [mjpython, "-m", "gym_hil_node.main", *argv])


class Viewer:
    """A passive window that shows the state after every step."""

    def __init__(self, handle: Any) -> None:
        """Show through a `mujoco.viewer.Handle`."""
        self._handle = handle

    @property
    def is_open(self) -> bool:
        """Say whether the person has left the window open."""
        return bool(self._handle.is_running())

    def show(self) -> None:
        """Draw the present state."""
        self._handle.sync()

    def close(self) -> None:
        """Close the window."""
        self._handle.close()


def open_viewer(model: Any, data: Any, mode: str) -> Viewer | None:
    """Open a window; in mode `auto` a display that does not work is only a warning.

    Raises:
        ViewerError: mode `on`, and there is no window.
    """
    if not wants_viewer(mode, sys.platform, os.environ):
        return None
    try:
        import mujoco.viewer

        return Viewer(mujoco.viewer.launch_passive(model, data))
    except Exception as error:  # glfw, GL and mjpython each raise something of their own.
        reason = f"no viewer window: {error}"
        if mode == "on":
            raise ViewerError(f"--viewer on: {reason}") from None
        log.warning("%s; going on without", reason)
        return None
