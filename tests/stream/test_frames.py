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


@pytest.mark.parametrize(
    ("steps", "built", "gaps", "of_episode"),
    [
        # Steps 2 and 3 are missing: frames 1, 2 and 3 cannot be built.
        ([(0, 0), (0, 1), (0, 4), (0, 5)], [None, 0, None, 4], 2, 2),
        # A lost FIRST: a new episode is known by its number.
        ([(0, 0), (0, 1), (1, 1)], [None, 0, None], 1, 1),
        # A hole in one episode says nothing about the next.
        ([(0, 0), (0, 3), (1, 0)], [None, None, None], 2, 0),
        # Steps never stand still.
        ([(0, 0), (0, 1), (0, 1)], [None, 0, None], 1, 1),
    ],
)
def test_a_gap_is_counted_and_bridged_by_no_frame(
    steps: list[tuple[int, int]], built: list[int | None], gaps: int, of_episode: int
) -> None:
    """In all, and in the present episode."""
    assembler = FrameAssembler()
    found = [assembler.push(timestep(episode, step)) for episode, step in steps]
    assert [frame.index if frame else None for frame in found] == built
    assert (assembler.gaps, assembler.episode_gaps) == (gaps, of_episode)


def test_frames_raises_at_a_gap_and_says_where() -> None:
    """Offline there is no excuse for a hole."""
    with pytest.raises(GapError, match=r"episode 0: 1 message\(s\) missing before step 2"):
        list(frames([timestep(0, 0), timestep(0, 2)]))
