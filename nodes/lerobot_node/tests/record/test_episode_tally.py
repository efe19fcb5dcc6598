"""What is counted over an episode."""

from collections.abc import Callable
from dataclasses import replace

from dora_hil.stream.timestep import EndReason, Kind, Telemetry, TimeStep
from lerobot_node.record.episode_tally import EpisodeTally

type MakeStep = Callable[..., TimeStep]


def test_the_length_is_the_number_of_steps(make_step: MakeStep) -> None:
    """FIRST is none."""
    tally = EpisodeTally(make_step(0))
    for step in range(1, 6):
        tally.count(make_step(step))
    assert tally.record(3).length == 5
    assert tally.record(3).episode_index == 3


def test_the_record_names_the_attempt_and_its_seed(make_step: MakeStep) -> None:
    """To find it again in the logs."""
    record = EpisodeTally(make_step(0, episode=17, seed=42)).record(0)
    assert (record.attempt, record.seed) == (17, 42)


def test_late_steps_and_missed_ticks_are_those_of_this_episode(make_step: MakeStep) -> None:
    """The body counts them over its run."""
    tally = EpisodeTally(make_step(0, telemetry=Telemetry(late=10, missed_ticks=20)))
    tally.count(make_step(1, telemetry=Telemetry(late=11, missed_ticks=22)))
    record = tally.record(0)
    assert (record.late, record.missed_ticks) == (1, 2)


def test_interventions_and_safety_are_counted_in_frames(make_step: MakeStep) -> None:
    """What stepped in together is one frame."""
    tally = EpisodeTally(make_step(0))
    tally.count(make_step(1, is_intervention=True, telemetry=Telemetry(safety="bounds,nan")))
    tally.count(make_step(2, is_intervention=True))
    tally.count(make_step(3))
    record = tally.record(0)
    assert (record.interventions, record.safety) == (2, 1)


def test_who_drove_is_counted_in_frames(make_step: MakeStep) -> None:
    """FIRST was driven by nobody."""
    tally = EpisodeTally(make_step(0))
    for step, driver in enumerate(("hold", "intervention_web", "intervention_web"), start=1):
        tally.count(make_step(step, telemetry=Telemetry(driver=driver)))
    assert tally.record(0).drivers == {"hold": 1, "intervention_web": 2}


def test_an_episode_is_pending_from_its_last_message_on(make_step: MakeStep) -> None:
    """Its verdict may come much later."""
    tally = EpisodeTally(make_step(0))
    tally.count(make_step(1))
    assert not tally.is_pending
    tally.count(make_step(2, kind=Kind.LAST, end_reason=EndReason.SUCCESS, success=True))
    assert tally.is_pending
    record = tally.record(0)
    assert (record.end_reason, record.success) == ("success", True)


def test_the_rate_is_measured_by_the_clock(make_step: MakeStep) -> None:
    """Four steps in half a second, whatever `control_dt_s` says."""
    tally = EpisodeTally(make_step(0, t_capture_ns=1_000_000_000))
    tally.count(make_step(4, t_capture_ns=1_500_000_000))
    assert tally.record(0).rate_hz == 8.0


def test_the_rate_before_the_first_step_is_zero(make_step: MakeStep) -> None:
    """No time has passed."""
    tally = EpisodeTally(make_step(0))
    assert tally.rate_hz == 0.0
    tally.count(replace(make_step(1), t_capture_ns=0))
    assert tally.rate_hz == 0.0
