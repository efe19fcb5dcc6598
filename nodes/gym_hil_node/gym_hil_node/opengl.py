"""Which OpenGL to draw with; MuJoCo reads the choice when it is imported."""

import ctypes
import sys
from collections.abc import Callable, Mapping, MutableMapping

from dora_hil.errors import UserError

REMEDY = (
    "on Debian or Ubuntu run `apt-get install libegl1 libgl1-mesa-dri`, or set MUJOCO_GL=osmesa "
    "after `apt-get install libosmesa6`; a config without cameras needs no OpenGL"
)

_LIBRARIES = {"egl": "libEGL.so.1", "osmesa": "libOSMesa.so"}


class RenderError(UserError, RuntimeError):
    """Pictures that cannot be drawn; the text says what failed and the remedy."""


def can_load(library: str) -> bool:
    """Say whether a shared library, or a later version of it, can be loaded."""
    for name in (library, f"{library}.8", f"{library}.6"):
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False


def choose_gl_backend(
    env: Mapping[str, str],
    platform: str = sys.platform,
    can_load: Callable[[str], bool] = can_load,
) -> str | None:
    """Choose what MUJOCO_GL should be.

    EGL draws without a display, on a GPU where there is one, and the same with a display as
    without: it is taken on Linux wherever it is there.

    Args:
        env: the environment variables.
        platform: as `sys.platform`.
        can_load: tells whether a shared library can be loaded.

    Returns:
        "egl" or "osmesa"; None to leave the choice to MuJoCo: where MUJOCO_GL is set, where the
        system is not Linux, and where there is no EGL but a display.
    """
    if platform != "linux" or env.get("MUJOCO_GL"):
        return None
    if can_load(_LIBRARIES["egl"]):
        return "egl"
    return None if env.get("DISPLAY") or env.get("WAYLAND_DISPLAY") else "osmesa"


def prepare_opengl(
    env: MutableMapping[str, str],
    platform: str = sys.platform,
    can_load: Callable[[str], bool] = can_load,
) -> None:
    """Set MUJOCO_GL where nobody has; MuJoCo and whoever else opens a context must agree.

    Raises:
        RenderError: MUJOCO_GL names a backend whose library is missing: importing mujoco would
            end in somebody else's traceback.
    """
    backend = choose_gl_backend(env, platform, can_load)
    if backend is not None:
        env["MUJOCO_GL"] = backend
        return
    wanted = env.get("MUJOCO_GL", "").lower().strip()
    if platform == "linux" and wanted in _LIBRARIES and not can_load(_LIBRARIES[wanted]):
        raise RenderError(
            f"MUJOCO_GL={wanted}: {_LIBRARIES[wanted]} cannot be loaded; unset it, or {REMEDY}"
        )
