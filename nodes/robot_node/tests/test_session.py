"""One run of a robot as a body."""

import json
import logging
from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from virtual_arm import URDF

from dora_hil.body.pace import PaceError
from dora_hil.config import ConfigError
from dora_hil.node.node import NodePort
from dora_hil.stream.timestep import Kind, TimeStep
from dora_hil.testing.fake_node import FakeNode, stop_event, tick_event
from robot_node import session
from robot_node.config import parse_config
from robot_node.fake_robot import START, FakeRobot
from robot_node.robots import make_robot

BOUNDS = {"min": [0.1, -0.2, 0.0], "max": [0.3, 0.2, 0.3]}


def written(folder: Path, robot: dict[str, Any], **processor: Any) -> Path:
    """Write a config of 20 steps a second."""
    raw = {"env": {"name": "real_robot", "fps": 20, "robot": robot, "processor": processor}}
    path = folder / "env.json"
    path.write_text(json.dumps(raw))
    return path


def options(path: Path) -> Namespace:
    """Return what the command line comes to."""
    return Namespace(words=[], config_path=path, advance="auto", seed=4, episodes=0)


def attached(
    monkeypatch: pytest.MonkeyPatch, script: list[dict[str, Any]], tick: str = "dora/timer/hz/20"
) -> FakeNode:
    """Let the session find itself in a dataflow."""
    node = FakeNode(script, {"tick": tick}, ("episode", "status", "jointstate"))
    monkeypatch.setattr(session, "attach", lambda: NodePort(node))
    return node


def test_a_run_publishes_steps_and_joints_and_closes_the_robot(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, plugged_robot: str
) -> None:
    """Until it is stopped."""
    built: list[FakeRobot] = []

    def remember(raw: dict[str, Any]) -> FakeRobot:
        built.append(make_robot(raw))
        return built[0]

    monkeypatch.setattr(session, "make_robot", remember)
    node = attached(monkeypatch, [tick_event(), tick_event(), stop_event()])
    assert session.run(options(written(tmp_path, {"type": plugged_robot}))) == 0
    steps = [TimeStep.from_arrow(v, m) for output, v, m in node.sent if output == "episode"]
    assert [step.kind for step in steps] == [Kind.FIRST, Kind.MID, Kind.PHASE]
    assert (steps[0].seed, steps[0].spec.body) == (4, plugged_robot)
    assert len([output for output, _, _ in node.sent if output == "jointstate"]) == 3
    assert not built[0].is_connected
    assert built[0].bus.is_torque_on


@pytest.mark.parametrize(
    ("tick", "said"),
    [
        (
            "dora/timer/millis/100",
            r"env\.json: env\.fps is 20, but the timer on tick has 10 Hz; a robot's time cannot be "
            "sped up$",
        ),
        ("other/output", "expected a dora timer"),
    ],
)
def test_a_tick_of_another_rate_or_without_a_timer_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, plugged_robot: str, tick: str, said: str
) -> None:
    """The file and both rates are named."""
    attached(monkeypatch, [], tick=tick)
    with pytest.raises(PaceError, match=said):
        session.run(options(written(tmp_path, {"type": plugged_robot})))


@pytest.mark.parametrize(
    ("robot", "processor", "said"),
    [
        ({"type": "so102"}, {}, "unknown robot 'so102'"),
        ({}, {"reset": {"fixed_reset_joint_positions": [0.0]}}, "must be 6 numbers"),
        (
            {},
            {"inverse_kinematics": {"urdf_path": "no.urdf", "end_effector_bounds": BOUNDS}},
            "no.urdf: there is no such file",
        ),
    ],
)
def test_what_does_not_fit_the_robot_names_the_file(
    tmp_path: Path, plugged_robot: str, robot: dict[str, Any], processor: Any, said: str
) -> None:
    """Before the dataflow starts: nobody waits for a node that will not come."""
    path = written(tmp_path, {"type": plugged_robot, **robot}, **processor)
    with pytest.raises(ConfigError) as error:
        session.run(options(path))
    assert str(error.value).startswith(f"{path}: env.")
    assert said in str(error.value)


def test_the_virtual_arm_is_plugged_in_where_the_config_says_virtual() -> None:
    """Its port; its camera's where none is named. The config itself stays."""
    virtual: Any = SimpleNamespace(port=Path("/run/port"), camera_port=5123)
    raw = {
        "type": "so101_follower",
        "port": "virtual",
        "cameras": {"front": {"type": "zmq", "port": 0}, "wrist": {"type": "zmq", "port": 7}},
    }
    plugged = session.plug_in(raw, virtual)
    assert plugged["port"] == "/run/port"
    # LeRobot makes a folder for a calibration, by default in a home that may not be writable.
    assert plugged["calibration_dir"] == "/run"
    assert plugged["cameras"]["front"] == {"type": "zmq", "port": 5123}
    assert plugged["cameras"]["wrist"]["port"] == 7
    assert raw["cameras"] == {
        "front": {"type": "zmq", "port": 0},
        "wrist": {"type": "zmq", "port": 7},
    }
    assert session.plug_in({"port": "virtual", "cameras": None}, virtual)["cameras"] == {}


def test_the_virtual_arm_has_its_own_kinematics() -> None:
    """Where no other is named; of its joints without the gripper."""
    raw = {
        "env": {
            "name": "real_robot",
            "robot": {"type": "so101_follower", "port": "virtual"},
            "processor": {"inverse_kinematics": {"end_effector_bounds": BOUNDS}},
        }
    }
    kinematics = session.kinematics_of(parse_config(raw), FakeRobot(), URDF)
    assert kinematics is not None
    assert kinematics.joints == tuple(n.removesuffix(".pos") for n in START if n != "gripper.pos")


def test_without_a_urdf_it_is_said_what_cannot_move_the_arm(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nobody shall wonder about dead keys."""
    config = parse_config({"env": {"name": "real_robot", "robot": {"type": "some_arm"}}})
    with caplog.at_level(logging.WARNING):
        assert session.kinematics_of(config, FakeRobot()) is None
    assert "keys and sticks cannot move this arm" in caplog.text
