"""From an action in any space to a posture of the joints."""

import math
from typing import Any

import numpy as np
import pytest
from virtual_arm import FRAME, URDF

from dora_hil.body.end_effector_target import Workspace
from dora_hil.body.joint_target import JointLimits
from dora_hil.body.safety import SafetyConfig
from dora_hil.stream.actions import (
    ActionError,
    ActionSpace,
    ExecutedAction,
    Float64Array,
    hold_ee_delta,
)
from robot_node.kinematics import Kinematics
from robot_node.motion import JointMotion, SpaceMotion

DELTA, ABSOLUTE, JOINT = ActionSpace.EE_DELTA, ActionSpace.EE_ABSOLUTE, ActionSpace.JOINT
DT_S = 0.1
ARM = ("shoulder_pan", "shoulder_lift", "elbow_flex", "wrist_flex", "wrist_roll")
HOME = np.array([0.0, -25.0, 25.0, 60.0, 0.0, 30.0])
WORKSPACE = Workspace((0.12, -0.2, 0.01), (0.34, 0.2, 0.25), (0.015, 0.015, 0.015))
SOLVER = Kinematics(URDF, FRAME, ARM)


def limits(*, wheel: bool = False, joint_speed: float = 120.0) -> JointLimits:
    """Return those of an SO-101, with a wheel beneath it or not."""
    names = (*(f"{joint}.pos" for joint in ARM), "gripper.pos")
    low = [-110.0, -100.0, -97.0, -95.0, -160.0, 0.0]
    high = [110.0, 100.0, 97.0, 95.0, 160.0, 100.0]
    speed = [joint_speed] * 6
    if wheel:
        names, low, high = (*names, "x.vel"), [*low, -math.inf], [*high, math.inf]
        speed = [*speed, math.inf]
    return JointLimits(names, np.array(low), np.array(high), np.array(speed))


def in_joints(*, wheel: bool = False, **safety: Any) -> JointMotion:
    """Return an arm without kinematics, at home."""
    motion = JointMotion(limits(wheel=wheel), SafetyConfig(**safety), DT_S)
    motion.target.reset(np.append(HOME, 0.0) if wheel else HOME)
    return motion


def in_free_space() -> SpaceMotion:
    """Return an arm with kinematics and bounds beyond its reach."""
    return in_space(workspace=Workspace((-1.0, -1.0, -1.0), (1.0, 1.0, 1.0)))


def in_space(
    start: Float64Array = HOME,
    *,
    wheel: bool = False,
    use_gripper: bool = True,
    joint_speed: float = 120.0,
    workspace: Workspace = WORKSPACE,
    **safety: Any,
) -> SpaceMotion:
    """Return an arm with kinematics."""
    motion = SpaceMotion(
        limits(wheel=wheel, joint_speed=joint_speed),
        SafetyConfig(**safety),
        DT_S,
        SOLVER,
        workspace,
        use_gripper=use_gripper,
        max_gripper_pos=60.0,
    )
    motion.target.reset(np.append(start, 0.0) if wheel else start)
    return motion


def do(motion: JointMotion, space: ActionSpace, *value: float, times: int = 1) -> ExecutedAction:
    """Apply an action, perhaps again and again."""
    for _ in range(times):
        executed = motion.apply(space, np.array(value, dtype=np.float32))
    return executed


def assert_one_action(executed: ExecutedAction) -> None:
    """Check that what was executed is the same in joints and in space."""
    xyz_m = SOLVER.forward(executed.by_space["joint"][:5].astype(np.float64))
    np.testing.assert_allclose(xyz_m, executed.by_space["ee_absolute"][:3], atol=3e-3)


def test_without_kinematics_joints_are_the_only_space() -> None:
    """An absolute target is refused with what would help."""
    motion = in_joints()
    assert motion.accepted == (JOINT,)
    with pytest.raises(ActionError, match=r"accepted: joint \(.*need .*urdf_path\)"):
        do(motion, ABSOLUTE, 0.2, 0.0, 0.1, 1.0)


def test_without_kinematics_a_persons_keys_end_no_run() -> None:
    """They move nothing, and it is said; letting go of them is no matter."""
    motion = in_joints()
    pressed = do(motion, DELTA, 1.0, 0.0, 0.0, 1.0)
    assert pressed.safety == ("reach",)
    assert do(motion, DELTA, 0.0, 0.0, 0.0, 2.0).safety == ()
    np.testing.assert_array_equal(motion.target.positions, HOME)


@pytest.mark.parametrize("build", [in_joints, in_free_space])
@pytest.mark.parametrize(
    ("goal_deg", "times", "reached_deg", "safety"),
    [
        (3.0, 1, 3.0, set()),
        # 120 degrees a second are 12 in a period.
        (90.0, 1, 12.0, {"joint_speed"}),
        (170.0, 30, 110.0, {"joint_limits"}),
    ],
)
def test_a_joint_action_is_where_the_joints_go_no_faster_and_no_further_than_their_limits(
    build: Any, goal_deg: float, times: int, reached_deg: float, safety: set[str]
) -> None:
    """With kinematics as without."""
    others = HOME[1:] + np.array([2.0, -2.0, 1.0, 4.0, 5.0])
    executed = do(build(), JOINT, goal_deg, *others, times=times)
    assert {*executed.safety} == safety
    np.testing.assert_allclose(executed.by_space["joint"], [reached_deg, *others], rtol=1e-6)


def test_another_number_of_joints_is_refused() -> None:
    """Whatever is known of space."""
    with pytest.raises(ActionError, match=r"shape \(6,\).*got \(4,\)"):
        do(in_space(), JOINT, 0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(("space", "size"), [(DELTA, 4), (ABSOLUTE, 4), (JOINT, 6)])
def test_nan_holds_the_arm_in_every_space(space: ActionSpace, size: int) -> None:
    """One number is enough."""
    motion = in_space()
    executed = do(motion, space, math.nan, *[0.0] * (size - 1))
    assert executed.safety == ("nan",)
    np.testing.assert_array_equal(motion.target.positions, HOME)
    assert_one_action(executed)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_delta_of_one_moves_the_tool_by_one_step(axis: int) -> None:
    """And what was executed says so."""
    motion = in_space()
    before_m = motion.xyz_m.copy()
    delta = np.zeros(4)
    delta[axis], delta[3] = -1.0, 1.0
    executed = do(motion, DELTA, *delta)
    moved_m = motion.tcp_xyz_m(motion.target.positions) - before_m
    np.testing.assert_allclose(moved_m, delta[:3] * 0.015, atol=3e-3)
    np.testing.assert_allclose(executed.by_space["ee_delta"], delta, atol=1e-5)
    assert executed.safety == ()


def test_holding_does_not_drift() -> None:
    """Not by the last bit, however long."""
    motion = in_space()
    do(motion, DELTA, 0.7, -0.4, -0.3, 1.0, times=5)
    before = motion.target.positions.copy()
    for _ in range(100):
        executed = motion.apply(DELTA, hold_ee_delta())
    np.testing.assert_array_equal(motion.target.positions, before)
    assert executed.safety == ()


def test_what_was_executed_is_one_action_in_all_spaces() -> None:
    """After any sequence of any of them, within 3 mm."""
    rng = np.random.default_rng(0)
    motion = in_space(max_ee_speed_m_s=0.25, ramp_s=0.5)
    for step in range(60):
        before = motion.xyz_m.copy()
        match step // 5 % 3:
            case 0:
                executed = do(motion, DELTA, *rng.uniform(-1, 1, 3), rng.uniform(0, 2))
            case 1:
                corner = rng.uniform(WORKSPACE.min_xyz_m, WORKSPACE.max_xyz_m)
                executed = do(motion, ABSOLUTE, *corner, rng.uniform(0, 1))
            case _:
                executed = do(motion, JOINT, *(motion.target.positions + rng.uniform(-5, 5, 6)))
        assert_one_action(executed)
        np.testing.assert_allclose(
            motion.xyz_m - before,
            executed.by_space["ee_delta"][:3] * WORKSPACE.step_xyz_m,
            atol=1e-6,
        )


def test_the_tool_goes_no_faster_than_its_limit() -> None:
    """0.1 m/s are 1 cm in a period, in any direction."""
    motion = in_space(max_ee_speed_m_s=0.1)
    before_m = motion.xyz_m.copy()
    executed = do(motion, ABSOLUTE, 0.2, 0.1, 0.2, 0.5)
    assert executed.safety == ("ee_speed",)
    assert np.linalg.norm(motion.xyz_m - before_m) == pytest.approx(0.01)


def test_the_tool_goes_no_further_than_the_bounds() -> None:
    """And the joints go with it."""
    motion = in_space()
    executed = do(motion, DELTA, 0.0, 1.0, 0.0, 1.0, times=30)
    assert executed.safety == ("bounds",)
    tcp_m = motion.tcp_xyz_m(motion.target.positions)
    assert tcp_m[1] == pytest.approx(0.2, abs=3e-3)
    assert_one_action(executed)


def test_the_tool_reaches_the_sides_of_its_workspace() -> None:
    """In straight lines, whichever way it pointed before: an arm of five joints has to turn it."""
    for x, y, z in ((0, 1, 0), (0, -1, 0), (1, 0, 0), (0, 0, 1), (0, 0, -1)):
        motion = in_space()
        safety = {name for _ in range(16) for name in do(motion, DELTA, x, y, z, 1.0).safety}
        assert "bounds" in safety
        assert "reach" not in safety


def test_beyond_the_joint_limits_is_out_of_reach() -> None:
    """It stops there; the tool is not led elsewhere by the joints that may still turn."""
    narrow = limits()
    # The arm turns to its right, the joint counts that up.
    narrow.high[0] = 10.0
    motion = SpaceMotion(
        narrow, SafetyConfig(), DT_S, SOLVER, WORKSPACE, use_gripper=True, max_gripper_pos=60.0
    )
    motion.target.reset(HOME)
    executed = do(motion, DELTA, 0.0, -1.0, 0.0, 1.0, times=12)
    assert executed.safety == ("reach",)
    assert 7.0 < motion.target.positions[0] <= 10.0
    assert motion.xyz_m[[0, 2]] == pytest.approx(motion.tcp_xyz_m(HOME)[[0, 2]], abs=3e-3)
    assert_one_action(executed)


def test_at_the_edge_of_its_reach_the_arm_goes_along_it() -> None:
    """Near the base the wrist is at its stop, and up leads away from the base."""
    free = Workspace((-1.0, -1.0, -1.0), (1.0, 1.0, 1.0), (0.02, 0.02, 0.02))
    start = np.array([28.3, -53.8, 51.1, 92.7, 8.2, 30.0])
    motion = in_space(start, workspace=free, joint_speed=600.0)
    before_m = motion.xyz_m
    up = do(motion, DELTA, 0.0, 0.0, 1.0, 1.0)
    assert up.safety == ("reach",)
    x_m, y_m, z_m = motion.xyz_m - before_m
    assert z_m > 0.015
    assert 0.002 < np.hypot(x_m, y_m) < 0.01
    assert_one_action(up)
    do(motion, DELTA, 0.0, 0.0, 1.0, 1.0, times=3)
    assert motion.xyz_m[2] - before_m[2] > 0.07


def test_along_the_edge_of_its_reach_it_goes_no_further_than_the_bounds() -> None:
    """Where up leads away from the base, and a bound lies there, it holds."""
    start = np.array([28.3, -53.8, 51.1, 92.7, 8.2, 30.0])
    x_m = float(SOLVER.forward(start[:5])[0])
    bounds = Workspace((-1.0, -1.0, -1.0), (x_m, 1.0, 1.0), (0.02, 0.02, 0.02))
    motion = in_space(start, workspace=bounds, joint_speed=600.0)
    for _ in range(6):
        do(motion, DELTA, 0.0, 0.0, 1.0, 1.0)
        assert motion.xyz_m[0] < x_m + 0.003


def test_joint_speeds_hold_in_space() -> None:
    """Where the tool's own limit would allow more."""
    motion = in_space(joint_speed=10.0)
    before = motion.target.positions.copy()
    executed = do(motion, DELTA, 0.0, 1.0, 0.0, 1.0)
    assert "joint_speed" in executed.safety
    assert np.abs(motion.target.positions - before).max() <= 1.0 + 1e-9
    assert_one_action(executed)


def test_where_joints_are_too_slow_the_tool_keeps_to_its_way_and_its_limit() -> None:
    """Slowed down joint by joint it would run ahead, and swing about where it is sent."""
    motion = in_space(joint_speed=60.0, max_ee_speed_m_s=0.25)
    steps_m, safety = [], set()
    for _ in range(80):
        before_m = motion.tcp_xyz_m(motion.target.positions)
        executed = do(motion, ABSOLUTE, 0.3, 1.0, 0.1, 0.5)
        steps_m.append(np.linalg.norm(motion.tcp_xyz_m(motion.target.positions) - before_m))
        safety |= {*executed.safety}
    assert "joint_speed" in safety
    assert max(steps_m) <= 0.025 * 1.01
    assert steps_m[-1] < 1e-4
    np.testing.assert_allclose(motion.xyz_m, (0.3, 0.2, 0.1), atol=3e-3)


def test_what_is_far_out_of_reach_is_not_approached() -> None:
    """With most of the way left the arm holds, and says so."""
    motion = in_space(workspace=Workspace((0.12, -0.2, 0.01), (2.0, 0.2, 0.25)))
    executed = do(motion, ABSOLUTE, 1.5, 0.0, 0.2, 0.5)
    assert "reach" in executed.safety
    np.testing.assert_array_equal(motion.target.positions[:5], HOME[:5])
    assert_one_action(executed)


def test_joints_take_the_tool_no_further_than_the_bounds() -> None:
    """The arm stops, the gripper goes on; back inside it moves again."""
    motion = in_space()
    executed = do(motion, JOINT, 90.0, *HOME[1:5], 60.0, times=12)
    assert "bounds" in executed.safety
    assert motion.xyz_m[1] <= WORKSPACE.max_xyz_m[1]
    assert motion.target.positions[5] == 60.0
    stopped_deg = motion.target.positions[0]
    assert do(motion, JOINT, 0.0, *HOME[1:]).safety == ("joint_speed",)
    assert motion.target.positions[0] < stopped_deg


def test_an_arm_outside_of_its_bounds_may_come_back_but_not_go_further() -> None:
    """It is not torn into them either."""
    motion = in_space(np.array([0.0, -40.0, 0.0, 20.0, 0.0, 30.0]))
    z_m = float(motion.xyz_m[2])
    assert z_m > WORKSPACE.max_xyz_m[2] + 0.1
    motion.apply(DELTA, hold_ee_delta())
    assert motion.xyz_m[2] == pytest.approx(z_m)
    assert "bounds" in do(motion, DELTA, 0.0, 0.0, 1.0, 1.0).safety
    assert motion.xyz_m[2] == pytest.approx(z_m, abs=1e-6)
    assert do(motion, DELTA, 0.0, 0.0, -0.5, 1.0).safety == ()
    assert motion.xyz_m[2] == pytest.approx(z_m - 0.0075, abs=1e-3)


def test_a_start_ramps_in() -> None:
    """The first step is a fifth of the fastest."""
    motion = in_joints(ramp_s=0.5)
    assert do(motion, JOINT, 90.0, *HOME[1:]).by_space["joint"][0] == pytest.approx(0.2 * 12.0)
    do(motion, JOINT, 90.0, *HOME[1:], times=4)
    before = motion.target.positions[0]
    do(motion, JOINT, 90.0, *HOME[1:])
    assert motion.target.positions[0] - before == pytest.approx(12.0)
    motion.restart()
    before = motion.target.positions[0]
    do(motion, JOINT, 90.0, *HOME[1:])
    assert motion.target.positions[0] - before == pytest.approx(0.2 * 12.0)


def test_another_kind_of_driver_ramps_in_and_a_hold_is_none() -> None:
    """What it wants may be far from where the arm is."""
    motion = in_space(ramp_s=0.5)
    do(motion, JOINT, *HOME, times=10)
    for _ in range(3):
        motion.apply(DELTA, hold_ee_delta())
    before = motion.target.positions[0]
    do(motion, JOINT, 90.0, *HOME[1:])
    assert motion.target.positions[0] - before == pytest.approx(12.0)
    do(motion, DELTA, 0.1, 0.0, 0.0, 1.0)
    before = motion.target.positions[0]
    do(motion, JOINT, -90.0, *HOME[1:])
    assert before - motion.target.positions[0] == pytest.approx(0.2 * 12.0)


def test_the_way_home_has_its_own_speed() -> None:
    """Each joint by itself, and never faster than its limit."""
    motion = in_space()
    motion.towards(HOME + np.array([30.0, -2.0, 0.0, 0.0, 0.0, 0.0]), 4.0)
    np.testing.assert_allclose(motion.target.positions - HOME, [4.0, -2.0, 0.0, 0.0, 0.0, 0.0])
    slow = in_space(joint_speed=10.0)
    slow.towards(HOME + np.array([30.0, 0.0, 0.0, 0.0, 0.0, 0.0]), 4.0)
    assert slow.target.positions[0] == pytest.approx(1.0)


def test_space_goes_on_from_where_the_way_home_has_led() -> None:
    """Not from where the tool was sent before."""
    motion = in_space()
    do(motion, DELTA, 0.0, 1.0, 0.0, 1.0, times=4)
    for _ in range(10):
        motion.towards(HOME, 4.0)
    home_m = motion.tcp_xyz_m(HOME)
    np.testing.assert_allclose(motion.xyz_m, home_m, atol=1e-6)
    assert_one_action(motion.apply(DELTA, hold_ee_delta()))
    np.testing.assert_allclose(motion.target.positions, HOME)


def test_the_gripper_is_open_at_the_position_that_counts_as_open() -> None:
    """Half of it is half open; LeRobot's commands open and close."""
    motion = in_space(joint_speed=1000.0)
    assert motion.opening(HOME) == 0.5
    assert do(motion, ABSOLUTE, *motion.xyz_m, 0.25).by_space["joint"][5] == pytest.approx(15.0)
    assert do(motion, DELTA, 0.0, 0.0, 0.0, 2.0).by_space["joint"][5] == pytest.approx(60.0)
    closed = do(motion, DELTA, 0.0, 0.0, 0.0, 0.0)
    assert (closed.by_space["joint"][5], closed.by_space["ee_absolute"][3]) == (0.0, 0.0)


@pytest.mark.parametrize("gripper", [0.0, 1.0, 2.0])
def test_a_gripper_that_is_not_used_stays_where_it_is(gripper: float) -> None:
    """Beyond what counts as open, too."""
    motion = in_space(np.array([*HOME[:5], 80.0]), use_gripper=False)
    executed = do(motion, DELTA, 0.1, 0.0, 0.0, gripper, times=3)
    assert motion.target.positions[5] == 80.0
    assert executed.by_space["ee_delta"][3] == 1.0


@pytest.mark.parametrize("build", [in_joints, in_space])
@pytest.mark.parametrize(
    ("space", "value"), [(DELTA, (0.0, 0.0, 0.0, 1.0)), (JOINT, (math.nan,) * 7)]
)
def test_a_hold_stops_the_wheels(build: Any, space: ActionSpace, value: tuple[float, ...]) -> None:
    """What was sent last is a velocity: an arm on wheels would drive on."""
    motion = build(wheel=True)
    do(motion, JOINT, *HOME, 0.4)
    assert motion.target.positions[6] == pytest.approx(0.4)
    executed = do(motion, space, *value)
    assert (executed.by_space["joint"][6], motion.target.positions[6]) == (0.0, 0.0)
