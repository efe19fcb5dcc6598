"""What is counted over an episode."""

from collections.abc import Callable
from dataclasses import replace

from dora_hil.stream.timestep import EndReason, Kind, Telemetry, TimeStep
from lerobot_node.record.episode_tally import EpisodeTally

type MakeStep = Callable[..., TimeStep]


def tally_of(first: TimeStep, *steps: TimeStep) -> EpisodeTally:
    """Return what is counted of these messages."""
    tally = EpisodeTally(first)
    for step in steps:
        tally.count(step)
    return tally


def test_the_record_names_the_attempt_its_seed_and_its_length(make_step: MakeStep) -> None:
    """To find it again in the logs; FIRST is no step."""
    steps = [make_step(step) for step in range(1, 6)]
    record = tally_of(make_step(0, episode=17, seed=42), *steps).record(3)
    assert (record.attempt, record.seed) == (17, 42)
    assert (record.length, record.episode_index) == (5, 3)


def test_late_steps_and_missed_ticks_are_those_of_this_episode(make_step: MakeStep) -> None:
    """The body counts them over its run."""
    first = make_step(0, telemetry=Telemetry(late=10, missed_ticks=20))
    record = tally_of(first, make_step(1, telemetry=Telemetry(late=11, missed_ticks=22))).record(0)
    assert (record.late, record.missed_ticks) == (1, 2)


def test_interventions_and_safety_are_counted_in_frames(make_step: MakeStep) -> None:
    """What stepped in together is one frame."""
    both = make_step(1, is_intervention=True, telemetry=Telemetry(safety="bounds,nan"))
    helped = make_step(2, is_intervention=True)
    record = tally_of(make_step(0), both, helped, make_step(3)).record(0)
    assert (record.interventions, record.safety) == (2, 1)


def test_who_drove_is_counted_in_frames(make_step: MakeStep) -> None:
    """FIRST was driven by nobody."""
    drivers = ("hold", "intervention_web", "intervention_web")
    steps = [make_step(i, telemetry=Telemetry(driver=d)) for i, d in enumerate(drivers, start=1)]
    tally = tally_of(make_step(0), *steps)
    assert tally.record(0).drivers == {"hold": 1, "intervention_web": 2}


def test_an_episode_is_pending_from_its_last_message_on(make_step: MakeStep) -> None:
    """Its verdict may come much later."""
    tally = tally_of(make_step(0), make_step(1))
    assert not tally.is_pending
    tally.count(make_step(2, kind=Kind.LAST, end_reason=EndReason.SUCCESS, success=True))
    assert tally.is_pending
    record = tally.record(0)
    assert (record.end_reason, record.success) == ("success", True)


def test_the_rate_is_measured_by_the_clock(make_step: MakeStep) -> None:
    """Four steps in half a second, whatever `control_dt_s` says; 0 where no time has passed."""
    first, last = (make_step(4 * i, t_capture_ns=(2 + i) * 500_000_000) for i in (0, 1))
    assert tally_of(first, last).record(0).rate_hz == 8.0
    assert tally_of(first).rate_hz == 0.0
    assert tally_of(first, replace(last, t_capture_ns=first.t_capture_ns)).rate_hz == 0.0
