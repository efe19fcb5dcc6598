"""The node's loop on a fake dora node, with a virtual leader; and its options."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dora_hil.config import ConfigError
from dora_hil.device.loop import run_device
from dora_hil.node.node import NodePort
from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.messages import Action, RunState, Status
from dora_hil.stream.spec import ColumnSpec, StreamSpec
from dora_hil.stream.timestep import Kind, Phase, Telemetry, TimeStep
from dora_hil.testing.fake_node import FakeNode, input_event, tick_event
from leader_node.config import LeaderConfig
from leader_node.main import built, parser, start

JOINTS = ("gripper.pos", "elbow_flex.pos")


def follower(pose: list[float]) -> TimeStep:
    """Return what a body with two joints says."""
    column = ColumnSpec((2,), JOINTS)
    columns = {"observation.state": column, "action.joint": column}
    state = np.array(pose, np.float32)
    return TimeStep(
        Kind.MID,
        Phase.RUNNING,
        0,
        1,
        columns={"observation.state": state},
        spec=StreamSpec("task", "robot", ("joint",), columns),
        actions={ActionSpace.JOINT: state},
        telemetry=Telemetry(driver="intervention_arm"),
    )


def test_the_node_goes_from_the_first_tick_to_the_end_of_the_run() -> None:
    """One action a tick, disengaged ones included, in the follower's order of joints."""
    node = FakeNode(
        inputs={"tick": "dora/timer/millis/30", "episode": "b", "status": "b"},
        outputs=("action", "control"),
    )

    def actions() -> list[Action]:
        return [Action.from_arrow(value, metadata) for _, value, metadata in node.sent]

    def script() -> Iterator[dict[str, Any]]:
        deadline_s = time.monotonic() + 30.0
        yield tick_event()
        while not actions()[-1].engaged:
            assert time.monotonic() < deadline_s
            yield input_event("episode", follower([50.0, 90.0]))
            yield tick_event()
            time.sleep(0.03)
        yield input_event("status", Status(RunState.OVER))

    node.script = script()
    node.__post_init__()
    config = LeaderConfig({"type": "so101_leader", "port": "virtual"})
    with built(config, "leader.json", "intervention_arm") as (device, hear):
        assert run_device(NodePort(node), device, hear) == 0
    assert {name for name, _, _ in node.sent} == {"action"}
    assert actions()[0].value.shape == (6,)
    assert actions()[-1].value == pytest.approx([50.0, 90.0], abs=0.01)
    assert not actions()[0].engaged


def test_a_hand_carries_the_virtual_leader() -> None:
    """Wired to the node's input `hand`, an operator drives as a person with the arm does."""
    node = FakeNode(
        inputs={"tick": "dora/timer/millis/30", "episode": "b", "hand": "o", "status": "b"},
        outputs=("action", "control"),
    )
    place = np.array([0.2, 0.1, 0.08, 1.0], np.float32)

    def pan_deg() -> list[float]:
        return [float(Action.from_arrow(v, m).value[0]) for _, v, m in node.sent]

    def script() -> Iterator[dict[str, Any]]:
        deadline_s = time.monotonic() + 30.0
        yield tick_event()
        while abs(pan_deg()[-1] - pan_deg()[0]) < 20.0:
            assert time.monotonic() < deadline_s
            yield input_event("hand", Action(place, ActionSpace.EE_ABSOLUTE, engaged=True))
            yield tick_event()
            time.sleep(0.03)
        yield input_event("status", Status(RunState.OVER))

    node.script = script()
    node.__post_init__()
    config = LeaderConfig({"type": "so101_leader", "port": "virtual"})
    with built(config, "leader.json", "intervention_arm") as (device, hear):
        assert run_device(NodePort(node), device, hear) == 0


def test_options_come_from_flags_and_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest are words that are put over the config."""
    monkeypatch.setenv("LEADER_TAKE_OVER", "push")
    monkeypatch.setenv("LEADER_BODY_INPUT", "action")
    args, words = parser().parse_node_and_rest(["--config", "a.json", "--teleop.port=/dev/x"])
    assert (args.config, args.take_over, args.body_input) == (Path("a.json"), "push", "action")
    assert words == ["--teleop.port=/dev/x"]


def test_a_mode_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """In one line."""
    with pytest.raises(SystemExit):
        parser().parse_node_and_rest(["--take-over", "never"])
    assert "'never' is not one of always, push; see leader-node --help" in capsys.readouterr().err


def test_what_is_wrong_with_a_config_is_said_before_the_dataflow_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words of LEADER_ARGS count."""
    path = tmp_path / "leader.json"
    path.write_text(json.dumps({"teleop": {"type": "so101_leader", "port": "p"}}))
    monkeypatch.setenv("LEADER_ARGS", "--teleop.type=so102_leader")
    with pytest.raises(ConfigError, match=r"leader\.json: teleop: type: 'so102_leader' is no"):
        start(["--config", str(path)])
