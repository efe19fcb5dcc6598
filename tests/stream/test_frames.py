"""Frames from consecutive steps."""

import numpy as np
import pytest

from dora_hil.stream.frames import FrameAssembler, GapError, frames
from dora_hil.stream.timestep import Kind, Phase, TimeStep
from dora_hil.testing.fake_environment import FakeEnvironment

ENVIRONMENT = FakeEnvironment()


def timestep(episode: int, step: int, kind: Kind = Kind.MID) -> TimeStep:
    """Return a message; FIRST is made of step 0."""
    if step == 0:
        kind = Kind.FIRST
    return TimeStep(
        kind,
        Phase.RUNNING,
        episode,
        step,
        columns={"observation.state": np.full(4, step, dtype=np.float32)},
        spec=ENVIRONMENT.spec,
        reward=float(step),
    )


def test_a_frame_pairs_an_observation_with_the_action_executed_after_it() -> None:
    """o_t comes from one message; a_t, r_t and o_t+1 from the next."""
    (frame,) = frames([timestep(0, 0), timestep(0, 1)])
    assert frame.index == 0
    assert frame.before.columns["observation.state"][0] == 0
    assert frame.after.reward == 1


def test_n_steps_make_exactly_n_frames() -> None:
    """One frame per control step, exactly."""
    stream = [timestep(0, s) for s in range(5)] + [timestep(0, 5, Kind.LAST)]
    built = list(frames(stream))
    assert [f.index for f in built] == [0, 1, 2, 3, 4]
    assert [f.is_last for f in built] == [False] * 4 + [True]


def test_no_frame_spans_two_episodes() -> None:
    """FIRST begins anew."""
    stream = [timestep(0, 0), timestep(0, 1, Kind.LAST), timestep(1, 0), timestep(1, 1)]
    assert [(f.before.episode, f.after.episode) for f in frames(stream)] == [(0, 0), (1, 1)]


def test_phase_messages_are_passed_over() -> None:
    """A PHASE between two steps is neither frame nor gap."""
    phase = TimeStep(Kind.PHASE, Phase.RESETTING, 0, -1, {}, ENVIRONMENT.spec)
    assert len(list(frames([timestep(0, 0), phase, timestep(0, 1)]))) == 1


def test_a_gap_is_counted_and_bridged_by_no_frame() -> None:
    """Steps 2 and 3 are missing: frames 1, 2 and 3 cannot be built."""
    assembler = FrameAssembler()
    built = [assembler.push(timestep(0, s)) for s in (0, 1, 4, 5)]
    assert [f.index if f else None for f in built] == [None, 0, None, 4]
    assert assembler.gaps == 2
    assert assembler.episode_gaps == 2


def test_a_lost_first_is_a_gap() -> None:
    """A new episode is known by its number."""
    assembler = FrameAssembler()
    for message in (timestep(0, 0), timestep(0, 1), timestep(1, 1)):
        assembler.push(message)
    assert assembler.gaps == 1


def test_the_count_of_an_episode_starts_anew_with_the_next() -> None:
    """A hole in one episode says nothing about the next."""
    assembler = FrameAssembler()
    for message in (timestep(0, 0), timestep(0, 3), timestep(1, 0)):
        assembler.push(message)
    assert assembler.gaps == 2
    assert assembler.episode_gaps == 0


def test_a_repeated_message_is_a_gap_too() -> None:
    """Steps never stand still."""
    assembler = FrameAssembler()
    for message in (timestep(0, 0), timestep(0, 1), timestep(0, 1)):
        assembler.push(message)
    assert assembler.gaps == 1


def test_frames_raises_at_a_gap_and_says_where() -> None:
    """Offline there is no excuse for a hole."""
    with pytest.raises(GapError, match=r"episode 0: 1 message\(s\) missing before step 2"):
        list(frames([timestep(0, 0), timestep(0, 2)]))
