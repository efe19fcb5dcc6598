"""What a person asks for through any device: motion, gripper, engagement."""

import pytest

from dora_hil.device.held_inputs import MOTIONS, OPEN_NS, OPPOSITES, HeldInputs, Hold
from dora_hil.stream.actions import ActionSpace

TICK_NS = 100_000_000


def value(inputs: HeldInputs, now_ns: int = 0) -> list[float]:
    """Return the numbers of the next action."""
    return [float(number) for number in inputs.action(now_ns).value]


def test_nothing_held_asks_for_nothing_and_is_disengaged() -> None:
    """No motion, the gripper stays."""
    action = HeldInputs().action(5)
    assert list(action.value) == [0, 0, 0, 1]
    assert not action.engaged


def test_an_action_answers_no_step_and_says_when_the_device_was_read() -> None:
    """A device does not listen: episode and step are -1."""
    action = HeldInputs().action(5)
    assert (action.space, action.episode, action.step) == (ActionSpace.EE_DELTA, -1, -1)
    assert action.t_obs_ns == 5
    assert action.value.dtype == "float32"


@pytest.mark.parametrize(
    ("hold", "expected"),
    [
        (Hold.X_PLUS, [1, 0, 0, 1]),
        (Hold.X_MINUS, [-1, 0, 0, 1]),
        (Hold.Y_PLUS, [0, 1, 0, 1]),
        (Hold.Y_MINUS, [0, -1, 0, 1]),
        (Hold.Z_PLUS, [0, 0, 1, 1]),
        (Hold.Z_MINUS, [0, 0, -1, 1]),
    ],
)
def test_a_held_direction_is_one_step_size_along_its_axis(
    hold: Hold, expected: list[float]
) -> None:
    """Base frame, full speed, for as long as it is held."""
    inputs = HeldInputs()
    inputs.press(hold)
    assert value(inputs) == expected
    assert value(inputs) == expected


def test_directions_combine_to_a_diagonal() -> None:
    """Several at once."""
    inputs = HeldInputs()
    for hold in (Hold.X_PLUS, Hold.Y_MINUS, Hold.Z_PLUS):
        inputs.press(hold)
    assert value(inputs) == [1, -1, 1, 1]


def test_opposite_directions_add_up_to_none_and_releasing_one_leaves_the_other() -> None:
    """In LeRobot the release of the second cancels the first."""
    inputs = HeldInputs()
    inputs.press(Hold.X_PLUS)
    inputs.press(Hold.X_MINUS)
    assert value(inputs)[0] == 0
    inputs.release(Hold.X_MINUS, TICK_NS)
    assert value(inputs)[0] == 1


def test_every_direction_has_one_opposite_and_the_gripper_none() -> None:
    """The table is its own inverse."""
    assert set(OPPOSITES) == set(MOTIONS)
    assert all(OPPOSITES[other] is hold for hold, other in OPPOSITES.items())


def test_a_press_shorter_than_a_tick_moves_exactly_one_step() -> None:
    """It is latched until sent once, engaged."""
    inputs = HeldInputs()
    inputs.press(Hold.X_PLUS)
    inputs.release(Hold.X_PLUS, 10)
    first, second = inputs.action(20), inputs.action(30)
    assert (first.value[0], first.engaged) == (1, True)
    assert (second.value[0], second.engaged) == (0, False)


def test_taking_over_does_not_move_the_gripper() -> None:
    """A person who steps in must not drop what the policy holds."""
    inputs = HeldInputs()
    inputs.toggle_take_over()
    inputs.press(Hold.X_PLUS)
    action = inputs.action(0)
    assert action.engaged
    assert action.value[3] == 1


def test_take_over_engages_until_it_is_handed_back() -> None:
    """Latched, without a key held."""
    inputs = HeldInputs()
    inputs.toggle_take_over()
    assert inputs.action(0).engaged
    inputs.toggle_take_over()
    assert not inputs.action(0).engaged


def test_the_gripper_closes_while_held_and_opens_for_its_time_after_the_release() -> None:
    """0 while held, then 2 for 0.3 s with the device engaged, then 1 and disengaged."""
    inputs = HeldInputs()
    inputs.press(Hold.CLOSE_GRIPPER)
    assert value(inputs) == value(inputs) == [0, 0, 0, 0]
    inputs.release(Hold.CLOSE_GRIPPER, TICK_NS)
    opening = inputs.action(TICK_NS + OPEN_NS - 1)
    assert (opening.value[3], opening.engaged) == (2, True)
    after = inputs.action(TICK_NS + OPEN_NS)
    assert (after.value[3], after.engaged) == (1, False)


def test_the_gripper_says_open_for_a_moment_only() -> None:
    """Control that is latched would otherwise never be at rest again after a reset."""
    inputs = HeldInputs()
    inputs.toggle_take_over()
    inputs.press(Hold.CLOSE_GRIPPER)
    value(inputs)
    inputs.release(Hold.CLOSE_GRIPPER, TICK_NS)
    assert value(inputs, TICK_NS) == [0, 0, 0, 2]
    assert value(inputs, TICK_NS + OPEN_NS) == [0, 0, 0, 1]
    assert inputs.taken_over


def test_the_next_engagement_has_forgotten_the_gripper() -> None:
    """Once disengaged, the gripper stays until it is used again."""
    inputs = HeldInputs()
    inputs.press(Hold.CLOSE_GRIPPER)
    value(inputs)
    inputs.release(Hold.CLOSE_GRIPPER, TICK_NS)
    value(inputs, TICK_NS)
    value(inputs, 10 * OPEN_NS)
    inputs.press(Hold.X_PLUS)
    assert value(inputs, 11 * OPEN_NS) == [1, 0, 0, 1]


def test_a_gripper_press_shorter_than_a_tick_closes_once_and_then_opens() -> None:
    """Both are said at least once, however slow the ticks are."""
    inputs = HeldInputs()
    inputs.press(Hold.CLOSE_GRIPPER)
    inputs.release(Hold.CLOSE_GRIPPER, 10)
    said = [inputs.action(now_ns) for now_ns in (10 * OPEN_NS, 20 * OPEN_NS, 30 * OPEN_NS)]
    assert [action.value[3] for action in said] == [0, 2, 1]
    assert [action.engaged for action in said] == [True, True, False]


def test_closing_again_ends_the_opening() -> None:
    """A second press within the 0.3 s closes."""
    inputs = HeldInputs()
    inputs.press(Hold.CLOSE_GRIPPER)
    inputs.release(Hold.CLOSE_GRIPPER, 0)
    inputs.press(Hold.CLOSE_GRIPPER)
    assert value(inputs, 1)[3] == 0
    assert value(inputs, 10 * OPEN_NS)[3] == 0


def test_a_release_without_a_press_says_nothing() -> None:
    """A key that was down before the node started does not open the gripper."""
    inputs = HeldInputs()
    inputs.release(Hold.CLOSE_GRIPPER, 0)
    action = inputs.action(1)
    assert (action.value[3], action.engaged) == (1, False)


def test_a_failed_device_lets_go_without_opening_the_gripper() -> None:
    """Nobody decided to drop what the gripper holds."""
    inputs = HeldInputs()
    inputs.toggle_take_over()
    inputs.press(Hold.CLOSE_GRIPPER)
    inputs.press(Hold.X_PLUS)
    inputs.clear()
    action = inputs.action(0)
    assert list(action.value) == [0, 0, 0, 1]
    assert not action.engaged


def test_a_tilted_stick_moves_in_proportion_until_it_is_let_go() -> None:
    """Engaged meanwhile."""
    inputs = HeldInputs()
    inputs.tilt([0.5, -0.25, 0])
    assert value(inputs) == [0.5, -0.25, 0, 1]
    assert inputs.action(1).engaged
    inputs.tilt([0, 0, 0])
    action = inputs.action(2)
    assert (list(action.value), action.engaged) == ([0, 0, 0, 1], False)


def test_stick_and_key_together_are_no_faster_than_one_step_size() -> None:
    """What is beyond is cut off."""
    inputs = HeldInputs()
    inputs.tilt([0.5, 7.0, -7.0])
    inputs.press(Hold.X_PLUS)
    assert value(inputs) == [1, 1, -1, 1]


def test_a_clamped_gripper_stays_closed_on_release() -> None:
    """As with LeRobot's triggers: one closes, the other opens."""
    inputs = HeldInputs()
    inputs.press(Hold.CLAMP_GRIPPER)
    assert value(inputs) == [0, 0, 0, 0]
    inputs.release(Hold.CLAMP_GRIPPER, 1)
    assert value(inputs, 2) == [0, 0, 0, 1]
    inputs.press(Hold.OPEN_GRIPPER)
    assert value(inputs, 3) == [0, 0, 0, 2]
    inputs.release(Hold.OPEN_GRIPPER, 4)
    assert value(inputs, 5) == [0, 0, 0, 1]


def test_engage_takes_control_while_it_is_held() -> None:
    """Without a motion."""
    inputs = HeldInputs()
    inputs.press(Hold.ENGAGE)
    action = inputs.action(0)
    assert (list(action.value), action.engaged) == ([0, 0, 0, 1], True)
    inputs.release(Hold.ENGAGE, 1)
    assert not inputs.action(2).engaged


def test_a_failed_device_lets_go_of_its_sticks() -> None:
    """An unplugged pad never says that they are back in the middle."""
    inputs = HeldInputs()
    inputs.tilt([1, 1, 1])
    inputs.clear()
    assert value(inputs) == [0, 0, 0, 1]
