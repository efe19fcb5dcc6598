"""Who drives, step by step."""

import numpy as np
import pytest
from harness import ROOT

from dora_hil.body.takeover import Choice, Press, Said, Takeover
from dora_hil.stream.actions import ActionSpace, Float32Array
from dora_hil.stream.messages import Action

KEYBOARD, WEB, OPERATOR = "intervention_keyboard", "intervention_web", "intervention_operator"


def value(x: float = 0.0, gripper: float = 1.0) -> Float32Array:
    """Return an `ee_delta` along x."""
    return np.array([x, 0, 0, gripper], dtype=np.float32)


def key(x: float = 0.0, gripper: float = 1.0, *, engaged: bool = True) -> Action:
    """Return what a device says that does not listen."""
    return Action(value(x, gripper), engaged=engaged)


def answer(x: float, episode: int = 0, step: int = 0, *, engaged: bool = True) -> Action:
    """Return an answer to a step."""
    return Action(value(x), ActionSpace.EE_DELTA, episode, step, engaged)


def takeover(**options: object) -> Takeover:
    """Return one with a policy, two people's devices and an operator."""
    return Takeover([KEYBOARD, WEB, OPERATOR], **options)  # type: ignore[arg-type]


def x_of(choice: Choice) -> float:
    """Return the executed motion."""
    return float(choice.value[0])


def test_the_policy_drives_while_nobody_else_does() -> None:
    """Its answer is executed as it is."""
    t = takeover()
    t.receive("action", answer(0.5), 0.0)
    choice = t.choose(0, 0, 0.0)
    assert (choice.driver, x_of(choice), choice.is_intervention) == ("action", 0.5, False)


def test_a_device_that_engages_overrides_the_policy() -> None:
    """From the very next step on."""
    t = takeover()
    t.receive("action", answer(0.5), 0.0)
    t.receive(KEYBOARD, key(-1.0), 0.0)
    choice = t.choose(0, 0, 0.0)
    assert (choice.driver, x_of(choice), choice.is_intervention) == (KEYBOARD, -1.0, True)


def test_a_disengaged_device_overrides_nothing() -> None:
    """Devices send on every tick."""
    t = takeover()
    t.receive("action", answer(0.5), 0.0)
    t.receive(KEYBOARD, key(engaged=False), 0.0)
    assert t.choose(0, 0, 0.0).driver == "action"


def test_the_first_device_that_engages_drives_until_it_lets_go() -> None:
    """Whatever the second one does meanwhile."""
    t = takeover()
    t.receive(WEB, key(0.3), 0.0)
    t.choose(0, 0, 0.0)
    t.receive(KEYBOARD, key(-1.0), 0.1)
    t.receive(WEB, key(0.3), 0.1)
    assert t.choose(0, 1, 0.1).driver == WEB


def test_a_second_device_may_take_over_from_one_that_let_go() -> None:
    """Even within the short hold."""
    t = takeover()
    t.receive(WEB, key(0.3), 0.0)
    t.choose(0, 0, 0.0)
    t.receive(WEB, key(engaged=False), 0.1)
    t.receive(KEYBOARD, key(-1.0), 0.1)
    assert t.choose(0, 1, 0.1).driver == KEYBOARD


def test_on_key_up_the_arm_holds_for_a_moment_before_the_policy_drives() -> None:
    """It would snatch the arm between two key presses."""
    t = takeover(handover_hold_s=0.3)
    t.receive(KEYBOARD, key(1.0), 0.0)
    t.choose(0, 0, 0.0)
    t.receive(KEYBOARD, key(engaged=False), 0.1)
    t.receive("action", answer(0.5, step=1), 0.1)
    held = t.choose(0, 1, 0.1)
    assert (held.driver, x_of(held), held.is_intervention) == (KEYBOARD, 0.0, True)
    t.receive(KEYBOARD, key(engaged=False), 0.41)
    t.receive("action", answer(0.5, step=2), 0.41)
    assert t.choose(0, 2, 0.41).driver == "action"


def test_a_key_pressed_again_within_the_hold_goes_on_driving() -> None:
    """The hold begins anew with the next key-up."""
    t = takeover(handover_hold_s=0.3)
    t.receive(KEYBOARD, key(1.0), 0.0)
    t.choose(0, 0, 0.0)
    t.receive(KEYBOARD, key(engaged=False), 0.1)
    t.choose(0, 1, 0.1)
    t.receive(KEYBOARD, key(-1.0), 0.2)
    assert x_of(t.choose(0, 2, 0.2)) == -1.0


def test_a_device_that_answers_step_by_step_hands_back_at_once() -> None:
    """It says so itself; there are no key presses to bridge."""
    t = takeover()
    t.receive(OPERATOR, answer(1.0, step=0), 0.0)
    assert t.choose(0, 0, 0.0).driver == OPERATOR
    t.receive(OPERATOR, answer(0.0, step=1, engaged=False), 0.1)
    t.receive("action", answer(0.5, step=1), 0.1)
    assert t.choose(0, 1, 0.1).driver == "action"


def test_one_that_answered_and_is_gone_hands_back_at_once_too() -> None:
    """Its node has ended: what would follow is no help, and nothing to learn from."""
    t = takeover()
    t.receive(OPERATOR, answer(1.0, step=0), 0.0)
    assert t.choose(0, 0, 0.0).driver == OPERATOR
    t.closed(OPERATOR)
    t.receive("action", answer(0.5, step=1), 0.1)
    choice = t.choose(0, 1, 0.1)
    assert (choice.driver, choice.is_intervention, choice.late) == ("action", False, False)


def test_the_gripper_stays_at_takeover_until_the_person_uses_it() -> None:
    """A device that says stay drops no cube, neither driving nor letting go."""
    t = takeover()
    t.receive(KEYBOARD, key(1.0, gripper=1.0), 0.0)
    assert t.choose(0, 0, 0.0).value[3] == 1.0
    t.receive(KEYBOARD, key(engaged=False), 0.1)
    assert t.choose(0, 1, 0.1).value[3] == 1.0


def test_a_device_that_falls_silent_is_disengaged() -> None:
    """250 ms: unplugged, or hanging."""
    t = takeover(handover_hold_s=0.0)
    t.receive(KEYBOARD, key(1.0), 0.0)
    t.choose(0, 0, 0.0)
    t.receive("action", answer(0.5, step=1), 0.26)
    assert t.choose(0, 1, 0.26).driver == "action"


def test_a_persons_delta_is_a_velocity() -> None:
    """Applied again until replaced or 250 ms old."""
    t = takeover(has_action=True)
    t.receive("action", key(1.0), 0.0)
    assert [x_of(t.choose(0, s, now)) for s, now in enumerate((0.0, 0.1, 0.2, 0.3))] == [1, 1, 1, 0]


def test_a_policys_answer_is_used_once() -> None:
    """Then the target is held, and the step counts as late."""
    t = takeover()
    t.receive("action", answer(0.5, step=0), 0.0)
    first, second = t.choose(0, 0, 0.0), t.choose(0, 1, 0.1)
    assert (x_of(first), first.late) == (0.5, False)
    assert (second.driver, x_of(second), second.late) == ("hold", 0.0, True)


def test_a_late_answer_is_still_executed_and_counted() -> None:
    """The newest there is."""
    t = takeover()
    t.choose(0, 0, 0.0)
    t.receive("action", answer(0.5, step=0), 0.15)
    choice = t.choose(0, 1, 0.2)
    assert (x_of(choice), choice.late) == (0.5, True)


def test_an_answer_to_an_older_episode_is_ignored() -> None:
    """A chunk that was computed for it."""
    t = takeover()
    t.receive("action", answer(0.5, episode=0, step=9), 0.0)
    assert t.choose(1, 0, 0.0).driver == "hold"


def test_after_a_reset_a_held_key_does_nothing_until_pressed_afresh() -> None:
    """The key that ended one episode does not drive the next."""
    t = takeover()
    t.receive(KEYBOARD, key(1.0), 0.0)
    t.reset()
    t.receive(KEYBOARD, key(1.0), 0.1)
    assert t.choose(1, 0, 0.1).driver == "hold"
    t.receive(KEYBOARD, key(engaged=False), 0.2)
    t.receive(KEYBOARD, key(1.0), 0.3)
    assert t.choose(1, 1, 0.3).driver == KEYBOARD


def test_after_a_reset_a_latched_device_drives_again_with_the_next_motion() -> None:
    """Control taken by Tab has no key-up: a new motion is the fresh press."""
    t = takeover()
    t.receive(KEYBOARD, key(1.0), 0.0)
    t.reset()
    t.receive(KEYBOARD, key(0.0), 0.1)
    assert t.choose(1, 0, 0.1).driver == "hold"
    t.receive(KEYBOARD, key(1.0), 0.2)
    assert t.choose(1, 1, 0.2).driver == KEYBOARD


def test_after_a_reset_a_held_key_on_action_does_nothing_until_let_go() -> None:
    """The same where the keyboard is `action`."""
    t = takeover()
    t.receive("action", key(1.0), 0.0)
    t.reset()
    t.receive("action", key(1.0), 0.1)
    assert x_of(t.choose(1, 0, 0.1)) == 0.0
    t.receive("action", key(0.0), 0.2)
    t.receive("action", key(1.0), 0.3)
    assert x_of(t.choose(1, 1, 0.3)) == 1.0


def test_an_operator_drives_the_next_episode_by_answering_it() -> None:
    """It has no key to let go of."""
    t = takeover()
    t.receive(OPERATOR, answer(1.0, episode=0, step=5), 0.0)
    t.reset()
    assert t.choose(1, 0, 0.0).driver == "hold"
    t.receive(OPERATOR, answer(1.0, episode=1, step=0), 0.1)
    assert t.choose(1, 0, 0.1).driver == OPERATOR


def test_a_device_that_lockstep_waits_for_is_not_disengaged_by_silence() -> None:
    """Seeded runs give one result at any speed."""
    t = takeover(inputs_that_wait=[OPERATOR])
    t.receive(OPERATOR, answer(1.0, step=3), 0.0)
    assert t.choose(0, 3, 60.0).driver == OPERATOR


def test_a_device_whose_node_ended_lets_go() -> None:
    """A killed node drives nothing."""
    t = takeover(handover_hold_s=0.0)
    t.receive(KEYBOARD, key(1.0), 0.0)
    t.choose(0, 0, 0.0)
    t.closed(KEYBOARD)
    assert t.choose(0, 1, 0.01).driver == "hold"


@pytest.mark.parametrize("has_action", [True, False])
def test_with_nobody_there_the_target_is_held(has_action: bool) -> None:
    """No motion, the gripper stays."""
    choice = Takeover([], has_action=has_action).choose(0, 0, 0.0)
    assert choice.driver == "hold"
    np.testing.assert_array_equal(choice.value, [0, 0, 0, 1])


def test_a_person_who_overrides_nobody_does_not_intervene() -> None:
    """Demonstrations are the same whichever hand gave them."""
    t = Takeover([KEYBOARD, WEB], has_action=False)
    t.receive(WEB, key(1.0), 0.0)
    moving = t.choose(0, 0, 0.0)
    t.receive(WEB, key(engaged=False), 0.1)
    let_go = t.choose(0, 1, 0.1)
    assert (moving.driver, moving.is_intervention) == (WEB, False)
    assert (let_go.driver, let_go.is_intervention) == (WEB, False)


def test_a_policy_is_awaited_until_it_has_answered_this_very_step() -> None:
    """An older answer is none."""
    t = takeover()
    assert t.is_awaited(0, 3, 0.0)
    t.receive("action", answer(0.5, step=2), 0.0)
    assert t.is_awaited(0, 3, 0.0)
    t.receive("action", answer(0.5, step=3), 0.0)
    assert not t.is_awaited(0, 3, 0.0)


def test_a_person_who_drives_is_not_awaited_nor_is_the_policy_behind() -> None:
    """A velocity is always there; so is the short hold after it."""
    t = takeover(handover_hold_s=0.3)
    t.receive(KEYBOARD, key(1.0), 0.0)
    assert not t.is_awaited(0, 3, 0.0)
    t.receive(KEYBOARD, key(engaged=False), 0.1)
    assert not t.is_awaited(0, 3, 0.1)
    t.receive(KEYBOARD, key(engaged=False), 0.41)
    assert t.is_awaited(0, 3, 0.41)


def test_an_operator_who_drives_is_awaited_for_each_step() -> None:
    """It answers step by step, as a policy does."""
    t = takeover()
    t.receive("action", answer(0.5, step=1), 0.0)
    t.receive(OPERATOR, answer(1.0, step=0), 0.0)
    assert not t.is_awaited(0, 0, 0.0)
    assert t.is_awaited(0, 1, 0.0)


def test_where_only_people_drive_nobody_is_awaited() -> None:
    """Whether they do or not."""
    t = Takeover([KEYBOARD], has_action=False)
    assert not t.is_awaited(0, 0, 0.0)
    t.receive(KEYBOARD, key(1.0), 0.0)
    assert not t.is_awaited(0, 0, 0.0)


def test_a_choice_is_stale_when_not_even_a_late_answer_is_there() -> None:
    """A late one that is executed is new to the arm."""
    t = takeover()
    assert t.choose(0, 0, 0.0).is_stale
    t.receive("action", answer(0.5, step=0), 0.1)
    late = t.choose(0, 1, 0.1)
    assert (late.late, late.is_stale) == (True, False)


def test_an_operator_who_drives_without_an_answer_is_stale() -> None:
    """Its name stands there, but the arm holds."""
    t = takeover()
    t.receive(OPERATOR, answer(1.0, step=0), 0.0)
    assert not t.choose(0, 0, 0.0).is_stale
    assert t.choose(0, 1, 0.1).is_stale


def test_the_table_of_presses_in_the_docs_is_the_one_that_holds() -> None:
    """Every press after every message, and after a reset."""
    text = (ROOT / "docs/design.md").read_text()
    rows = text.partition("| press | let go | at rest | moving | answer |\n")[2].splitlines()[1:5]
    for row in rows:
        name, *told = (cell.strip() for cell in row.strip("|").split("|"))
        after = Press.after_reset if name == "after a reset" else Press[_name(name)].after
        assert [after(said) for said in Said] == [Press[_name(word)] for word in told]


def _name(words: str) -> str:
    return words.upper().replace(" ", "_")
