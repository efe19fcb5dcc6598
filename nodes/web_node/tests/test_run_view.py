"""What the page knows of the run."""

from typing import Any

import pytest
from camera_steps import step

from dora_hil.stream.messages import RunState, Status
from dora_hil.stream.timestep import EndReason, Kind, Telemetry, Verdict
from web_node.run_view import RunView


def test_a_snapshot_has_the_figures_and_the_pictures_of_its_step() -> None:
    """The pictures are its own: dora takes the memory back."""
    telemetry = Telemetry(driver="action", missed_ticks=2)
    message = step(3, brightness=7, telemetry=telemetry, control_dt_s=0.1, seed=5)
    snapshot = RunView().see(message, None)
    state = snapshot.state
    assert (state["task"], state["phase"], state["step"]) == ("lift it", "running", 3)
    assert (state["driver"], state["missed_ticks"], state["seed"]) == ("action", 2, 5)
    assert list(snapshot.pictures) == ["front"]
    assert (snapshot.pictures["front"] == 7).all()
    original = message.columns["observation.images.front"]
    assert snapshot.pictures["front"].base is not original


def test_success_is_counted_of_episodes_that_are_kept() -> None:
    """One succeeded, one failed, one was discarded; a verdict may come with LAST or after it."""
    view = RunView()
    last, between = (Kind.LAST, 0), (Kind.PHASE, 0)
    view.see(step(9, *last, success=True, episode=0, verdict=Verdict.KEEP), None)
    view.see(step(9, *last, success=True, episode=1, verdict=Verdict.PENDING), None)
    view.see(step(-1, *between, episode=1, verdict=Verdict.DISCARD), None)
    view.see(step(9, *last, success=False, episode=2, verdict=Verdict.PENDING), None)
    state = view.see(step(-1, *between, episode=2, verdict=Verdict.KEEP), None).state
    assert (state["successes"], state["kept"]) == (1, 2)


def test_how_the_last_episode_ended_is_remembered() -> None:
    """It is on the page until the next one ends."""
    view = RunView()
    view.see(step(30, Kind.LAST, end_reason=EndReason.TIME_LIMIT, episode=4), None)
    state = view.see(step(0, kind=Kind.FIRST, episode=5), None).state
    assert state["last"] == {"success": False, "end_reason": "time_limit", "episode": 4}


def test_the_rate_is_that_of_the_captures_of_late() -> None:
    """Two seconds of 20 Hz after two of 10."""
    view = RunView()
    times_ms = [*range(0, 2000, 100), *range(2000, 4500, 50)]
    rates = [
        view.see(step(number, t_capture_ns=ms * 1_000_000), None).state["rate_hz"]
        for number, ms in enumerate(times_ms)
    ]
    assert (rates[0], rates[19], rates[-1]) == (None, 10.0, 20.0)


def test_what_the_run_owner_said_last_is_shown() -> None:
    """How many episodes are saved, of how many."""
    status = Status(RunState.GRANTED, role="recorder", saved=3, target=50)
    owner = RunView().see(step(), status).state["owner"]
    assert (owner["role"], owner["saved"], owner["target"]) == ("recorder", 3, 50)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"missed_ticks": 12, "late": 6}, []),
        ({"missed_ticks": 13}, ["3 ticks missed in this episode"]),
        ({"late": 7, "missed_ticks": 12}, ["3 steps without an answer in time"]),
        ({"safety": "bounds,ee_speed", "frame_age_ms": 90.0}, []),
        ({"safety": "bounds,bus"}, ["the arm does not answer"]),
        ({"frame_age_ms": 900.0}, ["a camera's picture is old"]),
    ],
)
def test_trouble_is_what_a_person_has_to_know_of(values: dict[str, Any], found: list[str]) -> None:
    """A hiccup is none, nor what happened before the episode, nor the edge of the workspace."""
    view = RunView()
    view.see(step(0, Kind.FIRST, telemetry=Telemetry(missed_ticks=10, late=4)), None)
    counts: dict[str, Any] = {"missed_ticks": 10, "late": 4}
    telemetry = Telemetry(**(counts | values))
    assert view.see(step(40, telemetry=telemetry), None).state["trouble"] == found


def test_what_became_of_the_last_episode_is_remembered() -> None:
    """Also of one that was discarded before its end."""
    view = RunView()
    view.see(step(9, Kind.LAST, end_reason=EndReason.OPERATOR, verdict=Verdict.PENDING), None)
    kept = view.see(step(-1, Kind.PHASE, verdict=Verdict.KEEP), None).state["last"]
    assert (kept["episode"], kept["end_reason"], kept["verdict"]) == (0, "operator", "keep")
    discarded: dict[str, Any] = {"verdict": Verdict.DISCARD, "end_reason": EndReason.RERECORD}
    last = view.see(step(-1, Kind.PHASE, episode=1, **discarded), None).state["last"]
    assert (last["episode"], last["end_reason"], last["verdict"]) == (1, "rerecord", "discard")
