"""Comparing the frames of an episode as they come."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from replay_rig import body_of, existing, perform, source_of

from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.frames import Frame, frames
from dora_hil.stream.spec import ColumnSpec
from dora_hil.stream.timestep import Telemetry, TimeStep
from dora_hil.testing.fake_environment import FakeEnvironment
from lerobot_node.replay.comparison import EpisodeComparison, ReplayedEpisode
from lerobot_node.replay.fit import Fit, check_fit

CAMERA = "observation.images.front"


@pytest.fixture(scope="module")
def episode() -> list[TimeStep]:
    """Return the messages of an episode of five steps."""
    return perform(body_of(FakeEnvironment(), max_steps=5), seed=3)


def fit_of(episode: list[TimeStep]) -> Fit:
    """Return what is compared of it."""
    return check_fit(existing().features, 10, episode[0])


def compared(recorded: list[TimeStep], replayed: list[Frame]) -> ReplayedEpisode:
    """Return the result of comparing frames with a recording."""
    comparison = EpisodeComparison(source_of(recorded), fit_of(recorded), None)
    for frame in replayed:
        comparison.add(frame)
    return comparison.finish(replayed[-1].after)


def test_the_same_episode_does_not_deviate(episode: list[TimeStep]) -> None:
    """In none of its columns."""
    result = compared(episode, list(frames(episode)))
    deviation = result.deviation
    assert set(deviation.vectors) == {"action", "observation.state", "next.reward"}
    assert all(not vector.max_abs.any() for vector in deviation.vectors.values())
    assert deviation.flags == {"next.done": 0, "next.truncated": 0, "next.success": 0}
    assert (deviation.frames, result.length, result.seed) == (5, 5, 3)
    assert (result.end_reason, result.driven_by_others) == ("time_limit", 0)


def changed(frame: Frame, **changes: object) -> Frame:
    """Return a frame whose second message differs."""
    return replace(frame, after=replace(frame.after, **changes))  # type: ignore[arg-type]


def test_each_column_is_compared_where_it_belongs_in_time(episode: list[TimeStep]) -> None:
    """The observation before a step; action, reward and flags after it."""
    first, *rest = frames(episode)
    moved = replace(
        first, before=replace(first.before, columns={"observation.state": np.ones(4, np.float32)})
    )
    deviation = compared(episode, [moved, *rest]).deviation
    start = episode[0].columns["observation.state"].astype(np.float64)
    assert (deviation.vectors["observation.state"].max_abs == np.abs(1 - start)).all()
    executed = {"ee_absolute": first.after.actions["ee_absolute"] + np.float32(0.5)}
    other = changed(first, actions=executed, reward=2.0, done=True, success=True)
    deviation = compared(episode, [other, *rest]).deviation
    assert deviation.vectors["action"].max_abs == pytest.approx([0.5] * 4)
    assert deviation.vectors["next.reward"].max_abs.tolist() == [2.0]
    assert deviation.flags == {"next.done": 1, "next.truncated": 0, "next.success": 1}


def test_steps_that_somebody_else_drove_are_counted(episode: list[TimeStep]) -> None:
    """A person took over, or an answer came too late."""
    first, second, *rest = frames(episode)
    held = changed(first, telemetry=Telemetry(driver="hold"))
    helped = changed(second, telemetry=Telemetry(driver="intervention_x"))
    result = compared(episode, [held, helped, *rest])
    assert result.driven_by_others == 2


def test_what_was_not_recorded_is_counted_and_not_compared() -> None:
    """An episode may be longer than its recording."""
    recorded = perform(body_of(FakeEnvironment(), max_steps=3), seed=3)
    replayed = perform(body_of(FakeEnvironment(), max_steps=5), seed=3)
    result = compared(recorded, list(frames(replayed)))
    assert (result.length, result.deviation.frames) == (5, 3)
    assert result.deviation.observed == 0.0


class Album:
    """Recorded pictures that tell which frame they are."""

    def read(self, index: int, frame: int) -> Mapping[str, NDArray[np.uint8]]:
        """Return a picture as grey as the frame's number."""
        return {CAMERA: np.full((8, 8, 3), frame, np.uint8)}


def test_pictures_are_compared_frame_by_frame(episode: list[TimeStep]) -> None:
    """The one before a step with the one that was recorded there."""
    fit = replace(fit_of(episode), cameras=(CAMERA,))
    comparison = EpisodeComparison(source_of(episode), fit, Album())
    for frame in frames(episode):
        columns = {**frame.before.columns, **Album().read(0, frame.index)}
        comparison.add(replace(frame, before=replace(frame.before, columns=columns)))
    pictures = comparison.finish(episode[-1]).deviation.pictures
    assert list(pictures) == [CAMERA]
    assert pictures[CAMERA].max_abs == 0


def test_a_dataset_without_rewards_and_flags_is_compared_in_the_rest(
    episode: list[TimeStep],
) -> None:
    """Others' datasets often have neither."""
    source = source_of(episode)
    numbers = {n: c for n, c in source.columns.items() if not n.startswith("next.")}
    fit = Fit(ActionSpace.EE_ABSOLUTE, {"action": ColumnSpec((4,))}, (), ())
    comparison = EpisodeComparison(replace(source, columns=numbers), fit, None)
    for frame in frames(episode):
        comparison.add(frame)
    deviation = comparison.finish(episode[-1]).deviation
    assert (list(deviation.vectors), deviation.flags) == (["action"], {})
