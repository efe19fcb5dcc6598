"""What the body's stream says of the follower."""

import numpy as np
import pytest

from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.spec import ColumnSpec, StreamSpec
from dora_hil.stream.timestep import Kind, Phase, Telemetry, TimeStep
from leader_node.follower import Follower, FollowerError, FollowerView

JOINTS = ("shoulder.pos", "gripper.pos")


def spec(
    *,
    spaces: tuple[str, ...] = ("ee_delta", "joint"),
    state: tuple[str, ...] = ("load", "gripper.pos", "shoulder.pos"),
) -> StreamSpec:
    """Describe a body with two joints, measured in another order than they are driven in."""
    return StreamSpec(
        "task",
        "robot",
        spaces,
        {
            "observation.state": ColumnSpec((len(state),), state),
            "action.joint": ColumnSpec((2,), JOINTS),
        },
    )


def timestep(
    phase: Phase = Phase.RUNNING,
    driver: str = "hold",
    sent: tuple[float, float] | None = None,
    described: StreamSpec | None = None,
) -> TimeStep:
    """Return a message: the shoulder at 20 degrees, the gripper at 30 percent."""
    action = np.array(sent if sent else (np.nan, np.nan), np.float32)
    return TimeStep(
        Kind.MID,
        phase,
        episode=3,
        step=1,
        columns={"observation.state": np.array([9.0, 30.0, 20.0], np.float32)},
        spec=described or spec(),
        actions={ActionSpace.JOINT: action},
        telemetry=Telemetry(driver=driver),
    )


def seen(*said: TimeStep) -> FollowerView:
    """Return what is known of a follower after some messages."""
    follower = Follower("intervention_leader")
    for message in said:
        follower.hear(message, 0.0)
    view = follower.view(0.0)
    assert view is not None
    assert follower.joints == JOINTS
    return view


def test_the_pose_is_in_the_order_in_which_the_joints_are_driven() -> None:
    """Whatever else the state holds."""
    view = seen(timestep())
    assert view.pose.tolist() == [20.0, 30.0]
    assert view.stretch == (3, Phase.RUNNING)


def test_its_target_is_what_was_executed_or_its_pose_where_nothing_was() -> None:
    """As in the first message of an episode."""
    driven = timestep(sent=(21.0, 5.0))
    assert seen(driven).target.tolist() == [21.0, 5.0]
    assert seen(driven, timestep()).target.tolist() == [20.0, 30.0]


@pytest.mark.parametrize(
    ("phase", "driver", "may_drive"),
    [
        (Phase.RUNNING, "action", True),
        (Phase.RESETTING, "hold", True),
        (Phase.RUNNING, "intervention_leader", True),
        (Phase.RUNNING, "intervention_keyboard", False),
        (Phase.DONE, "hold", False),
        (Phase.OVER, "hold", False),
    ],
)
def test_a_leader_may_drive_where_the_episode_lets_it_and_no_other_hand_does(
    phase: Phase, driver: str, may_drive: bool
) -> None:
    """A policy is overridden, a person is not."""
    view = seen(timestep(phase, driver))
    assert view.may_drive is may_drive
    assert view.is_driven_by_leader is (driver == "intervention_leader")


def test_a_body_that_is_silent_is_nowhere() -> None:
    """Nor is one that was never heard."""
    follower = Follower("intervention_leader")
    assert follower.view(50.0) is None
    follower.hear(timestep(), 50.0)
    assert follower.view(50.9) is not None
    assert follower.view(51.1) is None


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        (spec(spaces=("ee_delta", "ee_absolute")), "accepts ee_delta, ee_absolute"),
        # Nothing could be brought to where they are.
        (spec(state=("load", "gripper.pos")), r"has no shoulder\.pos; it has load, gripper\.pos"),
    ],
)
def test_a_body_that_is_not_driven_by_joints_or_does_not_measure_them_is_refused(
    described: StreamSpec, expected: str
) -> None:
    """It says what it has."""
    with pytest.raises(FollowerError, match=expected):
        seen(timestep(described=described))
