"""MuJoCo's own window, where there is a display to show it on."""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from dora_hil import logs
from dora_hil.errors import UserError
from dora_hil.program import find_program

log = logging.getLogger(__name__)

MODES = ("auto", "on", "off")

CLOSE_TIMEOUT_S = 5.0


class ViewerError(UserError):
    """The window was asked for and cannot be opened."""


def wants_viewer(mode: str, platform: str, environ: Mapping[str, str]) -> bool:
    """Decide whether to open a window: `on`, `off`, or `auto`, where there is a display."""
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
    which: Callable[[str], str | None] = find_program,
    execv: Callable[[str, list[str]], Any] = os.execv,
) -> None:
    """Start this node anew under mjpython; does not return.

    Raises:
        ViewerError: mjpython is not installed.
    """
    mjpython = which("mjpython")
    if mjpython is None:
        raise ViewerError(
            "the viewer on macOS needs mjpython, which comes with mujoco and was not found; "
            "use --viewer off to go without a window"
        )
    logs.give_stdout_back()
    execv(mjpython, [mjpython, "-m", "gym_hil_node.main", *argv])


class Viewer:
    """A passive window that shows the state after every step."""

    def __init__(self, handle: Any, threads: Iterable[threading.Thread] = ()) -> None:
        """Show through a `mujoco.viewer.Handle`, drawn by these threads."""
        self._handle = handle
        self._threads = tuple(threads)

    @property
    def is_open(self) -> bool:
        """Say whether the person has left the window open."""
        return bool(self._handle.is_running())

    def show(self) -> None:
        """Draw the present state."""
        self._handle.sync()

    def close(self) -> None:
        """Close the window and wait for its thread, which reads the model until it ends."""
        self._handle.close()
        for thread in self._threads:
            thread.join(CLOSE_TIMEOUT_S)


def open_viewer(model: Any, data: Any, mode: str) -> Viewer | None:
    """Open a window; in mode `auto` a display that does not work is only a warning.

    Raises:
        ViewerError: mode `on`, and there is no window.
    """
    if not wants_viewer(mode, sys.platform, os.environ):
        return None
    reason = why_no_window()
    if reason:
        if mode == "on":
            raise ViewerError(f"--viewer on: no window can be opened: {reason}")
        log.warning("no viewer window can be opened: %s; going on without", reason)
        return None

    import mujoco.viewer

    others = set(threading.enumerate())
    # The panels would cover the robot in a window of ordinary size.
    handle = mujoco.viewer.launch_passive(model, data, show_left_ui=False, show_right_ui=False)
    return Viewer(handle, set(threading.enumerate()) - others)


_TRIAL = """
import sys, warnings, glfw
warnings.simplefilter("error")
try:
    glfw.init()
    glfw.window_hint(glfw.VISIBLE, glfw.FALSE)
    if not glfw.create_window(16, 16, "", None, None):
        sys.exit("GLFW does not say why")
except glfw.GLFWError as error:
    sys.exit(str(error))
"""


def why_no_window() -> str:
    """Say why no OpenGL window can be opened; empty if one can.

    MuJoCo's viewer ends the whole process where it fails, from a thread of its own: so try
    first, and in another process, for two OpenGL contexts of one thread get in each other's way.
    """
    if sys.platform != "linux":
        return ""
    trial = subprocess.run(
        [sys.executable, "-c", _TRIAL], capture_output=True, text=True, check=False
    )
    return trial.stderr.strip() if trial.returncode else ""
