"""The table as a node, without dora."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dora_hil.config import ConfigError
from dora_hil.node.node import NodePort
from dora_hil.stream.messages import RunState, Status
from dora_hil.stream.world import World
from dora_hil.testing.fake_node import FakeNode, closed_event, input_event, tick_event
from virtual_so101_node import main
from virtual_so101_node.main import run, start

INPUTS = {"tick": "dora/timer/millis/50", "status": "body/status", "episode": "body/episode"}


class Arm:
    """An arm that notes what it is told."""

    def __init__(self) -> None:
        """Have been told nothing."""
        self.told: list[str] = []

    def tell(self, line: str) -> None:
        """Note a line."""
        self.told.append(line)

    def look(self) -> World:
        """Return a block that lies somewhere."""
        return World(np.array([0.2, 0.0, 0.014]), 0.014, 0.05, False, False, False)


def play(script: list[dict[str, Any]], arm: Any) -> tuple[int, FakeNode]:
    """Run the node's loop through events."""
    node = FakeNode(script, inputs=INPUTS, outputs=("world",))
    return run(NodePort(node), arm), node


def granted(grant: int, seed: int) -> dict[str, Any]:
    """Return an event by which an episode is granted."""
    return input_event("status", Status(RunState.GRANTED, grant=grant, seed=seed))


def test_the_block_is_placed_once_for_each_granted_episode() -> None:
    """By its seed; a grant that is said again is no new one."""
    arm = Arm()
    busy = input_event("status", Status(RunState.BUSY))
    code, _ = play([granted(0, 7), granted(0, 7), busy, granted(1, 8), granted(2, -1)], arm)
    assert code == 0
    assert arm.told == ["place 7", "place 8", "place 0"]


def test_the_world_is_said_at_every_tick_until_the_body_has_gone() -> None:
    """Whatever comes after that is not."""
    _, node = play([tick_event(), tick_event(), closed_event("episode"), tick_event()], Arm())
    assert [output for output, _, _ in node.sent] == ["world", "world"]


def test_beside_a_real_arm_it_does_nothing() -> None:
    """A person places the block."""
    code, node = play([granted(0, 1), tick_event(), closed_event("episode")], None)
    assert (code, node.sent) == (0, [])


def test_a_port_of_ones_own_is_a_real_arm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said who places the block then; the port may stand beside the file."""
    path = tmp_path / "env.json"
    path.write_text(json.dumps({"env": {"robot": {"port": "virtual"}}}))
    monkeypatch.setenv("ENV_ARGS", "--env.robot.port=/dev/ttyACM0")
    node = FakeNode([closed_event("episode")], inputs=INPUTS, outputs=("world",))
    monkeypatch.setattr(main, "attach", lambda: NodePort(node))
    with caplog.at_level("INFO"):
        assert start([f"--config_path={path}"]) == 0
    assert "a real arm on /dev/ttyACM0: a person places the block" in caplog.text


def test_a_config_without_a_robot_is_one_line(tmp_path: Path) -> None:
    """The simulator has none."""
    path = tmp_path / "env.json"
    path.write_text(json.dumps({"env": {"robot": None}}))
    with pytest.raises(ConfigError, match=r"env\.json: env\.robot: must be a block of keys"):
        start([f"--config_path={path}"])
