"""One answer to every step, whoever drives."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from dora_hil.stream.actions import ActionSpace, hold_ee_delta
from dora_hil.stream.messages import Command
from dora_hil.stream.timestep import Kind, Phase, TimeStep
from operator_node.buttons import NextButton, SuccessButton
from operator_node.engagement import Always, ByChance, WithoutProgress
from operator_node.scene import BLOCK, OPENING, TCP, SceneError
from operator_node.scripted_operator import ScriptedOperator

MakeStep = Callable[..., TimeStep]
Columns = dict[str, Sequence[float] | None]

HELD: Columns = {TCP: (0.4, 0.0, 0.1), BLOCK: (0.4, 0.0, 0.1), OPENING: (0.0,)}
NEAR: Columns = {TCP: (0.45, 0.05, 0.03)}
SOLVED: Columns = {BLOCK: (0.4, 0.0, 0.2)}


def test_an_answer_says_which_step_it_answers(make_step: MakeStep) -> None:
    """Lockstep counts on it."""
    answer = ScriptedOperator(Always()).answer(make_step(3, episode=8, t_capture_ns=42))
    assert answer is not None
    assert (answer.episode, answer.step, answer.t_obs_ns) == (8, 3, 42)
    assert answer.engaged


def test_an_operator_that_never_drives_answers_with_a_hold(make_step: MakeStep) -> None:
    """Disengaged, nothing moves, the gripper stays."""
    answer = ScriptedOperator(None).answer(make_step())
    assert answer is not None
    assert not answer.engaged
    np.testing.assert_array_equal(answer.value, hold_ee_delta())


def test_an_operator_of_absolute_actions_says_so_while_it_drives(make_step: MakeStep) -> None:
    """They are places, which a hold is not."""
    driving = ScriptedOperator(Always(), space=ActionSpace.EE_ABSOLUTE).answer(make_step())
    watching = ScriptedOperator(None, space=ActionSpace.EE_ABSOLUTE).answer(make_step())
    assert driving is not None
    assert watching is not None
    assert driving.space is ActionSpace.EE_ABSOLUTE
    assert watching.space is ActionSpace.EE_DELTA


@pytest.mark.parametrize("kind", [Kind.LAST, Kind.PHASE])
def test_what_asks_for_no_action_gets_no_answer(make_step: MakeStep, kind: Kind) -> None:
    """Nothing is executed after LAST and outside an episode."""
    assert ScriptedOperator(Always()).answer(make_step(5, kind=kind)) is None


def test_taking_over_with_the_block_in_hand_leaves_the_gripper_alone(make_step: MakeStep) -> None:
    """An intervention must not drop it."""
    answer = ScriptedOperator(Always()).answer(make_step(9, columns=HELD))
    assert answer is not None
    assert answer.value[3] == 1.0
    assert answer.value[2] == 1.0


def test_the_same_seed_gives_the_same_actions_in_any_order_of_steps(make_step: MakeStep) -> None:
    """Whatever happened in between, and however episodes are interleaved."""
    keys = [(e, s) for e in range(4) for s in range(6)]

    def values(order: list[tuple[int, int]]) -> dict[tuple[int, int], list[float]]:
        operator = ScriptedOperator(Always(), seed=3, noise=0.3)
        answers = {(e, s): operator.answer(make_step(s, episode=e)) for e, s in order}
        return {key: answer.value.tolist() for key, answer in answers.items() if answer}

    assert values(keys) == values(keys[::-1])
    assert len(values(keys)) == len(keys)


def test_every_step_of_every_episode_and_seed_has_noise_of_its_own(make_step: MakeStep) -> None:
    """The same push in each step would be a bias, and a thousand runs would be one."""
    steps = [make_step(s, episode=e, columns=NEAR) for e in range(3) for s in range(3)]
    operators = [ScriptedOperator(Always(), seed=seed, noise=0.3) for seed in (1, 2)]
    answers = [operator.answer(step) for operator in operators for step in steps]
    deltas = np.stack([answer.value[:3] for answer in answers if answer])
    assert all(len({*column}) == 18 for column in deltas.T.tolist())


def test_the_operator_engages_on_a_policy_that_does_nothing(make_step: MakeStep) -> None:
    """After its patience, with the action the expert would take."""
    operator = ScriptedOperator(WithoutProgress(patience=4))
    answers = [operator.answer(make_step(s)) for s in range(6)]
    assert [a.engaged for a in answers if a] == [False] * 4 + [True] * 2
    assert answers[5] is not None
    assert np.abs(answers[5].value[:3]).max() == 1.0


def test_boxes_with_goals_are_arranged(make_step: MakeStep, boxes_columns: Columns) -> None:
    """The columns say which task it is: it goes for the nearest box, at y 0 or next to it."""
    answer = ScriptedOperator(Always()).answer(make_step(columns=boxes_columns))
    assert answer is not None
    assert answer.value[0] == -1.0


def test_an_operator_that_never_looks_needs_no_privileged_columns(make_step: MakeStep) -> None:
    """So that it can press keys for a robot."""
    operator = ScriptedOperator(None, next_button=NextButton())
    step = make_step(columns={BLOCK: None})
    assert operator.answer(step) is not None
    assert operator.press(step) == []


def test_an_operator_that_drives_needs_the_privileged_columns(make_step: MakeStep) -> None:
    """Even while it does not engage: it says so at the first step and not in the middle."""
    operator = ScriptedOperator(ByChance(0, probability=0.0))
    with pytest.raises(SceneError, match=BLOCK):
        operator.answer(make_step(columns={BLOCK: None}))


def test_keys_are_numbered_and_say_which_episode_they_are_for(make_step: MakeStep) -> None:
    """A press that comes late cannot end the next episode."""
    operator = ScriptedOperator(
        None, next_button=NextButton(), success_button=SuccessButton(0, 0.0, 0.0)
    )
    phase = make_step(-1, episode=5, kind=Kind.PHASE, phase=Phase.RESETTING)
    controls = operator.press(phase) + operator.press(make_step(4, episode=6, columns=SOLVED))
    assert [(c.command, c.seq, c.episode) for c in controls] == [
        (Command.NEXT, 0, 5),
        (Command.SUCCESS, 1, 6),
    ]
