"""Pictures from MuJoCo's cameras, and what is said when there can be none."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import mujoco
import numpy as np
import pytest

from dora_hil.display.opengl import RenderError, missing_library
from dora_hil.display.renderer import CameraConfig, CameraRenderer
from gym_hil_node.scene import load_scene

CAMERAS = {"front": CameraConfig("front"), "wrist": CameraConfig("handcam_rgb")}

DRAW_IN_A_NEW_PROCESS = """
import mujoco
from dora_hil.display.opengl import RenderError
from dora_hil.display.renderer import CameraConfig, CameraRenderer
model = mujoco.MjModel.from_xml_string('''
<mujoco><worldbody>
  <camera name="front" pos="0 0 1"/><light pos="0 1 3"/><geom size=".2" rgba=".9 .3 .2 1"/>
</worldbody></mujoco>''')
data = mujoco.MjData(model)
mujoco.mj_forward(model, data)
try:
    renderer = CameraRenderer(model, {"front": CameraConfig("front")})
    print(renderer.render(data)["front"].tobytes().hex())
except RenderError as error:
    print(error)
"""


def run_drawing(**env: str) -> subprocess.CompletedProcess[str]:
    """Draw one picture in a new process without a display."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in ("MUJOCO_GL", "PYOPENGL_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")
    }
    return subprocess.run(
        [sys.executable, "-c", DRAW_IN_A_NEW_PROCESS],
        env=inherited | {"PYTHONPATH": os.pathsep.join(sys.path)} | env,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )


@pytest.fixture(scope="module")
def model() -> mujoco.MjModel:
    """Load the fast pick-cube scene."""
    return load_scene("pick_cube", "fast")


@pytest.fixture(scope="module")
def data(model: mujoco.MjModel) -> mujoco.MjData:
    """Put the arm above the cube."""
    data = mujoco.MjData(model)
    data.qpos[:7] = (0, -0.785, 0, -2.35, 0, 1.57, np.pi / 4)
    mujoco.mj_forward(model, data)
    return data


@pytest.fixture
def renderer(model: mujoco.MjModel) -> Iterator[CameraRenderer]:
    """Open both cameras and close them afterwards."""
    renderer = CameraRenderer(model, CAMERAS)
    yield renderer
    renderer.close()


def test_each_camera_gives_an_rgb_picture_of_its_own_size(
    model: mujoco.MjModel, data: mujoco.MjData
) -> None:
    """Rows come first; cameras need not agree on a size, nor fit gym-hil's 128 pixels."""
    cameras = {"a": CameraConfig("front", 320, 200), "b": CameraConfig("handcam_rgb", 64, 96)}
    renderer = CameraRenderer(model, cameras)
    pictures = renderer.render(data)
    renderer.close()
    assert {name: (p.shape, p.dtype.name) for name, p in pictures.items()} == {
        "a": ((200, 320, 3), "uint8"),
        "b": ((96, 64, 3), "uint8"),
    }


def test_a_picture_does_not_depend_on_the_other_cameras_sizes(
    model: mujoco.MjModel, data: mujoco.MjData, renderer: CameraRenderer
) -> None:
    """A larger neighbour shares the buffer and leaves the picture as it is."""
    cameras = CAMERAS | {"big": CameraConfig("handcam_depth", 400, 300)}
    beside_a_big_one = CameraRenderer(model, cameras)
    pictures = beside_a_big_one.render(data)
    beside_a_big_one.close()
    assert (pictures["front"] == renderer.render(data)["front"]).all()


def test_pictures_own_their_data(renderer: CameraRenderer, data: mujoco.MjData) -> None:
    """The next picture must not overwrite one that waits to be sent."""
    first = renderer.render(data)
    before = first["front"].copy()
    renderer.render(mujoco.MjData(load_scene("pick_cube", "fast")))
    assert all(p.flags.owndata and p.flags.c_contiguous for p in first.values())
    assert (first["front"] == before).all()


def test_the_front_camera_sees_sky_above_and_the_cube_below(
    renderer: CameraRenderer, data: mujoco.MjData
) -> None:
    """OpenGL's rows start at the bottom; ours start at the top."""
    front = renderer.render(data)["front"].astype(int)
    magenta = (front[..., 0] > front[..., 1] + 60) & (front[..., 2] > front[..., 1] + 60)
    rows, columns = np.nonzero(magenta)
    assert rows.size > 10
    assert rows.min() > 80
    assert 50 < columns.mean() < 78


def test_the_same_state_gives_the_same_bytes(
    model: mujoco.MjModel, data: mujoco.MjData, renderer: CameraRenderer
) -> None:
    """In one renderer and across renderers, whatever was drawn in between."""
    elsewhere = mujoco.MjData(model)
    mujoco.mj_forward(model, elsewhere)
    first = renderer.render(data)
    other = renderer.render(elsewhere)
    again = renderer.render(data)
    second_renderer = CameraRenderer(model, CAMERAS)
    second = second_renderer.render(data)
    second_renderer.close()
    assert (first["front"] != other["front"]).any()
    for name, picture in first.items():
        assert (picture == again[name]).all()
        assert (picture == second[name]).all()


def test_two_renderers_take_turns(
    model: mujoco.MjModel, data: mujoco.MjData, renderer: CameraRenderer
) -> None:
    """Each makes its own context current; closing one leaves the other working."""
    other = CameraRenderer(model, {"wrist": CameraConfig("handcam_rgb", 32, 32)})
    before = renderer.render(data)["wrist"]
    assert other.render(data)["wrist"].shape == (32, 32, 3)
    other.close()
    assert (renderer.render(data)["wrist"] == before).all()


def test_an_unknown_camera_lists_the_models_cameras(model: mujoco.MjModel) -> None:
    """The error is the documentation at hand."""
    with pytest.raises(RenderError, match=r"'top'; it has front, handcam_depth, handcam_rgb"):
        CameraRenderer(model, {"above": CameraConfig("top")})


@pytest.mark.parametrize("size", ["width_px", "height_px"])
def test_a_size_below_one_is_refused(size: str) -> None:
    """The error names the camera, the field and the value."""
    with pytest.raises(ValueError, match=rf"'front': {size} must be 1 or more, got 0"):
        CameraConfig("front", **{size: 0})


def test_a_closed_renderer_says_so(model: mujoco.MjModel, data: mujoco.MjData) -> None:
    """Rather than crash inside OpenGL; to close it again, on the way out, is fine."""
    renderer = CameraRenderer(model, CAMERAS)
    renderer.close()
    renderer.close()
    with pytest.raises(RenderError, match="closed"):
        renderer.render(data)


def test_opening_leaves_the_models_own_sizes_alone(model: mujoco.MjModel) -> None:
    """A viewer on the same model must not find its buffer resized."""
    before = model.vis.global_.offwidth, model.vis.global_.offheight
    CameraRenderer(model, {"front": CameraConfig("front", 640, 480)}).close()
    assert (model.vis.global_.offwidth, model.vis.global_.offheight) == before


def test_without_cameras_no_opengl_is_needed(model: mujoco.MjModel, data: mujoco.MjData) -> None:
    """A state-only config works on a machine that has none."""
    renderer = CameraRenderer(model, {})
    assert renderer.render(data) == {}
    renderer.close()


def test_a_renderer_left_open_ends_its_process_in_silence() -> None:
    """Contexts freed after their EGL display used to complain on stderr at exit."""
    assert run_drawing().stderr == ""


@pytest.mark.skipif(sys.platform != "linux", reason="EGL and OSMesa are Linux's")
def test_egl_and_osmesa_draw_the_same_bytes() -> None:
    """Both are Mesa's software rasteriser on a machine without a GPU."""
    if any(Path(device).exists() for device in ("/dev/dri", "/dev/nvidia0")):
        pytest.skip("EGL may draw on a GPU here")
    if missing_library("osmesa"):
        pytest.skip("OSMesa is not installed, and newer distributions have it no more")
    with_egl, with_osmesa = run_drawing(MUJOCO_GL="egl"), run_drawing(MUJOCO_GL="osmesa")
    assert with_egl.stdout == with_osmesa.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="provokes EGL's own errors")
def test_a_failing_opengl_is_one_line_with_the_remedy() -> None:
    """What failed, what to install, and that state needs none of it; no traceback, no noise."""
    failed = run_drawing(MUJOCO_EGL_DEVICE_ID="99")
    assert failed.stderr == ""
    (line,) = failed.stdout.splitlines()
    assert line.startswith("cannot initialise OpenGL (egl): ")
    for remedy in ("apt-get install libegl1 libopengl0", "MUJOCO_GL=osmesa", "no OpenGL"):
        assert remedy in line
