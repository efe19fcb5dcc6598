"""Pictures over ZeroMQ, to LeRobot's own camera."""

import time
from collections.abc import Iterator

import numpy as np
import pytest
import zmq
from lerobot.cameras.zmq import ZMQCamera, ZMQCameraConfig

from dora_hil.display.opengl import RenderError
from virtual_so101_node.camera import CameraServer, Eyes, Pictures
from virtual_so101_node.physics import Physics


def half_red_half_blue() -> Pictures:
    """Return pictures whose colours and sides cannot be taken for one another."""
    picture = np.zeros((64, 96, 3), dtype=np.uint8)
    picture[:, :48, 0] = 220
    picture[:, 48:, 2] = 180
    return {"front": picture, "wrist": picture[:, ::-1]}


@pytest.fixture(scope="module")
def server() -> Iterator[CameraServer]:
    """Return one that sends; a test that freezes it thaws it again."""
    made = CameraServer(half_red_half_blue)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def camera(server: CameraServer) -> Iterator[ZMQCamera]:
    """Return LeRobot's camera, which receives."""
    made = ZMQCamera(
        ZMQCameraConfig(
            server_address="127.0.0.1",
            port=server.port,
            camera_name="front",
            width=96,
            height=64,
            fps=30,
        )
    )
    made.connect()
    yield made
    made.disconnect()


def test_lerobots_camera_receives_the_picture_as_it_was_drawn(camera: ZMQCamera) -> None:
    """Red is red and left is left, but for what JPEG loses."""
    seen = camera.async_read(timeout_ms=5000).astype(int)
    error = np.abs(seen - half_red_half_blue()["front"])
    # At the edge between the two JPEG mixes them.
    assert error[:, :40].max() < 10
    assert error[:, 56:].max() < 10


def test_a_frozen_camera_sends_nothing_until_it_is_thawed(
    server: CameraServer, camera: ZMQCamera
) -> None:
    """Its connection stays: that is what a hanging camera looks like."""
    server.is_frozen = True
    time.sleep(0.3)
    frozen_s = camera.latest_timestamp
    time.sleep(0.3)
    assert camera.latest_timestamp == frozen_s
    server.is_frozen = False
    camera.new_frame_event.clear()
    camera.async_read(timeout_ms=5000)
    assert camera.latest_timestamp > frozen_s


def test_a_port_that_is_taken_is_an_error(server: CameraServer) -> None:
    """Two cameras on one would be mixed up."""
    with pytest.raises(zmq.ZMQError, match="in use"):
        CameraServer(half_red_half_blue, server.port)


def test_one_that_has_never_sent_can_be_stopped() -> None:
    """And its port is free then."""
    never = CameraServer(half_red_half_blue)
    never.stop()
    again = CameraServer(half_red_half_blue, never.port)
    again.stop()


def test_the_cameras_see_the_arm_and_the_block_where_they_are() -> None:
    """Where it was put, there is red; the front camera sees the arm move."""
    physics = Physics([0.0, -0.56, 0.5, 1.62, 0.0, 1.0])
    eyes = Eyes(physics)
    reds = []
    for seed in (1, 2):
        physics.place(seed)
        seen = eyes.look()
        assert {name: picture.shape for name, picture in seen.items()} == {
            "front": (128, 128, 3),
            "wrist": (128, 128, 3),
        }
        red = (seen["front"][..., 0] > 100) & (seen["front"][..., 1] < 60)
        assert 60 < red.sum() < 600
        reds.append(np.argwhere(red).mean(axis=0))
    assert np.linalg.norm(reds[0] - reds[1]) > 5
    before = eyes.look()["front"].astype(int)
    for _ in range(200):
        physics.step(np.array([0.5, -0.56, 0.5, 1.62, 0.0, 1.0]), np.ones(6))
    assert np.abs(eyes.look()["front"] - before).max() > 50


def test_nothing_is_drawn_while_nobody_listens() -> None:
    """A leader arm has no use for pictures, and a laptop none for the work."""
    looks = []

    def look() -> Pictures:
        looks.append(1)
        return half_red_half_blue()

    server = CameraServer(look)
    server.start()
    time.sleep(0.2)
    server.stop()
    assert not looks


def test_a_machine_without_opengl_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """The arm goes on; whoever waits for its pictures learns why there are none."""

    def blind() -> Pictures:
        raise RenderError("cannot initialise OpenGL")

    server = CameraServer(blind)
    listener: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.SUB)
    listener.connect(f"tcp://127.0.0.1:{server.port}")
    listener.setsockopt(zmq.SUBSCRIBE, b"")
    server.start()
    server._thread.join(10.0)
    listener.close(0)
    server.stop()
    assert capsys.readouterr().err == "virtual-so101: no pictures: cannot initialise OpenGL\n"
