"""Which OpenGL to draw with."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from dora_hil.display.opengl import RenderError, choose_gl_backend, prepare_opengl


def yes(_library: str) -> bool:
    """Load everything."""
    return True


def no(_library: str) -> bool:
    """Load nothing."""
    return False


def egl_alone(library: str) -> bool:
    """Load what a fresh Debian with libegl1 and no libopengl0 does."""
    return library == "libEGL.so.1"


@pytest.mark.parametrize(
    ("platform", "environ", "can_load", "expected"),
    [
        # EGL wherever it is there: pictures are the same with a display as without.
        ("linux", {}, yes, "egl"),
        ("linux", {"DISPLAY": ":0"}, yes, "egl"),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, yes, "egl"),
        # The other one that needs no display.
        ("linux", {}, no, "osmesa"),
        ("linux", {}, egl_alone, "osmesa"),
        # MuJoCo opens an invisible window.
        ("linux", {"DISPLAY": ":0"}, no, None),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, no, None),
        # MuJoCo has one backend there.
        ("darwin", {}, yes, None),
        ("win32", {}, yes, None),
    ],
)
def test_the_backend_is_one_that_is_there(
    platform: str, environ: dict[str, str], can_load: Callable[[str], bool], expected: str | None
) -> None:
    """On Linux; elsewhere the choice is MuJoCo's."""
    assert choose_gl_backend(environ, platform, can_load) == expected


def test_what_the_user_has_set_is_left_alone() -> None:
    """Whatever it is."""
    env = {"MUJOCO_GL": "glfw"}
    prepare_opengl(env, "linux", yes)
    assert env == {"MUJOCO_GL": "glfw"}


def test_the_choice_is_set_for_everybody() -> None:
    """MuJoCo and whoever else opens a context must agree."""
    env: dict[str, str] = {}
    prepare_opengl(env, "linux", yes)
    assert env == {"MUJOCO_GL": "egl"}


@pytest.mark.parametrize("backend", ["egl", "osmesa"])
def test_a_backend_whose_library_is_missing_is_one_line_with_the_remedy(backend: str) -> None:
    """Importing mujoco would end in a traceback."""
    with pytest.raises(RenderError, match=rf"MUJOCO_GL={backend}: lib\w+.*unset it, or on Debian"):
        prepare_opengl({"MUJOCO_GL": backend}, "linux", no)


@pytest.mark.parametrize(
    ("platform", "backend"), [("linux", "cgl"), ("linux", "elg"), ("darwin", "egl")]
)
def test_a_backend_that_mujoco_does_not_have_is_one_line_with_those_it_has(
    platform: str, backend: str
) -> None:
    """Such as what a setting for another system has left behind."""
    with pytest.raises(RenderError, match=rf"MUJOCO_GL={backend}: .*unset it, or set it to one of"):
        prepare_opengl({"MUJOCO_GL": backend}, platform, yes)


@pytest.mark.skipif(sys.platform != "linux", reason="MuJoCo accepts others elsewhere")
@pytest.mark.parametrize("backend", ["EGL", " glfw", "disable", "nonsense", "cgl", "wgl"])
def test_what_is_refused_is_what_mujoco_refuses(backend: str) -> None:
    """Its own list is read when it is imported, so that a new one of it is noticed here."""
    importing = subprocess.run(
        [sys.executable, "-c", "import mujoco"],
        env={**os.environ, "MUJOCO_GL": backend},
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        prepare_opengl({"MUJOCO_GL": backend}, "linux", yes)
        is_refused = False
    except RenderError:
        is_refused = True
    assert is_refused == ("invalid value for environment variable" in importing.stderr)
