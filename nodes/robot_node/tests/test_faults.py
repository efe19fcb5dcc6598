"""What happens when something breaks, as the table in docs/robots.md says."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from virtual_arm import DrivenBody, PluggedIn, arm_on, config, forward, with_camera

from dora_hil.stream.actions import GRIPPER_CLOSE, ActionSpace
from dora_hil.stream.spec import Columns
from dora_hil.stream.timestep import EndReason, Kind
from virtual_so101_node.arm import RANGE_TICKS

DOCS = Path(__file__).parents[3] / "docs" / "robots.md"
BOUNDS = config().workspace


@pytest.fixture
def driven(plugged_in: PluggedIn) -> Iterator[DrivenBody]:
    """Return a body on it whose episode has begun."""
    arm = arm_on(plugged_in)
    body = DrivenBody(arm)
    body.run_until(lambda b: b.body.cycle.step >= 3, forward)
    yield body
    arm.close()


def grip(_seen: Columns) -> tuple[ActionSpace, list[float]]:
    """Stay there and close the jaws."""
    return ActionSpace.EE_DELTA, [0.0, 0.0, 0.0, GRIPPER_CLOSE]


def said_in_docs(fault: str) -> str:
    """Return what the table says that the operator reads."""
    row = next(line for line in DOCS.read_text().splitlines() if line.startswith(f"| {fault}"))
    found = re.findall(r"`([^`]+)`", row.split("|")[3])
    assert found
    return "|".join(re.escape(text) for text in found)


def assert_still_and_inside(plugged_in: PluggedIn) -> None:
    """Check that nothing moves any more, and that every joint is within its range."""
    plugged_in.let_time_pass(1.0)
    before = plugged_in.positions
    plugged_in.let_time_pass(0.5)
    # A servo's position wavers by a tick of 4096.
    assert plugged_in.positions == pytest.approx(before, abs=1)
    for position, (low, high) in zip(before, RANGE_TICKS.values(), strict=True):
        assert low <= position <= high


def test_a_pulled_cable_is_a_fault_and_the_servos_hold(
    driven: DrivenBody, plugged_in: PluggedIn
) -> None:
    """Whatever read or write meets it first."""
    plugged_in.unplug()
    driven.run_until(lambda b: b.is_over, forward)
    assert re.search(said_in_docs("cable pulled in motion"), driven.body.fault)
    assert driven.steps[-1].end_reason is EndReason.FAULT
    assert all(servo.is_holding for servo in plugged_in.bus.servos)
    assert_still_and_inside(plugged_in)


def test_an_arm_whose_cable_is_pulled_keeps_hold_of_its_block(
    driven: DrivenBody, plugged_in: PluggedIn
) -> None:
    """Against gravity: its servos keep their power."""
    physics = plugged_in.arm.physics
    gravity = physics.model.opt.gravity.copy()
    # The block hangs in the air until the jaws have it.
    physics.model.opt.gravity[:] = 0.0
    physics.put_block(driven.steps[-1].columns["privileged.tcp_xyz_m"].astype(float))
    driven.run_until(lambda _: physics.world.is_held, grip)
    physics.model.opt.gravity[:] = gravity
    driven.run_until(lambda _: physics.world.is_solved, grip)
    plugged_in.unplug()
    plugged_in.let_time_pass(10.0)
    assert physics.world.is_held
    assert physics.world.is_solved


def test_corrupted_packets_are_ridden_out_and_marked(
    driven: DrivenBody, plugged_in: PluggedIn
) -> None:
    """LeRobot tries three times; what still fails is the last reading again."""
    plugged_in.bus.faults.corrupted = 0.05
    driven.run_until(lambda b: b.body.cycle.step >= 40, forward)
    assert not driven.is_over
    # Five in a hundred are too few to fail thrice within these steps for certain: more do.
    plugged_in.bus.faults.corrupted = 0.1
    driven.run_until(lambda b: "bus" in b.safety, forward)
    assert said_in_docs("5 % of the packets corrupted") == re.escape("safety: bus")
    assert not driven.is_over


def test_a_frozen_camera_is_a_fault(plugged_in: PluggedIn) -> None:
    """After the age that the config allows."""
    arm = arm_on(plugged_in, with_camera(robot__max_frame_age_s=0.8))
    driven = DrivenBody(arm)
    driven.run_until(lambda b: b.body.cycle.step >= 1, forward)
    plugged_in.camera.is_frozen = True
    driven.run_until(lambda b: b.is_over, forward)
    assert re.search(said_in_docs("camera frozen"), driven.body.fault)
    assert_still_and_inside(plugged_in)
    arm.close()


def test_a_target_a_metre_away_is_approached_at_the_speed_limit(
    driven: DrivenBody, plugged_in: PluggedIn
) -> None:
    """And never beyond the bounds."""

    def far(_seen: Columns) -> tuple[ActionSpace, list[float]]:
        return ActionSpace.EE_ABSOLUTE, [0.3, 1.0, 0.1, 0.5]

    first = len(driven.steps)
    driven.run_until(lambda b: "bounds" in b.safety and len(b.steps) > first + 20, far)
    targets = [s.columns["privileged.target_xyz_m"] for s in driven.steps[first:]]
    longest_m = max(np.linalg.norm(b - a) for a, b in pairwise(targets))
    limit_m = config().safety.max_ee_speed_m_s
    assert limit_m is not None
    assert longest_m <= limit_m * driven.arm.control_dt_s * 1.01
    assert max(target[1] for target in targets) <= BOUNDS.max_xyz_m[1] + 1e-3
    assert said_in_docs("a policy sends a target 1 m away") == re.escape("safety: bounds")
    assert_still_and_inside(plugged_in)


def test_nan_holds_the_arm(driven: DrivenBody, plugged_in: PluggedIn) -> None:
    """In any space."""

    def nan(_seen: Columns) -> tuple[ActionSpace, list[float]]:
        return ActionSpace.JOINT, [float("nan")] * 6

    driven.run_until(lambda b: "nan" in b.safety, nan)
    held = driven.steps[-1].actions["joint"]
    for _ in range(5):
        driven.step(nan)
    np.testing.assert_array_equal(driven.steps[-1].actions["joint"], held)
    assert said_in_docs("a policy sends NaN") == re.escape("safety: nan")
    assert_still_and_inside(plugged_in)


def test_a_policy_that_hangs_is_reported_by_the_watchdog(
    driven: DrivenBody, plugged_in: PluggedIn
) -> None:
    """The arm holds from the first step without an answer."""
    driven.run_until(lambda b: "watchdog" in b.safety, lambda _seen: None)
    late = [
        step for step in driven.steps if step.kind is Kind.MID and step.telemetry.driver == "hold"
    ]
    assert len({step.actions["joint"].tobytes() for step in late}) == 1
    assert said_in_docs("a policy hangs") == re.escape("safety: watchdog")
    assert_still_and_inside(plugged_in)


@pytest.mark.parametrize(("wish", "is_holding"), [("hold", True), ("torque_off", False)])
def test_after_a_fault_the_arm_holds_or_is_let_go(
    plugged_in: PluggedIn, wish: str, is_holding: bool
) -> None:
    """As `on_fault` says; here the camera froze."""
    arm = arm_on(plugged_in, with_camera(safety__on_fault=wish, robot__max_frame_age_s=0.8))
    driven = DrivenBody(arm)
    driven.run_until(lambda b: b.body.cycle.step >= 1, forward)
    plugged_in.camera.is_frozen = True
    driven.run_until(lambda b: b.is_over, forward)
    arm.close()
    assert {servo.is_holding for servo in plugged_in.bus.servos} == {is_holding}
