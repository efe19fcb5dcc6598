"""The device: LeRobot's SO-101 leader on a virtual arm, and a follower that obeys it."""

import logging
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from dora_hil.hardware.virtual_arm import VirtualArm
from dora_hil.node.node import Event, EventKind
from dora_hil.stream.actions import ActionSpace, Float32Array
from dora_hil.stream.messages import Action
from dora_hil.stream.spec import ColumnSpec, StreamSpec
from dora_hil.stream.timestep import Kind, Phase, Telemetry, TimeStep
from leader_node.config import LeaderConfig
from leader_node.hand_over_rules import HandOverRules, TakeOver
from leader_node.leader_device import JointsError, LeaderDevice
from leader_node.main import built

ARM = ("shoulder_pan", "shoulder_lift", "elbow_flex", "wrist_flex", "wrist_roll")
JOINTS = tuple(f"{name}.pos" for name in (*ARM, "gripper"))
QUICK = {"speed_deg_s": 200.0, "release_after_still_s": 2.0}
TICK_S = 0.03


def spec(joints: tuple[str, ...] = JOINTS) -> StreamSpec:
    """Describe an arm that is driven by its joints."""
    column = ColumnSpec((len(joints),), joints)
    return StreamSpec(
        "task", "robot", ("joint",), {"observation.state": column, "action.joint": column}
    )


class Follower:
    """A body: goes where an engaged leader sends it, and says where it is.

    Attributes:
        pose: float32[6], degrees and percent.
        asked: all that the leader said.
    """

    def __init__(self, device: LeaderDevice) -> None:
        """Stand 20 degrees from the middle, the gripper half open."""
        self.device = device
        self.pose: Float32Array = np.array([20, -20, 20, 20, 20, 50], np.float32)
        self.asked: list[Action] = []
        self.episode = 0

    def tick(self) -> Action:
        """Take one tick."""
        driver = "intervention_leader" if self.asked and self.asked[-1].engaged else "action"
        self.device.hear(said(self.pose, driver, self.episode), None)
        action = self.device.action()
        if action.engaged:
            self.pose = action.value
        self.asked.append(action)
        time.sleep(TICK_S)
        return action

    def let_go(self) -> None:
        """Give the leader the time to switch its torque off, as a hand does."""
        for _ in range(10):
            self.tick()

    def until(self, reached: Callable[[Action], bool]) -> Action:
        """Take ticks until the leader says something."""
        deadline_s = time.monotonic() + 20.0
        while not reached(action := self.tick()):
            assert time.monotonic() < deadline_s, action
        return action


def said(
    pose: Float32Array, driver: str, episode: int = 0, joints: StreamSpec | None = None
) -> Event:
    """Return a message of the body."""
    timestep = TimeStep(
        Kind.MID,
        Phase.RUNNING,
        episode,
        1,
        columns={"observation.state": pose},
        spec=joints or spec(),
        actions={ActionSpace.JOINT: pose},
        telemetry=Telemetry(driver=driver),
    )
    value, metadata = timestep.to_arrow()
    return Event(EventKind.INPUT, "episode", value, metadata)


@pytest.fixture
def make(teleop: dict[str, str]) -> Iterator[Callable[[TakeOver], Follower]]:
    """Return what makes a follower whose leader is taken over in some mode."""
    devices = []

    def made(take_over: TakeOver) -> Follower:
        config = LeaderConfig(teleop, HandOverRules(take_over, **QUICK))
        with built(config, "leader.json", "intervention_leader") as (device, _):
            assert isinstance(device, LeaderDevice)
            device.start(lambda control: None)
            devices.append(device)
            return Follower(device)

    yield made
    for device in devices:
        device.stop()


def is_engaged(action: Action) -> bool:
    """Say whether the leader drives."""
    return action.engaged


def is_disengaged(action: Action) -> bool:
    """Say whether it does not."""
    return not action.engaged


def test_the_leader_comes_to_the_follower_and_then_a_hand_drives_it(
    make: Callable[[TakeOver], Follower], virtual_arm: VirtualArm
) -> None:
    """By its own motors; then its torque is off, and the follower goes where it is turned."""
    follower = make(TakeOver.ALWAYS)
    start = follower.pose.copy()
    first = follower.until(is_engaged)
    assert first.value == pytest.approx(start, abs=0.01)
    assert (first.space, first.step, first.episode) == (ActionSpace.JOINT, -1, -1)
    follower.let_go()
    virtual_arm.tell("turn shoulder_pan 2500")
    degrees = (2500 - 2047.5) * 360 / 4095
    follower.until(lambda action: bool(abs(action.value[0] - degrees) < 0.2))
    poses = np.stack([action.value for action in follower.asked if action.engaged])
    assert np.ptp(poses[:, 1:5], axis=0).max() < 10.0


@pytest.mark.slow
def test_a_push_takes_over_and_holding_still_hands_back(
    make: Callable[[TakeOver], Follower], virtual_arm: VirtualArm
) -> None:
    """The torque goes off with the push and comes on again afterwards."""
    follower = make(TakeOver.PUSH)
    follower.until(lambda action: bool(np.abs(action.value - follower.pose).max() < 2.0))
    for _ in range(30):
        assert not follower.tick().engaged
    virtual_arm.tell("push elbow_flex 250")
    before = follower.pose.copy()
    first = follower.until(is_engaged)
    assert first.value == pytest.approx(before, abs=0.01)
    follower.let_go()
    virtual_arm.tell("let_go elbow_flex")
    virtual_arm.tell("turn elbow_flex 2048")
    follower.until(lambda action: bool(abs(action.value[2]) < 1.0))
    follower.until(is_disengaged)
    follower.pose = np.array([0, 0, 30, 0, 0, 50], np.float32)
    follower.until(lambda action: bool(np.abs(action.value - follower.pose).max() < 2.0))
    assert not follower.asked[-1].engaged


def test_an_unplugged_leader_is_said_and_goes_on_when_it_is_back(
    make: Callable[[TakeOver], Follower], virtual_arm: VirtualArm, caplog: pytest.LogCaptureFixture
) -> None:
    """Once each; what it says meanwhile is no pose, and never engaged."""
    caplog.set_level(logging.INFO)
    follower = make(TakeOver.ALWAYS)
    follower.until(is_engaged)
    virtual_arm.tell("unplug 1.0")
    gone = follower.until(lambda action: bool(np.isnan(action.value).all()))
    assert not gone.engaged
    follower.until(is_engaged)
    warnings = [r.message for r in caplog.records if r.message.startswith("no leader: ")]
    assert warnings
    assert len(warnings) == len(set(warnings))
    assert all("\n" not in line for line in warnings)


@pytest.mark.slow
def test_a_line_with_wrong_answers_neither_stops_the_leader_nor_moves_the_follower(
    make: Callable[[TakeOver], Follower], virtual_arm: VirtualArm
) -> None:
    """Two in a hundred; nobody touches the leader."""
    follower = make(TakeOver.ALWAYS)
    follower.until(is_engaged)
    virtual_arm.tell("corrupt 0.02")
    start = follower.pose.copy()
    engaged = [follower.tick().engaged for _ in range(60)]
    assert sum(engaged) >= 50
    assert np.abs(follower.pose - start).max() < 10.0


def test_a_leader_that_is_not_there_says_so_and_idles(caplog: pytest.LogCaptureFixture) -> None:
    """The rest of the dataflow goes on."""
    block = {"type": "so101_leader", "port": "/dev/nothing", "id": "a"}
    with built(LeaderConfig(block), "leader.json", "intervention_leader") as (device, _):
        assert isinstance(device, LeaderDevice)
        follower = Follower(device)
        for _ in range(10):
            assert not follower.tick().engaged
        device.stop()
    assert "no leader: Could not connect on port '/dev/nothing'" in caplog.text


def test_a_follower_with_joints_that_the_leader_lacks_is_refused(
    make: Callable[[TakeOver], Follower],
) -> None:
    """Both are listed."""
    follower = make(TakeOver.ALWAYS)
    event = said(np.zeros(2, np.float32), "hold", joints=spec(("gripper.pos", "joint_7.pos")))
    with pytest.raises(JointsError, match=r"the leader has no joint_7\.pos.*; it has shoulder_pan"):
        follower.device.hear(event, None)
