"""Where an arm is, from a body's message."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from dora_hil.bounds.pose_log import Pose
from dora_hil.stream.spec import ColumnSpec, StreamSpec
from dora_hil.stream.timestep import Kind, Phase, TimeStep

STATE = ColumnSpec(
    (3,), ("joint1.pos", "joint1.vel", "gripper.pos"), ("rad", "rad/s", "0 closed, 1 open")
)


def timestep(
    kind: Kind = Kind.MID, *, has_tool: bool = True, state: ColumnSpec = STATE
) -> TimeStep:
    """Return a message of a body."""
    specs = {"observation.state": state}
    columns = {"observation.state": np.array([0.5, 2.0, 1.0], np.float32)}
    if has_tool:
        specs["privileged.tcp_xyz_m"] = ColumnSpec((3,))
        columns["privileged.tcp_xyz_m"] = np.array([0.25, 0.5, 0.75], np.float32)
    spec = StreamSpec("reach", "test", (), specs)
    return TimeStep(kind, Phase.RUNNING, 0, 1, columns, spec)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_message_of_any_kind_says_where_the_arm_is(kind: Kind) -> None:
    """PHASE too: a person may drive between the episodes."""
    pose = Pose.of(timestep(kind))
    assert pose.tcp_xyz_m == (0.25, 0.5, 0.75)
    assert pose.joint_pos == {"joint1.pos": 0.5, "gripper.pos": 1.0}
    assert pose.joint_units == {"joint1.pos": "rad", "gripper.pos": "0 closed, 1 open"}


def test_what_a_body_does_not_say_is_left_out() -> None:
    """A robot without kinematics, a state without positions."""
    assert Pose.of(timestep(has_tool=False)).tcp_xyz_m is None
    assert Pose.of(timestep(state=ColumnSpec((3,), ("a", "b", "c")))).joint_pos == {}
    assert Pose.of(timestep(state=ColumnSpec((3,)))).joint_pos == {}


def test_a_pose_survives_the_file() -> None:
    """As one line."""
    pose = Pose.of(timestep())
    assert Pose.from_json(json.dumps(asdict(pose))) == pose
