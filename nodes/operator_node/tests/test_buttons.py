"""The keys that the operator presses."""

from collections.abc import Callable
from typing import Any

import pytest

from dora_hil.stream.messages import Command
from dora_hil.stream.timestep import Kind, Phase, Telemetry, TimeStep, Verdict
from operator_node.buttons import NextButton, SuccessButton

MakeStep = Callable[..., TimeStep]


def _phase(make_step: MakeStep, phase: Phase, verdict: Verdict = Verdict.NONE) -> TimeStep:
    return make_step(step=-1, kind=Kind.PHASE, phase=phase, verdict=verdict)


def test_next_is_pressed_at_once_while_the_body_resets(make_step: MakeStep) -> None:
    """It starts the episode."""
    assert NextButton().press(_phase(make_step, Phase.RESETTING)) is Command.NEXT


def test_next_is_pressed_again_after_half_a_second_of_messages(make_step: MakeStep) -> None:
    """Five messages of 0.1 s: a press that came too early is repeated."""
    button, message = NextButton(), _phase(make_step, Phase.RESETTING)
    pressed = [button.press(message) is not None for _ in range(11)]
    assert pressed == [i % 5 == 0 for i in range(11)]


def test_next_keeps_a_finished_episode_after_half_a_second(make_step: MakeStep) -> None:
    """Before that the body ignores it."""
    button = NextButton()
    last = make_step(9, kind=Kind.LAST, phase=Phase.DONE, verdict=Verdict.PENDING)
    assert button.press(last) is None
    done = _phase(make_step, Phase.DONE, Verdict.PENDING)
    assert [button.press(done) for _ in range(5)] == [None] * 4 + [Command.NEXT]


LEFT_ALONE: dict[str, dict[str, Any]] = {
    "an episode that runs would be cut short": {"phase": Phase.RUNNING},
    "automatic advance has nothing to confirm": {"phase": Phase.DONE, "verdict": Verdict.KEEP},
    "a person's discard would be taken back": {
        "phase": Phase.DONE,
        "verdict": Verdict.PENDING,
        "telemetry": Telemetry(discard_in_s=1.0),
    },
    "a run that is over has nothing left to start": {"phase": Phase.OVER},
}


@pytest.mark.parametrize("fields", LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_next_is_pressed_nowhere_else(make_step: MakeStep, fields: dict[str, Any]) -> None:
    """However long it lasts."""
    button, message = NextButton(), make_step(-1, kind=Kind.PHASE, **fields)
    assert all(button.press(message) is None for _ in range(20))


def test_success_is_pressed_late_by_the_delay(make_step: MakeStep) -> None:
    """0.3 s are three steps of 0.1 s."""
    button = SuccessButton(0, 0.3, 0.3)
    pressed = [button.press(make_step(s), is_solved=s >= 4) for s in range(10)]
    assert [s for s, command in enumerate(pressed) if command] == [7]


def test_success_is_pressed_once_an_episode(make_step: MakeStep) -> None:
    """And again in the next one."""
    button = SuccessButton(0, 0.0, 0.0)
    presses = [
        button.press(make_step(s, episode=e), is_solved=True) for e in range(3) for s in range(5)
    ]
    assert presses.count(Command.SUCCESS) == 3


def test_the_delay_lies_in_its_range_and_follows_from_the_seed(make_step: MakeStep) -> None:
    """The same episode has the same delay in whatever order it comes."""

    def delay_steps(button: SuccessButton, episode: int) -> int:
        return next(
            s for s in range(99) if button.press(make_step(s, episode=episode), is_solved=True)
        )

    forwards = [delay_steps(SuccessButton(5, 0.2, 0.9), e) for e in range(30)]
    button = SuccessButton(5, 0.2, 0.9)
    backwards = [delay_steps(button, e) for e in reversed(range(30))]
    assert forwards == backwards[::-1]
    assert min(forwards) >= 2
    assert max(forwards) <= 9
    assert len(set(forwards)) > 2
