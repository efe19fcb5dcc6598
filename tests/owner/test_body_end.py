"""How a run owner learns that the body has ended the run."""

from dataclasses import replace

import pytest

from dora_hil.owner.body_end import BodyEnd
from dora_hil.stream.timestep import EndReason, Kind, Phase, TimeStep
from dora_hil.testing.fake_environment import FakeEnvironment

STEP = TimeStep(
    Kind.PHASE, Phase.RESETTING, episode=0, step=-1, columns={}, spec=FakeEnvironment().spec
)


def test_a_run_goes_on_until_the_body_says_otherwise() -> None:
    """Whatever becomes of an episode."""
    end = BodyEnd()
    end.hear(replace(STEP, end_reason=EndReason.SUCCESS))
    assert (end.has_come, end.fault) == (False, "")


@pytest.mark.parametrize(
    ("reason", "fault"), [(EndReason.STOP, ""), (EndReason.FAULT, "the body had a fault")]
)
def test_only_a_fault_is_a_failure(reason: EndReason, fault: str) -> None:
    """A person may stop a run."""
    end = BodyEnd()
    end.hear(replace(STEP, run_over=True, end_reason=reason))
    assert (end.has_come, end.fault) == (True, fault)


@pytest.mark.parametrize(
    ("expected", "fault"),
    [(True, ""), (False, "the body ended before the run was over; look for its last line")],
)
def test_a_body_that_vanishes_is_a_failure(expected: bool, fault: str) -> None:
    """One that was stopped is not."""
    end = BodyEnd()
    end.stream_ended(expected=expected)
    assert (end.has_come, end.fault) == (True, fault)
