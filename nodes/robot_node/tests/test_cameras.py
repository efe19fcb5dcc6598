"""A robot's cameras."""

import numpy as np
import pytest
from lerobot.cameras import ColorMode
from lerobot.cameras.opencv import OpenCVCamera, OpenCVCameraConfig

from dora_hil.body.environment import BodyFaultError
from dora_hil.config import ConfigError
from robot_node.cameras import Cameras
from robot_node.fake_camera import FakeCamera
from robot_node.fake_robot import FakeRobot

FRONT, WRIST = "observation.images.front", "observation.images.wrist"


def two() -> tuple[FakeCamera, FakeCamera, Cameras]:
    """Return two cameras that are open."""
    front, wrist = FakeCamera(), FakeCamera()
    cameras = Cameras({"front": front, "wrist": wrist}, max_age_s=1.0)
    cameras.connect()
    return front, wrist, cameras


def test_each_camera_is_a_column_of_its_size() -> None:
    """As height, width, rgb."""
    _, _, cameras = two()
    assert {name: spec.shape for name, spec in cameras.specs.items()} == {
        FRONT: (4, 6, 3),
        WRIST: (4, 6, 3),
    }


def test_a_camera_whose_colours_are_the_other_way_round_is_refused() -> None:
    """Red would be blue in the dataset, in the viewer and before the policy, without a word."""
    config = OpenCVCameraConfig(0, fps=30, width=6, height=4, color_mode=ColorMode.BGR)
    with pytest.raises(ConfigError, match=r"cameras\.front\.color_mode: accepted: rgb.*got bgr$"):
        Cameras({"front": OpenCVCamera(config)}, max_age_s=1.0)


def test_the_newest_pictures_are_read() -> None:
    """Each from its own camera."""
    front, _, cameras = two()
    front.picture = np.zeros((4, 6, 3), dtype=np.uint8)
    pictures = cameras.read()
    assert (pictures[FRONT].max(), pictures[WRIST].min()) == (0, 128)


def test_the_age_is_that_of_the_oldest_picture() -> None:
    """In milliseconds."""
    front, wrist, cameras = two()
    front.age_s, wrist.age_s = 0.2, 0.6
    cameras.read()
    assert cameras.frame_age_ms == pytest.approx(600.0, abs=50.0)


def test_without_cameras_there_are_no_pictures_and_no_age() -> None:
    """A state-only robot."""
    cameras = Cameras({}, max_age_s=1.0)
    cameras.connect()
    assert cameras.read() == {}
    assert cameras.frame_age_ms is None


@pytest.mark.parametrize(
    ("attribute", "value", "said"),
    [
        ("age_s", 1.3, r"no new picture for 1\.3 s; check"),
        ("picture", np.zeros((8, 6, 3), np.uint8), r"its pictures are \(8, 6, 3\), .* \(4, 6, 3\)"),
        # In its driver's words.
        ("is_broken", True, "read thread is not running"),
    ],
)
def test_a_camera_without_a_picture_as_announced_is_a_fault(
    attribute: str, value: object, said: str
) -> None:
    """Any of them; it is named."""
    _, wrist, cameras = two()
    setattr(wrist, attribute, value)
    with pytest.raises(BodyFaultError, match=f"camera wrist: {said}"):
        cameras.read()


def test_a_camera_that_is_not_there_is_a_fault_and_the_others_are_closed() -> None:
    """It says what finds them."""
    front, wrist = FakeCamera(), FakeCamera()
    wrist.is_missing = True
    with pytest.raises(BodyFaultError, match=r"camera wrist: no such camera; lerobot-find-cameras"):
        Cameras({"front": front, "wrist": wrist}, max_age_s=1.0).connect()
    assert not front.is_connected


def test_a_camera_that_needs_longer_for_its_first_picture_is_opened_again() -> None:
    """Twice; it is closed in between."""
    front = FakeCamera()
    front.slow_starts = 2
    cameras = Cameras({"front": front}, max_age_s=1.0)
    cameras.connect()
    assert cameras.read().keys() == {"observation.images.front"}


def test_closing_closes_all_whatever_fails() -> None:
    """One that has failed may fail in this too."""

    class Pulled(FakeCamera):
        """Fails to close."""

        def disconnect(self) -> None:
            raise OSError("gone")

    pulled, wrist = Pulled(), FakeCamera()
    cameras = Cameras({"front": pulled, "wrist": wrist}, max_age_s=1.0)
    cameras.connect()
    cameras.disconnect()
    assert not wrist.is_connected


def test_a_robot_gives_its_cameras_away() -> None:
    """So that a slow one does not cost it its joints."""
    robot = FakeRobot()
    robot.cameras = {"front": FakeCamera()}
    cameras = Cameras.of(robot, max_age_s=1.0)
    assert robot.cameras == {}
    assert list(cameras.specs) == [FRONT]
