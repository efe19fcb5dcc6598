"""When a body steps."""

import pytest

from dora_hil.body.pace import LockstepGate, PaceError, TickMeter, check_speed, timer_period_s


def test_the_gate_opens_when_all_have_answered_the_present_step() -> None:
    """Each of them."""
    gate = LockstepGate(["action", "intervention_operator"])
    gate.published(0, 4, 0.0)
    gate.answered("action", 0, 4)
    assert not gate.is_open(0.0)
    gate.answered("intervention_operator", 0, 4)
    assert gate.is_open(0.0)


@pytest.mark.parametrize(("episode", "step"), [(0, 3), (1, 4), (-1, -1)])
def test_an_answer_to_another_step_does_not_open_the_gate(episode: int, step: int) -> None:
    """Neither an old one nor one of another episode."""
    gate = LockstepGate(["action"])
    gate.published(0, 4, 0.0)
    gate.answered("action", episode, step)
    assert not gate.is_open(0.0)


def test_after_the_time_limit_the_gate_opens_counts_and_names_who_is_silent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A policy that hangs is held for, not waited for without end."""
    gate = LockstepGate(["action"], time_limit_s=2.0)
    gate.published(0, 4, 10.0)
    assert not gate.is_open(11.9)
    assert gate.is_open(12.0)
    assert gate.timeouts == 1
    assert "no answer from action within 2 s" in caplog.text


def test_a_closed_input_is_waited_for_no_longer() -> None:
    """Its node has ended; with nothing to wait for, pace `tick`, nobody can stall the body."""
    gate = LockstepGate(["action"])
    gate.published(0, 4, 0.0)
    gate.closed("action")
    assert gate.is_open(0.0)
    gate.published(0, 5, 0.0)
    assert gate.is_open(0.0)


@pytest.mark.parametrize(
    ("ticks", "missed"),
    [
        # Jitter below half a period is none.
        ([(0.0, True), (0.1, True), (0.24, True), (0.3, True)], 0),
        ([(0.0, True), (0.1, True), (0.4, True), (0.5, True)], 2),
        # A pause outside of RUNNING harms nobody.
        ([(0.0, True), (5.0, False), (5.1, True)], 0),
    ],
)
def test_a_hole_of_three_periods_is_two_missed_ticks(
    ticks: list[tuple[float, bool]], missed: int
) -> None:
    """By the ticks' own timestamps."""
    meter = TickMeter(0.1)
    for sent_s, counts in ticks:
        meter.tick(sent_s, counts=counts)
    assert meter.missed == missed


@pytest.mark.parametrize(
    ("source", "period_s"),
    [
        ("dora/timer/millis/100", 0.1),
        ("dora/timer/secs/2", 2.0),
        ("dora/timer/micros/500", 0.0005),
        ("dora/timer/hz/30", 1 / 30),
        ("dora/timer/hz/12.5", 0.08),
    ],
)
def test_the_period_is_read_from_the_timers_name(source: str, period_s: float) -> None:
    """In every spelling that dora knows."""
    assert timer_period_s(source) == pytest.approx(period_s)


@pytest.mark.parametrize("source", ["keyboard/action", "dora/timer/hz/0", "dora/timer/weeks/1"])
def test_what_is_no_timer_is_refused_with_an_example(source: str) -> None:
    """The body needs a clock."""
    with pytest.raises(PaceError, match=r"expected a dora timer, for instance"):
        timer_period_s(source)


PEOPLE = ("intervention_keyboard", "intervention_web")


@pytest.mark.parametrize(("period_s", "speed"), [(0.05, "2"), (0.2, "0.5")])
def test_a_person_never_drives_at_another_speed_than_the_clocks_unawares(
    period_s: float, speed: str
) -> None:
    """At double or at half of it; the line names both rates and both ways out."""
    with pytest.raises(PaceError) as caught:
        check_speed("env.json", 10.0, period_s, PEOPLE, 1.0, lockstep=True)
    assert str(caught.value) == (
        f"env.json: env.fps is 10, but the timer on tick has {1 / period_s:g} Hz; simulated time "
        f"would run {speed} times as fast as the clock for whoever drives by "
        "intervention_keyboard, intervention_web: set the timer to dora/timer/millis/100, or, "
        f"if it is meant, SPEED to {speed}"
    )


def test_a_person_may_mean_another_speed() -> None:
    """Slow motion: said, and then held to."""
    check_speed("env.json", 10.0, 0.2, PEOPLE, 0.5, lockstep=False)
    with pytest.raises(PaceError, match=r"set the timer to dora/timer/millis/200"):
        check_speed("env.json", 10.0, 0.1, PEOPLE, 0.5, lockstep=False)


def test_a_rate_that_is_no_whole_number_of_milliseconds_fits_its_timer() -> None:
    """30 steps a second on a timer of 33 ms."""
    check_speed("env.json", 30.0, 0.033, PEOPLE, 1.0, lockstep=False)


def test_without_people_lockstep_is_as_fast_as_it_likes_and_pace_tick_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Who is not waited for has less time than the config says."""
    check_speed("env.json", 10.0, 0.02, (), 1.0, lockstep=True)
    assert caplog.text == ""
    check_speed("env.json", 10.0, 0.02, (), 1.0, lockstep=False)
    assert "would run 5 times as fast as the clock, and nobody is waited for" in caplog.text
