"""Which OpenGL to draw with; MuJoCo reads the choice when it is imported."""

import ctypes
import sys
from collections.abc import Callable, Mapping, MutableMapping

from dora_hil.errors import UserError

REMEDY = (
    "on Debian or Ubuntu run `apt-get install libegl1 libopengl0 libgl1-mesa-dri`, or set "
    "MUJOCO_GL=osmesa after `apt-get install libosmesa6`; a config without cameras needs no OpenGL"
)

# Of each group one is enough; MuJoCo's EGL finds the functions of OpenGL itself in the second.
_NEEDS = {
    "egl": (("libEGL.so.1",), ("libOpenGL.so.0", "libGL.so.1")),
    "osmesa": (("libOSMesa.so.8", "libOSMesa.so.6", "libOSMesa.so"),),
}


# Of MuJoCo's own `rendering/classic/gl_context.py`.
_ACCEPTED = {
    "linux": ("egl", "osmesa", "glfw", "glx"),
    "darwin": ("cgl", "glfw"),
    "win32": ("wgl", "glfw"),
}
_SWITCHES = ("1", "on", "true", "enable", "enabled", "0", "off", "false", "disable", "disabled")


class RenderError(UserError, RuntimeError):
    """Pictures that cannot be drawn; the text says what failed and the remedy."""


def can_load(library: str) -> bool:
    """Say whether a shared library can be loaded."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing_library(backend: str, can_load: Callable[[str], bool] = can_load) -> str:
    """Name a library that a backend lacks; empty if it has all."""
    for group in _NEEDS.get(backend, ()):
        if not any(can_load(library) for library in group):
            return group[0]
    return ""


def choose_gl_backend(
    env: Mapping[str, str], platform: str = sys.platform, can_load: Callable[[str], bool] = can_load
) -> str | None:
    """Choose what MUJOCO_GL should be.

    EGL draws without a display, on a GPU where there is one, and the same with a display as
    without: it is taken on Linux wherever it is there.

    Returns:
        "egl" or "osmesa"; None to leave the choice to MuJoCo: where MUJOCO_GL is set, where the
        system is not Linux, and where there is no EGL but a display.
    """
    if platform != "linux" or env.get("MUJOCO_GL"):
        return None
    if not missing_library("egl", can_load):
        return "egl"
    return None if env.get("DISPLAY") or env.get("WAYLAND_DISPLAY") else "osmesa"


def prepare_opengl(
    env: MutableMapping[str, str],
    platform: str = sys.platform,
    can_load: Callable[[str], bool] = can_load,
) -> None:
    """Set MUJOCO_GL where nobody has; MuJoCo and whoever else opens a context must agree.

    Raises:
        RenderError: MUJOCO_GL names a backend that MuJoCo does not have, or whose library is
            missing: importing mujoco would end in somebody else's traceback.
    """
    backend = choose_gl_backend(env, platform, can_load)
    if backend is not None:
        env["MUJOCO_GL"] = backend
        return
    wanted = env.get("MUJOCO_GL", "").lower().strip()
    accepted = _ACCEPTED.get(platform, ())
    if wanted and accepted and wanted not in (*accepted, *_SWITCHES):
        raise RenderError(
            f"MUJOCO_GL={wanted}: MuJoCo has no such OpenGL here; unset it, or set it to one of "
            f"{', '.join(accepted)}"
        )
    missing = missing_library(wanted, can_load) if platform == "linux" else ""
    if missing:
        raise RenderError(f"MUJOCO_GL={wanted}: {missing} cannot be loaded; unset it, or {REMEDY}")
