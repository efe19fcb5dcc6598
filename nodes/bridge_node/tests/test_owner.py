"""When an episode is granted, and when the run is over."""

from collections.abc import Callable

import pytest

from bridge_node.owner import BridgeOwner
from dora_hil.stream.messages import RunState, Status
from dora_hil.stream.timestep import EndReason, Kind, Phase, TimeStep, Verdict

MakeStep = Callable[..., TimeStep]


def resetting(make_step: MakeStep, episode: int = -1) -> TimeStep:
    """Return what a body says while it waits for the next episode."""
    return make_step(-1, episode, kind=Kind.PHASE, phase=Phase.RESETTING)


def heard(owner: BridgeOwner, *timesteps: TimeStep) -> list[Status]:
    """Return what is said to these, one by one."""
    said: list[Status] = []
    for timestep in timesteps:
        owner.hear(timestep)
        said += owner.statuses()
    return said


def test_nothing_is_granted_while_nobody_drives(make_step: MakeStep) -> None:
    """The body holds."""
    assert heard(BridgeOwner(lambda: False), resetting(make_step), resetting(make_step)) == []


def test_one_episode_is_granted_at_a_time(make_step: MakeStep) -> None:
    """The body chooses its seed, and says that it waits until it begins."""
    waiting = resetting(make_step)
    [status] = heard(BridgeOwner(lambda: True), waiting, waiting, make_step(0), make_step(1))
    assert (status.state, status.grant, status.seed) == (RunState.GRANTED, 0, -1)
    assert status.role == "bridge"


def test_the_next_one_is_granted_when_one_has_ended(make_step: MakeStep) -> None:
    """Without an end."""
    last = make_step(2, kind=Kind.LAST, phase=Phase.RESETTING, verdict=Verdict.KEEP)
    again = resetting(make_step, episode=0)
    statuses = heard(BridgeOwner(lambda: True), resetting(make_step), make_step(0), last, again)
    assert [status.grant for status in statuses] == [0, 1]
    assert [status.saved for status in statuses] == [0, 1]


@pytest.mark.parametrize("driven", [True, False])
def test_whether_somebody_drives_is_asked_anew_each_time(make_step: MakeStep, driven: bool) -> None:
    """LeRobot processes come and go."""
    drives = [not driven]
    owner = BridgeOwner(lambda: drives[0])
    heard(owner, resetting(make_step))
    drives[0] = driven
    assert len(heard(owner, resetting(make_step, episode=0))) == driven


def test_the_run_is_over_when_the_body_says_so(make_step: MakeStep) -> None:
    """A person pressed Esc, say."""
    owner = BridgeOwner(lambda: True)
    heard(owner, make_step(-1, kind=Kind.PHASE, phase=Phase.OVER, run_over=True))
    assert owner.is_over
    assert owner.over().ok


def test_a_fault_of_the_body_is_passed_on(make_step: MakeStep) -> None:
    """So that everybody leaves with an error."""
    owner = BridgeOwner(lambda: True)
    over = {"run_over": True, "end_reason": EndReason.FAULT}
    heard(owner, make_step(-1, kind=Kind.PHASE, phase=Phase.OVER, **over))
    assert owner.over().message == "the body had a fault"


@pytest.mark.parametrize("stopped", [True, False])
def test_a_body_that_vanishes_is_an_error_unless_all_was_stopped(
    make_step: MakeStep, stopped: bool
) -> None:
    """As for every other run owner."""
    owner = BridgeOwner(lambda: True)
    heard(owner, make_step())
    owner.stream_ended(expected=stopped)
    assert owner.is_over
    assert owner.over().ok is stopped
