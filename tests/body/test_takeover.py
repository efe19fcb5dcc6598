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


LET_GO = key(engaged=False)


def takeover(**options: object) -> Takeover:
    """Return one with a policy, two people's devices and an operator."""
    return Takeover([KEYBOARD, WEB, OPERATOR], **options)  # type: ignore[arg-type]


def at(t: Takeover, now_s: float, step: int = 0, episode: int = 0, **said: Action) -> Choice:
    """Hear what the policy (`action`) and the devices say now, and choose."""
    for name, action in said.items():
        t.receive(name if name == "action" else f"intervention_{name}", action, now_s)
    return t.choose(episode, step, now_s)


def x_of(choice: Choice) -> float:
    """Return the executed motion."""
    return float(choice.value[0])


@pytest.mark.parametrize(
    ("keyboard", "driver", "x", "is_intervention"),
    [
        (None, "action", 0.5, False),
        # From the very next step on.
        (key(-1.0), KEYBOARD, -1.0, True),
        # Devices send on every tick.
        (LET_GO, "action", 0.5, False),
    ],
)
def test_the_policy_drives_while_no_device_is_engaged(
    keyboard: Action | None, driver: str, x: float, is_intervention: bool
) -> None:
    """Its answer is executed as it is."""
    t = takeover()
    if keyboard:
        t.receive(KEYBOARD, keyboard, 0.0)
    choice = at(t, 0.0, action=answer(0.5))
    assert (choice.driver, x_of(choice), choice.is_intervention) == (driver, x, is_intervention)


@pytest.mark.parametrize(("says", "driver"), [(key(0.3), WEB), (LET_GO, KEYBOARD)])
def test_the_first_device_that_engages_drives_until_it_lets_go(says: Action, driver: str) -> None:
    """Whatever the second one does meanwhile; then that one may, even within the short hold."""
    t = takeover()
    at(t, 0.0, web=key(0.3))
    assert at(t, 0.1, 1, keyboard=key(-1.0), web=says).driver == driver


def test_on_key_up_the_arm_holds_for_a_moment_before_the_policy_drives() -> None:
    """It would snatch the arm between two key presses."""
    t = takeover(handover_hold_s=0.3)
    at(t, 0.0, keyboard=key(1.0))
    held = at(t, 0.1, 1, keyboard=LET_GO, action=answer(0.5, step=1))
    assert (held.driver, x_of(held), held.is_intervention) == (KEYBOARD, 0.0, True)
    assert at(t, 0.41, 2, keyboard=LET_GO, action=answer(0.5, step=2)).driver == "action"


def test_a_key_pressed_again_within_the_hold_goes_on_driving() -> None:
    """The hold begins anew with the next key-up."""
    t = takeover(handover_hold_s=0.3)
    at(t, 0.0, keyboard=key(1.0))
    at(t, 0.1, 1, keyboard=LET_GO)
    assert x_of(at(t, 0.2, 2, keyboard=key(-1.0))) == -1.0


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_device_that_answers_step_by_step_hands_back_at_once(is_gone: bool) -> None:
    """It says so itself, or its node has ended: there are no key presses to bridge."""
    t = takeover()
    assert at(t, 0.0, operator=answer(1.0, step=0)).driver == OPERATOR
    if is_gone:
        t.closed(OPERATOR)
    else:
        t.receive(OPERATOR, answer(0.0, step=1, engaged=False), 0.1)
    choice = at(t, 0.1, 1, action=answer(0.5, step=1))
    assert (choice.driver, choice.is_intervention, choice.late) == ("action", False, False)


def test_the_gripper_stays_at_takeover_until_the_person_uses_it() -> None:
    """A device that says stay drops no cube, neither driving nor letting go."""
    t = takeover()
    assert at(t, 0.0, keyboard=key(1.0, gripper=1.0)).value[3] == 1.0
    assert at(t, 0.1, 1, keyboard=LET_GO).value[3] == 1.0


def test_a_device_that_falls_silent_is_disengaged() -> None:
    """250 ms: unplugged, or hanging."""
    t = takeover(handover_hold_s=0.0)
    at(t, 0.0, keyboard=key(1.0))
    assert at(t, 0.26, 1, action=answer(0.5, step=1)).driver == "action"


def test_a_persons_delta_is_a_velocity() -> None:
    """Applied again until replaced or 250 ms old."""
    t = takeover()
    t.receive("action", key(1.0), 0.0)
    assert [x_of(at(t, now_s, s)) for s, now_s in enumerate((0.0, 0.1, 0.2, 0.3))] == [1, 1, 1, 0]


def test_a_policys_answer_is_used_once() -> None:
    """Then the target is held, and the step counts as late."""
    t = takeover()
    first, second = at(t, 0.0, action=answer(0.5, step=0)), at(t, 0.1, 1)
    assert (x_of(first), first.late) == (0.5, False)
    assert (second.driver, x_of(second), second.late) == ("hold", 0.0, True)


def test_an_answer_to_an_older_episode_is_ignored() -> None:
    """A chunk that was computed for it."""
    said = answer(0.5, episode=0, step=9)
    assert at(takeover(), 0.0, episode=1, action=said).driver == "hold"


def test_after_a_reset_a_held_key_does_nothing_until_pressed_afresh() -> None:
    """The key that ended one episode does not drive the next."""
    t = takeover()
    t.receive(KEYBOARD, key(1.0), 0.0)
    t.reset()
    assert at(t, 0.1, 0, 1, keyboard=key(1.0)).driver == "hold"
    t.receive(KEYBOARD, LET_GO, 0.2)
    assert at(t, 0.3, 1, 1, keyboard=key(1.0)).driver == KEYBOARD


def test_after_a_reset_a_latched_device_drives_again_with_the_next_motion() -> None:
    """Control taken by Tab has no key-up: a new motion is the fresh press."""
    t = takeover()
    t.receive(KEYBOARD, key(1.0), 0.0)
    t.reset()
    assert at(t, 0.1, 0, 1, keyboard=key(0.0)).driver == "hold"
    assert at(t, 0.2, 1, 1, keyboard=key(1.0)).driver == KEYBOARD


def test_after_a_reset_a_held_key_on_action_does_nothing_until_let_go() -> None:
    """The same where the keyboard is `action`."""
    t = takeover()
    t.receive("action", key(1.0), 0.0)
    t.reset()
    assert x_of(at(t, 0.1, 0, 1, action=key(1.0))) == 0.0
    t.receive("action", key(0.0), 0.2)
    assert x_of(at(t, 0.3, 1, 1, action=key(1.0))) == 1.0


def test_an_operator_drives_the_next_episode_by_answering_it() -> None:
    """It has no key to let go of."""
    t = takeover()
    t.receive(OPERATOR, answer(1.0, episode=0, step=5), 0.0)
    t.reset()
    assert at(t, 0.0, episode=1).driver == "hold"
    assert at(t, 0.1, episode=1, operator=answer(1.0, episode=1, step=0)).driver == OPERATOR


def test_a_device_that_lockstep_waits_for_is_not_disengaged_by_silence() -> None:
    """Seeded runs give one result at any speed."""
    t = takeover(inputs_that_wait=[OPERATOR])
    t.receive(OPERATOR, answer(1.0, step=3), 0.0)
    assert at(t, 60.0, 3).driver == OPERATOR


def test_a_device_whose_node_ended_lets_go() -> None:
    """A killed node drives nothing."""
    t = takeover(handover_hold_s=0.0)
    at(t, 0.0, keyboard=key(1.0))
    t.closed(KEYBOARD)
    assert at(t, 0.01, 1).driver == "hold"


@pytest.mark.parametrize("has_action", [True, False])
def test_with_nobody_there_the_target_is_held(has_action: bool) -> None:
    """No motion, the gripper stays."""
    choice = at(Takeover([], has_action=has_action), 0.0)
    assert choice.driver == "hold"
    np.testing.assert_array_equal(choice.value, [0, 0, 0, 1])


def test_a_person_who_overrides_nobody_does_not_intervene() -> None:
    """Demonstrations are the same whichever hand gave them, moving or letting go."""
    t = Takeover([KEYBOARD, WEB], has_action=False)
    choices = [at(t, 0.0, web=key(1.0)), at(t, 0.1, 1, web=LET_GO)]
    assert [(c.driver, c.is_intervention) for c in choices] == [(WEB, False)] * 2


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
    t.receive(KEYBOARD, LET_GO, 0.1)
    assert not t.is_awaited(0, 3, 0.1)
    t.receive(KEYBOARD, LET_GO, 0.41)
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
    """A late one is executed, for it is the newest there is, and counted."""
    t = takeover()
    assert at(t, 0.0).is_stale
    late = at(t, 0.1, 1, action=answer(0.5, step=0))
    assert (x_of(late), late.late, late.is_stale) == (0.5, True, False)


def test_an_operator_who_drives_without_an_answer_is_stale() -> None:
    """Its name stands there, but the arm holds."""
    t = takeover()
    assert not at(t, 0.0, operator=answer(1.0, step=0)).is_stale
    assert at(t, 0.1, 1).is_stale


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
