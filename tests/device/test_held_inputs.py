"""What a person asks for through any device: motion, gripper, engagement."""

import pytest

from dora_hil.device.held_inputs import (
    MOTIONS,
    OPEN_NS,
    OPPOSITES,
    TAKE_OVER,
    HeldInputs,
    Hold,
)
from dora_hil.stream.actions import ActionSpace

TICK_NS = 100_000_000
REST = ([0, 0, 0, 1], False)
"""No motion, the gripper stays, nobody drives."""


def held(*holds: Hold) -> HeldInputs:
    """Return what begins with these held."""
    inputs = HeldInputs()
    for hold in holds:
        inputs.press(hold)
    return inputs


def value(inputs: HeldInputs, now_ns: int = 0) -> list[float]:
    """Return the numbers of the next action."""
    return said(inputs, now_ns)[0]


def said(inputs: HeldInputs, now_ns: int = 0) -> tuple[list[float], bool]:
    """Return the numbers of the next action, and whether it is engaged."""
    action = inputs.action(now_ns)
    return [float(number) for number in action.value], action.engaged


def test_an_action_answers_no_step_and_says_when_the_device_was_read() -> None:
    """A device does not listen: episode and step are -1. Nothing held asks for nothing."""
    action = HeldInputs().action(5)
    assert (action.space, action.episode, action.step) == (ActionSpace.EE_DELTA, -1, -1)
    assert action.t_obs_ns == 5
    assert action.value.dtype == "float32"
    assert said(HeldInputs()) == REST


@pytest.mark.parametrize(
    ("holds", "expected"),
    [
        ([Hold.X_PLUS], [1, 0, 0, 1]),
        ([Hold.X_MINUS], [-1, 0, 0, 1]),
        ([Hold.Y_PLUS], [0, 1, 0, 1]),
        ([Hold.Y_MINUS], [0, -1, 0, 1]),
        ([Hold.Z_PLUS], [0, 0, 1, 1]),
        ([Hold.Z_MINUS], [0, 0, -1, 1]),
        # Several at once are a diagonal.
        ([Hold.X_PLUS, Hold.Y_MINUS, Hold.Z_PLUS], [1, -1, 1, 1]),
        # Control is taken without a motion.
        ([Hold.ENGAGE], [0, 0, 0, 1]),
    ],
)
def test_what_is_held_is_one_step_size_along_each_axis(
    holds: list[Hold], expected: list[float]
) -> None:
    """Base frame, full speed, engaged, for as long as it is held."""
    inputs = held(*holds)
    assert [said(inputs), said(inputs)] == [(expected, True)] * 2
    for hold in holds:
        inputs.release(hold, 1)
    assert said(inputs, 2) == REST


def test_opposite_directions_add_up_to_none_and_releasing_one_leaves_the_other() -> None:
    """In LeRobot the release of the second cancels the first."""
    inputs = held(Hold.X_PLUS, Hold.X_MINUS)
    assert value(inputs)[0] == 0
    inputs.release(Hold.X_MINUS, TICK_NS)
    assert value(inputs)[0] == 1


def test_every_direction_has_one_opposite_and_the_gripper_none() -> None:
    """The table is its own inverse."""
    assert set(OPPOSITES) == set(MOTIONS)
    assert all(OPPOSITES[other] is hold for hold, other in OPPOSITES.items())


def test_a_press_shorter_than_a_tick_moves_exactly_one_step() -> None:
    """It is latched until sent once, engaged."""
    inputs = held(Hold.X_PLUS)
    inputs.release(Hold.X_PLUS, 10)
    assert [said(inputs, 20), said(inputs, 30)] == [([1, 0, 0, 1], True), REST]


def test_taking_over_does_not_move_the_gripper() -> None:
    """A person who steps in must not drop what the policy holds."""
    inputs = held(Hold.X_PLUS)
    inputs.do(TAKE_OVER, 0)
    assert said(inputs) == ([1, 0, 0, 1], True)


def test_take_over_engages_until_it_is_handed_back() -> None:
    """Latched, without a key held."""
    inputs = HeldInputs()
    inputs.do(TAKE_OVER, 0)
    assert inputs.action(0).engaged
    inputs.do(TAKE_OVER, 0)
    assert not inputs.action(0).engaged


@pytest.mark.parametrize("is_latched", [False, True])
def test_the_gripper_closes_while_held_and_opens_for_its_time_after_the_release(
    is_latched: bool,
) -> None:
    """0 while held, then 2 for 0.3 s, engaged; then 1: else latched control were never at rest."""
    inputs = held(Hold.CLOSE_GRIPPER)
    if is_latched:
        inputs.do(TAKE_OVER, 0)
    assert value(inputs) == value(inputs) == [0, 0, 0, 0]
    inputs.release(Hold.CLOSE_GRIPPER, TICK_NS)
    assert said(inputs, TICK_NS + OPEN_NS - 1) == ([0, 0, 0, 2], True)
    assert said(inputs, TICK_NS + OPEN_NS) == ([0, 0, 0, 1], is_latched)
    # The next engagement has forgotten the gripper.
    inputs.press(Hold.X_PLUS)
    assert value(inputs, 11 * OPEN_NS) == [1, 0, 0, 1]


def test_a_gripper_press_shorter_than_a_tick_closes_once_and_then_opens() -> None:
    """Both are said at least once, however slow the ticks are."""
    inputs = held(Hold.CLOSE_GRIPPER)
    inputs.release(Hold.CLOSE_GRIPPER, 10)
    heard = [said(inputs, now_ns) for now_ns in (10 * OPEN_NS, 20 * OPEN_NS, 30 * OPEN_NS)]
    assert heard == [([0, 0, 0, 0], True), ([0, 0, 0, 2], True), REST]


def test_closing_again_ends_the_opening() -> None:
    """A second press within the 0.3 s closes."""
    inputs = held(Hold.CLOSE_GRIPPER)
    inputs.release(Hold.CLOSE_GRIPPER, 0)
    inputs.press(Hold.CLOSE_GRIPPER)
    assert value(inputs, 1)[3] == 0
    assert value(inputs, 10 * OPEN_NS)[3] == 0


def test_a_release_without_a_press_says_nothing() -> None:
    """A key that was down before the node started does not open the gripper."""
    inputs = HeldInputs()
    inputs.release(Hold.CLOSE_GRIPPER, 0)
    assert said(inputs, 1) == REST


def test_a_failed_device_lets_go_without_opening_the_gripper() -> None:
    """Nobody decided to drop what it holds; an unplugged pad's sticks never say the middle."""
    inputs = held(Hold.CLOSE_GRIPPER, Hold.X_PLUS)
    inputs.do(TAKE_OVER, 0)
    inputs.tilt([1, 1, 1])
    inputs.clear()
    assert said(inputs) == REST


def test_a_tilted_stick_moves_in_proportion_until_it_is_let_go() -> None:
    """Engaged meanwhile."""
    inputs = HeldInputs()
    inputs.tilt([0.5, -0.25, 0])
    assert said(inputs) == ([0.5, -0.25, 0, 1], True)
    inputs.tilt([0, 0, 0])
    assert said(inputs, 2) == REST


def test_stick_and_key_together_are_no_faster_than_one_step_size() -> None:
    """What is beyond is cut off."""
    inputs = held(Hold.X_PLUS)
    inputs.tilt([0.5, 7.0, -7.0])
    assert value(inputs) == [1, 1, -1, 1]


def test_a_clamped_gripper_stays_closed_on_release() -> None:
    """As with LeRobot's triggers: one closes, the other opens."""
    inputs = held(Hold.CLAMP_GRIPPER)
    assert value(inputs) == [0, 0, 0, 0]
    inputs.release(Hold.CLAMP_GRIPPER, 1)
    assert value(inputs, 2) == [0, 0, 0, 1]
    inputs.press(Hold.OPEN_GRIPPER)
    assert value(inputs, 3) == [0, 0, 0, 2]
    inputs.release(Hold.OPEN_GRIPPER, 4)
    assert value(inputs, 5) == [0, 0, 0, 1]
