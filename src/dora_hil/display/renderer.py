"""Pictures from a scene's cameras, with one OpenGL context for all of them."""

import atexit
import importlib
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from dora_hil.display.opengl import REMEDY, RenderError, prepare_opengl

# As many as mujoco.Renderer allows.
_MAX_GEOMS = 10_000

# The processes, this one and those it was forked from, that have opened OpenGL.
_opened_in: set[int] = set()


@dataclass(frozen=True)
class CameraConfig:
    """One camera, by its name in the MuJoCo model, and the size of its pictures.

    Raises:
        ValueError: a size is not positive.
    """

    camera: str
    width_px: int = 128
    height_px: int = 128

    def __post_init__(self) -> None:
        """Check the sizes."""
        for name in ("width_px", "height_px"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"camera {self.camera!r}: {name} must be 1 or more, got {getattr(self, name)}"
                )


class CameraRenderer:
    """Draws a model's cameras without a window, from the thread that made it."""

    def __init__(self, model: mujoco.MjModel, cameras: Mapping[str, CameraConfig]) -> None:
        """Open one OpenGL context for all cameras; without any, no OpenGL is needed.

        The model decides on multisampling, shadows and reflections.

        Raises:
            RenderError: the model has no such camera, or OpenGL cannot be initialised.
        """
        self._model = model
        self._views = {
            name: (_fixed_camera(model, name, config), config) for name, config in cameras.items()
        }
        self._option = mujoco.MjvOption()
        self._thread = threading.get_ident()
        self._gl: Any = None
        self._context: Any = None
        if self._views:
            self._open()

    def render(self, data: mujoco.MjData) -> dict[str, NDArray[np.uint8]]:
        """Draw every camera; positions are already forwarded.

        Returns:
            By camera, rgb pictures of shape (height_px, width_px, 3) that own their data.

        Raises:
            RenderError: the renderer has been closed, or was opened in another process or thread.
        """
        if not self._views:
            return {}
        if self._context is None:
            raise RenderError("the renderer has been closed")
        _refuse_a_fork()
        if threading.get_ident() != self._thread:
            raise RenderError("pictures can only be drawn in the thread that drew the first ones")
        # Another renderer in this process may have made its own context current.
        self._gl.make_current()
        return {name: self._draw(data, *view) for name, view in self._views.items()}

    def close(self) -> None:
        """Release the OpenGL context; a second call does nothing.

        In a fork, and in another thread, it cannot be released: it ends with its process.
        """
        atexit.unregister(self.close)
        if _is_fork() or threading.get_ident() != self._thread:
            if self._gl is not None:
                self._gl._context = None  # Its __del__ would try.
            return
        if self._context is not None:
            self._gl.make_current()
            self._context.free()
            self._context = None
        if self._gl is not None:
            self._gl.free()
            self._gl = None

    def _open(self) -> None:
        _refuse_a_fork()
        _opened_in.add(os.getpid())
        width_px = max(config.width_px for _, config in self._views.values())
        height_px = max(config.height_px for _, config in self._views.values())
        prepare_opengl(os.environ)
        offscreen = self._model.vis.global_
        stock_size = offscreen.offwidth, offscreen.offheight
        offscreen.offwidth, offscreen.offheight = width_px, height_px
        try:
            self._gl = _gl_context_class()(width_px, height_px)
            self._gl.make_current()
            self._context = mujoco.MjrContext(self._model, mujoco.mjtFontScale.mjFONTSCALE_100)
            mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self._context)
        except Exception as error:  # Each backend, and each way of lacking one, has its own type.
            self.close()
            named = os.environ.get("MUJOCO_GL") or "MuJoCo's default backend"
            reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
            raise RenderError(f"cannot initialise OpenGL ({named}): {reason}; {REMEDY}") from None
        finally:
            offscreen.offwidth, offscreen.offheight = stock_size
        self._scene = mujoco.MjvScene(self._model, maxgeom=_MAX_GEOMS)
        # A context that is still open when the EGL display goes, at exit, complains on stderr.
        atexit.register(self.close)

    def _draw(
        self, data: mujoco.MjData, camera: mujoco.MjvCamera, config: CameraConfig
    ) -> NDArray[np.uint8]:
        mujoco.mjv_updateScene(
            self._model, data, self._option, None, camera, mujoco.mjtCatBit.mjCAT_ALL, self._scene
        )
        rect = mujoco.MjrRect(0, 0, config.width_px, config.height_px)
        mujoco.mjr_render(rect, self._scene, self._context)
        bottom_up = np.empty((config.height_px, config.width_px, 3), np.uint8)
        mujoco.mjr_readPixels(bottom_up, None, rect, self._context)
        return np.ascontiguousarray(bottom_up[::-1])


def _is_fork() -> bool:
    """Say whether this process was forked from one that had opened OpenGL.

    Whatever uses OpenGL here hangs for ever: its threads are not there any more, and the locks
    that they held are never released.
    """
    return bool(_opened_in - {os.getpid()})


def _refuse_a_fork() -> None:
    if _is_fork():
        raise RenderError(
            "OpenGL was used before this process was forked, and does not work in the fork; start "
            'processes by "spawn", for instance AsyncVectorEnv(..., context="spawn"), or fork '
            "before the first reset"
        )


def _gl_context_class() -> Any:
    """Return the backend's context class.

    `mujoco.GLContext` was chosen when mujoco was first imported, which may have been before the
    backend was known.
    """
    backend = os.environ.get("MUJOCO_GL", "").lower().strip()
    if backend in ("egl", "osmesa"):
        context_class = importlib.import_module(f"mujoco.{backend}").GLContext
    elif hasattr(mujoco, "GLContext"):
        context_class = mujoco.GLContext
    else:
        raise RuntimeError("mujoco found no OpenGL when it was imported")
    # Its __del__ reads this, and would complain on stderr after an __init__ that failed.
    context_class._context = None
    return context_class


def _fixed_camera(model: mujoco.MjModel, name: str, config: CameraConfig) -> mujoco.MjvCamera:
    camera_id = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_CAMERA, config.camera)
    if camera_id < 0:
        names = ", ".join(model.camera(i).name for i in range(model.ncam)) or "none"
        raise RenderError(f"{name}: the model has no camera {config.camera!r}; it has {names}")
    camera = mujoco.MjvCamera()
    camera.type = mujoco.mjtCamera.mjCAMERA_FIXED
    camera.fixedcamid = camera_id
    return camera
