"""A robot on a scripted bridge; with a real dataflow: tests/test_dataflow_bridge.py."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lerobot.robots import make_robot_from_config
from lerobot.utils.errors import DeviceNotConnectedError
from numpy.typing import NDArray
from scripted_bridge import ScriptedBridge

from dora_hil_bridge.client import BridgeError
from dora_hil_bridge.features import FeatureError
from dora_hil_bridge.framing import encode
from lerobot_robot_dora import DoraRobot, DoraRobotConfig

COLUMNS = {
    "observation.state": {"shape": [2], "names": ["joint1.pos", "tcp.x"]},
    "observation.images.front": {"shape": [2, 4, 3], "names": ["height", "width", "channels"]},
    "action.ee_delta": {"shape": [2], "names": ["delta_x", "gripper"]},
}
SHOWN: dict[str, NDArray[Any]] = {
    "observation.state": np.array([1.0, 2.0], dtype=np.float32),
    "observation.images.front": np.ones((2, 4, 3), dtype=np.uint8),
}


def answer(question: Mapping[str, Any]) -> bytes:
    """Answer as the bridge of a small body does."""
    match question["ask"]:
        case "hello":
            return encode({"body": "small", "action_spaces": ["ee_delta"], "columns": COLUMNS})
        case "observation":
            return encode({"seq": 4}, SHOWN)
        case _:
            return encode({})


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[ScriptedBridge]:
    """Listen on a real socket."""
    it = ScriptedBridge(tmp_path / "b.sock", answer)
    yield it
    it.close()


def robot_at(path: Path, **keys: Any) -> DoraRobot:
    """Return a robot as LeRobot makes one."""
    config = DoraRobotConfig(socket=str(path), calibration_dir=path.parent, **keys)
    robot = make_robot_from_config(config)
    assert isinstance(robot, DoraRobot)
    return robot


def test_features_are_there_before_it_connects(bridge: ScriptedBridge) -> None:
    """`lerobot-record` makes its dataset first; the dataflow is asked once, and not driven."""
    robot = robot_at(bridge.path)
    assert robot.observation_features == {
        "joint1.pos": float,
        "tcp.x.pos": float,
        "front": (2, 4, 3),
    }
    assert robot.action_features == {"delta_x.pos": float, "gripper.pos": float}
    assert list(robot.cameras) == ["front"]
    assert not robot.is_connected
    assert [question["drives"] for question in bridge.asked("hello")] == [False]


def test_an_observation_has_the_features_shapes_and_types(bridge: ScriptedBridge) -> None:
    """As LeRobot's own robots return them."""
    robot = robot_at(bridge.path)
    robot.connect()
    observation = robot.get_observation()
    robot.disconnect()
    assert observation.keys() == robot.observation_features.keys()
    assert observation["tcp.x.pos"] == 2.0
    assert observation["front"].shape == (2, 4, 3)
    assert observation["front"].dtype == np.uint8


def test_an_action_goes_out_in_the_bodys_order_and_space(bridge: ScriptedBridge) -> None:
    """What was sent is returned."""
    robot = robot_at(bridge.path)
    robot.connect()
    sent = robot.send_action({"gripper.pos": 2.0, "delta_x.pos": 0.5})
    robot.disconnect()
    [question] = bridge.asked("action")
    assert (question["space"], question["value"]) == ("ee_delta", [0.5, 2.0])
    assert sent == {"delta_x.pos": 0.5, "gripper.pos": 2.0}


@pytest.mark.parametrize(("waits", "expected"), [(True, [-1, 4]), (False, [-1, -1])])
def test_each_observation_is_a_new_step_unless_told_otherwise(
    bridge: ScriptedBridge, waits: bool, expected: list[int]
) -> None:
    """Then LeRobot's loop keeps the body's time."""
    robot = robot_at(bridge.path, wait_for_step=waits)
    robot.connect()
    robot.get_observation()
    robot.get_observation()
    robot.disconnect()
    assert [question["after"] for question in bridge.asked("observation")] == expected


def test_a_space_that_the_body_does_not_accept_is_refused_before_it_is_driven(
    bridge: ScriptedBridge,
) -> None:
    """With those it does accept."""
    with pytest.raises(FeatureError, match="'joint': the body 'small' accepts ee_delta"):
        robot_at(bridge.path, action_space="joint").connect()
    assert not any(question["drives"] for question in bridge.asked("hello"))


def test_without_a_dataflow_it_is_one_line(tmp_path: Path) -> None:
    """For the features as for the connection."""
    robot = robot_at(tmp_path / "none.sock")
    with pytest.raises(BridgeError, match="no dataflow listens here"):
        _ = robot.observation_features
    with pytest.raises(BridgeError, match="no dataflow listens here"):
        robot.connect()


def test_a_robot_that_is_not_connected_says_so(tmp_path: Path) -> None:
    """In LeRobot's own words."""
    with pytest.raises(DeviceNotConnectedError):
        robot_at(tmp_path / "none.sock").get_observation()


def test_to_disconnect_twice_does_no_harm(bridge: ScriptedBridge) -> None:
    """LeRobot's commands do, after an error."""
    robot = robot_at(bridge.path)
    robot.connect()
    robot.disconnect()
    robot.disconnect()
    assert not robot.is_connected
