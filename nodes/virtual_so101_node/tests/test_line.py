"""The virtual arm as LeRobot's own driver sees it."""

import contextlib
import termios
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from lerobot.motors import MotorCalibration
from lerobot.robots.so_follower import SO101Follower, SO101FollowerConfig
from lerobot.utils.errors import DeviceNotConnectedError

from virtual_so101_node.arm import SimulatedArm
from virtual_so101_node.bus import ServoBus
from virtual_so101_node.line import SerialLine
from virtual_so101_node.scene import JOINTS

CALIBRATION = {
    joint: MotorCalibration(id=n, drive_mode=0, homing_offset=0, range_min=700, range_max=3400)
    for n, joint in enumerate(JOINTS, start=1)
}


class PluggedIn:
    """A bus on a line that runs."""

    def __init__(self, link: Path) -> None:
        """Begin to answer."""
        arm = SimulatedArm()
        self.bus = ServoBus(arm.servos)
        self.line = SerialLine(self.bus, arm.advance, link)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self.line.run, args=(self._stopped.is_set,))
        self._thread.start()

    def unplug(self) -> None:
        """Pull the cable."""
        self._stopped.set()
        self._thread.join()
        self.line.close()


@pytest.fixture
def plugged_in(tmp_path: Path) -> Iterator[PluggedIn]:
    """Return an arm on a port."""
    made = PluggedIn(tmp_path / "port")
    yield made
    made.unplug()


def _calibrate_and_connect(robot: SO101Follower) -> None:
    if robot.bus.is_connected:
        robot.bus.disconnect(disable_torque=False)
    robot.bus.connect()
    robot.bus.disable_torque()
    robot.bus.write_calibration(CALIBRATION)
    robot.bus.disconnect()
    robot.connect(calibrate=False)


@pytest.fixture
def follower(plugged_in: PluggedIn, tmp_path: Path) -> Iterator[SO101Follower]:
    """Return LeRobot's driver, calibrated and connected."""
    config = SO101FollowerConfig(
        port=str(plugged_in.line.path), id="virtual", calibration_dir=tmp_path
    )
    robot = SO101Follower(config)
    # LeRobot waits 50 ms for an answer, and a thread among other tests may take longer; a handshake
    # without one is a RuntimeError.
    for _ in range(4):
        with contextlib.suppress(ConnectionError, RuntimeError):
            _calibrate_and_connect(robot)
            break
    else:
        _calibrate_and_connect(robot)
    yield robot
    # Behind a pulled cable LeRobot's own disconnect fails too.
    with contextlib.suppress(termios.error, DeviceNotConnectedError):
        robot.disconnect()


def test_lerobot_finds_six_calibrated_motors(follower: SO101Follower) -> None:
    """By ping, model and firmware; the calibration is in the servos' memory."""
    assert follower.is_calibrated
    assert set(follower.get_observation()) == {f"{joint}.pos" for joint in JOINTS}


def test_a_goal_is_reached_and_read_back(follower: SO101Follower) -> None:
    """In degrees, within a tick of the servo."""
    goal = follower.get_observation() | {"shoulder_pan.pos": 20.0, "elbow_flex.pos": 40.0}
    follower.send_action(goal)
    deadline_s = time.monotonic() + 5
    while abs(follower.get_observation()["elbow_flex.pos"] - 40.0) > 0.2:
        assert time.monotonic() < deadline_s
        time.sleep(0.02)
    reached = follower.get_observation()
    assert reached["shoulder_pan.pos"] == pytest.approx(20.0, abs=0.2)


def test_corrupted_answers_are_read_again(follower: SO101Follower, plugged_in: PluggedIn) -> None:
    """LeRobot tries three times, which is enough for a few in a hundred."""
    plugged_in.bus.faults.corrupted = 0.02
    read = 0
    for _ in range(100):
        try:
            follower.get_observation()
            read += 1
        except ConnectionError:
            pass
    assert read >= 95


def test_torque_is_off_after_a_disconnect(follower: SO101Follower, plugged_in: PluggedIn) -> None:
    """A hand can move it then."""
    assert all(servo.is_holding for servo in plugged_in.bus.servos)
    follower.disconnect()
    assert not any(servo.is_holding for servo in plugged_in.bus.servos)


def test_a_pulled_cable_is_an_error_for_the_driver(
    follower: SO101Follower, plugged_in: PluggedIn
) -> None:
    """Not a hang."""
    plugged_in.unplug()
    with pytest.raises(Exception, match=r"."):
        follower.get_observation()


def test_a_link_that_a_killed_process_left_is_replaced(tmp_path: Path) -> None:
    """The port has one name for ever."""
    link = tmp_path / "port"
    link.symlink_to("/dev/pts/none")
    made = PluggedIn(link)
    assert link.resolve().exists()
    made.unplug()
    assert not link.is_symlink()
