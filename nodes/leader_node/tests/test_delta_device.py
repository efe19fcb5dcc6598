"""A device that says which way to move, a tick after the other."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from lerobot_teleoperator_pointer import PointerConfig

from dora_hil.device.loop import run_device
from dora_hil.node.node import NodePort
from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.messages import Action, Command, Control
from dora_hil.testing.fake_node import FakeNode, stop_event, tick_event
from leader_node.arm_link import ArmError, ArmLink, Pose
from leader_node.config import LeaderConfig
from leader_node.delta_device import DeltaDevice
from leader_node.main import built


class Hand:
    """A hand on a device that may be pulled out."""

    def __init__(self) -> None:
        """Begin without a motion."""
        self.asked: dict[str, float] = {}
        self.is_there = True

    def connect(self) -> None:
        """Come, if it is there."""
        self.exchange(None)

    def exchange(self, goal: Pose | None) -> Pose:
        """Return what the hand asks for."""
        if not self.is_there:
            raise ArmError("nothing is plugged in")
        return dict(self.asked)

    def disconnect(self) -> None:
        """Go."""


class Rig:
    """A device, the hand on it, and what it sent."""

    def __init__(self, *, has_gripper: bool = True) -> None:
        """Plug it in."""
        self.hand = Hand()
        self.sent: list[Control] = []
        self.device = DeltaDevice(ArmLink(self.hand, wait_s=5.0), has_gripper=has_gripper)
        self.device.start(self.sent.append)

    def ask(self, **asked: float) -> Action:
        """Ask once, while the hand does this."""
        self.hand.asked = asked
        return self.device.action()


def test_deltas_are_steps_and_the_gripper_has_lerobots_classes() -> None:
    """What is too large is a whole step; without a word the gripper stays."""
    rig = Rig()
    asked = rig.ask(delta_x=0.5, delta_y=-3.0, gripper=0.0)
    assert asked.value.tolist() == [0.5, -1.0, 0.0, 0.0]
    assert asked.space is ActionSpace.EE_DELTA
    assert asked.value.dtype == np.float32
    assert rig.ask().value.tolist() == [0.0, 0.0, 0.0, 1.0]


def test_a_device_without_a_gripper_leaves_it_to_the_body() -> None:
    """Three numbers, heard or not."""
    rig = Rig(has_gripper=False)
    assert rig.ask(delta_z=1.0).value.tolist() == [0.0, 0.0, 1.0]
    rig.hand.is_there = False
    assert rig.ask().value.shape == (3,)


@pytest.mark.parametrize(
    ("asked", "engaged"),
    [
        ({}, False),
        ({"delta_z": 0.1}, True),
        ({"gripper": 2.0}, True),
        ({"delta_z": 0.1, "is_intervention": 0.0}, False),
        ({"is_intervention": 1.0}, True),
    ],
)
def test_it_drives_while_it_says_so_or_moves(asked: dict[str, float], engaged: bool) -> None:
    """LeRobot's own event counts where there is one."""
    assert Rig().ask(**asked).engaged is engaged


@pytest.mark.parametrize(
    ("events", "command"),
    [
        ({"success": 1.0, "terminate_episode": 1.0}, Command.SUCCESS),
        ({"failure": 1.0, "terminate_episode": 1.0}, Command.FAILURE),
        ({"rerecord_episode": 1.0}, Command.RERECORD),
        ({"terminate_episode": 1.0}, Command.NEXT),
    ],
)
def test_an_event_is_one_command_however_long_it_is_held(
    events: dict[str, float], command: Command
) -> None:
    """And another one when it is pressed again."""
    rig = Rig()
    for asked in (events, events, {}, events):
        rig.ask(**asked)
    assert [(c.command, c.seq) for c in rig.sent] == [(command, 0), (command, 1)]
    assert rig.sent[0].t_press_ns > 0


def until(holds: Callable[[], bool]) -> None:
    """Wait for something."""
    deadline_s = time.monotonic() + 20.0
    while not holds():
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


def test_an_unplugged_device_drives_nothing_and_comes_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Both are said once."""
    caplog.set_level("INFO")
    rig = Rig()
    assert rig.ask(delta_x=1.0).engaged
    rig.hand.is_there = False
    until(lambda: not rig.ask(delta_x=1.0).engaged and bool(caplog.records))
    assert "no device: nothing is plugged in; tried again" in caplog.text
    rig.hand.is_there = True
    until(lambda: rig.ask(delta_x=1.0).engaged)
    assert [record.message.split(":")[0] for record in caplog.records] == [
        "no device",
        "the device is there",
    ]


def test_a_plugins_teleoperator_becomes_such_a_device(tmp_path: Path) -> None:
    """By what it says; the config is a leader's."""
    (tmp_path / "said").write_text('{"delta_x": 1.0, "gripper": 1, "success": true}')
    kind = PointerConfig.get_choice_name(PointerConfig)
    config = LeaderConfig({"type": kind, "said": str(tmp_path / "said")})
    inputs = {"tick": "dora/timer/millis/30"}
    node = FakeNode([tick_event()] * 3 + [stop_event()], inputs, ("action", "control"))
    with built(config, "pointer.json", "") as (device, _):
        device._link._wait_s = 5.0
        run_device(NodePort(node), device, device.hear)
    sent = [Action.from_arrow(v, m) for output, v, m in node.sent if output == "action"]
    assert [action.value.tolist() for action in sent] == [[1.0, 0.0, 0.0, 1.0]] * 3
    assert [output for output, _, _ in node.sent].count("control") == 1
