"""Pictures over ZeroMQ, to LeRobot's own camera."""

import time
from collections.abc import Iterator

import numpy as np
import pytest
import zmq
from lerobot.cameras.zmq import ZMQCamera, ZMQCameraConfig
from numpy.typing import NDArray

from robot_node.virtual_so101.camera import CameraServer


def half_red_half_blue() -> NDArray[np.uint8]:
    """Return a picture whose colours and sides cannot be taken for one another."""
    picture = np.zeros((64, 96, 3), dtype=np.uint8)
    picture[:, :48, 0] = 220
    picture[:, 48:, 2] = 180
    return picture


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
    error = np.abs(seen - half_red_half_blue())
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
