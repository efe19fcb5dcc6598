"""Which OpenGL to draw with."""

import os
import subprocess
import sys

import pytest

from dora_hil.display.opengl import RenderError, choose_gl_backend, prepare_opengl

DISPLAYS: tuple[dict[str, str], ...] = ({}, {"DISPLAY": ":0"}, {"WAYLAND_DISPLAY": "wayland-0"})


def yes(_library: str) -> bool:
    """Load everything."""
    return True


def no(_library: str) -> bool:
    """Load nothing."""
    return False


@pytest.mark.parametrize("env", DISPLAYS)
def test_linux_uses_egl_wherever_it_is_there(env: dict[str, str]) -> None:
    """Pictures are the same with a display as without."""
    assert choose_gl_backend(env, "linux", yes) == "egl"


def test_egl_without_opengl_itself_is_no_egl() -> None:
    """A machine may have libEGL alone: a fresh Debian with libegl1 and no libopengl0."""
    assert choose_gl_backend({}, "linux", lambda library: library == "libEGL.so.1") == "osmesa"


def test_headless_linux_without_egl_uses_osmesa() -> None:
    """The other one that needs no display."""
    assert choose_gl_backend({}, "linux", no) == "osmesa"


@pytest.mark.parametrize("env", DISPLAYS[1:])
def test_with_a_display_and_without_egl_mujoco_chooses(env: dict[str, str]) -> None:
    """It opens an invisible window."""
    assert choose_gl_backend(env, "linux", no) is None


def test_what_the_user_has_set_is_left_alone() -> None:
    """Whatever it is."""
    env = {"MUJOCO_GL": "glfw"}
    prepare_opengl(env, "linux", yes)
    assert env == {"MUJOCO_GL": "glfw"}


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_systems_are_left_alone(platform: str) -> None:
    """MuJoCo has one backend there."""
    assert choose_gl_backend({}, platform, yes) is None


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
