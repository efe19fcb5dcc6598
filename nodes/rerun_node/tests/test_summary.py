"""What the text panel says."""

from collections.abc import Callable

import pytest

from dora_hil.stream.messages import RunState, Status
from dora_hil.stream.timestep import EndReason, Kind, Phase, Telemetry, TimeStep, Verdict
from rerun_node.summary import Summary

MakeStep = Callable[..., TimeStep]


def test_a_running_episode_says_where_it_is_and_who_drives(make_step: MakeStep) -> None:
    """In steps and in seconds."""
    text = Summary().text(
        make_step(12, episode=3, telemetry=Telemetry(driver="intervention_keyboard")), None
    )
    assert text.startswith("## episode 3\n")
    assert "step 12 (1.2 s) · running · driver **intervention_keyboard**" in text


def test_before_the_first_episode_there_is_no_number(make_phase: MakeStep) -> None:
    """Not -1."""
    assert Summary().text(make_phase(), None).startswith("## before the first episode\n")


def test_a_verdict_that_is_awaited_is_a_question(make_step: MakeStep) -> None:
    """With the reason for the end."""
    last = make_step(
        9,
        kind=Kind.LAST,
        phase=Phase.DONE,
        verdict=Verdict.PENDING,
        end_reason=EndReason.TIME_LIMIT,
    )
    assert "## episode 0: keep or discard? (time limit)" in Summary().text(last, None)


def test_a_discard_that_can_be_taken_back_says_how_long(make_phase: MakeStep) -> None:
    """And by what."""
    step = make_phase(
        0, phase=Phase.DONE, verdict=Verdict.PENDING, telemetry=Telemetry(discard_in_s=2.1)
    )
    assert "discarded in 2 s, `next` keeps it after all" in Summary().text(step, None)


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        # A verdict is said in one message alone, and stays until the next episode.
        ((Verdict.KEEP, EndReason.SUCCESS), (Verdict.NONE, EndReason.NONE), "kept (success)"),
        # Esc after a success leaves a success.
        ((Verdict.PENDING, EndReason.SUCCESS), (Verdict.KEEP, EndReason.STOP), "kept (success)"),
        # What is discarded says why it is, whatever had ended it before.
        (
            (Verdict.PENDING, EndReason.SUCCESS),
            (Verdict.DISCARD, EndReason.RERECORD),
            "discarded (rerecord)",
        ),
    ],
)
def test_an_episode_that_has_ended_says_what_became_of_it_and_why(
    make_phase: MakeStep,
    first: tuple[Verdict, EndReason],
    then: tuple[Verdict, EndReason],
    expected: str,
) -> None:
    """In two messages after its end."""
    summary = Summary()
    for verdict, end_reason in (first, then):
        text = summary.text(make_phase(0, verdict=verdict, end_reason=end_reason), None)
    assert f"## episode 0: {expected}" in text


def test_the_run_owner_is_quoted(make_step: MakeStep) -> None:
    """With what it has saved."""
    status = Status(RunState.BUSY, "recorder", saved=4, target=50, message="saved 4 of 50")
    text = Summary().text(make_step(), status)
    assert "saved **4** of 50" in text
    assert text.endswith("recorder: saved 4 of 50")


def test_an_error_of_the_run_owner_looks_like_one(make_step: MakeStep) -> None:
    """A full disk is not to be overlooked."""
    status = Status(RunState.OVER, "recorder", ok=False, message="the disk is full")
    assert Summary().text(make_step(), status).endswith("**error** recorder: the disk is full")


def test_what_went_wrong_in_a_step_is_shown(make_step: MakeStep) -> None:
    """Missed ticks, late answers, safety, old pictures."""
    step = make_step(
        1, telemetry=Telemetry(missed_ticks=2, late=3, safety="bounds", frame_age_ms=41.6)
    )
    text = Summary().text(step, None)
    assert "missed ticks 2 · late 3 · safety **bounds** · frame age 42 ms" in text


def test_the_end_of_the_run_is_said(make_phase: MakeStep) -> None:
    """The last picture of a view that stays open."""
    text = Summary().text(make_phase(0, phase=Phase.OVER, run_over=True), None)
    assert "the run is over" in text
