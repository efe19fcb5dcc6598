"""The stage between a body and everyone else."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dora_hil.stream.frames import FrameAssembler
from dora_hil.stream.messages import Command, Control
from dora_hil.stream.spec import Columns
from dora_hil.stream.timestep import EndReason, Kind, Phase, TimeStep, Verdict
from lerobot_node.reward.config import RewardClassifierSection, RewardConfig, RewardStageSection
from lerobot_node.reward.stage import RewardStage

MakeStep = Callable[..., TimeStep]
FRONT = "observation.images.front"
FEATURES = f"encoded.01234567.{FRONT}"


class Brightness:
    """Calls bright pictures success."""

    def probability(self, columns: Columns) -> float:
        """Return how bright the picture is."""
        return float(columns[FRONT].mean()) / 255.0

    def encoded(self, columns: Columns) -> Columns:
        """Return how bright it is, as a network's features might say it."""
        return {FEATURES: np.full((2, 1, 1), columns[FRONT].mean(), np.float16)}


def config(*, consecutive: int = 1, terminate: bool = True, reward: float = 1.0) -> RewardConfig:
    """Return rules with a threshold of a half."""
    return RewardConfig(
        RewardClassifierSection(success_reward=reward),
        RewardStageSection(consecutive_frames=consecutive),
        terminate_on_success=terminate,
    )


class Rig:
    """A stage and what it has passed on."""

    def __init__(self, make_step: MakeStep, rules: RewardConfig | None = None) -> None:
        """Judge pictures by their brightness."""
        self.stage = RewardStage(Brightness(), rules or config())
        self._make_step = make_step
        self.passed: list[TimeStep] = []
        self.controls: list[Control] = []

    def say(self, step: int, *, bright: bool = False, **fields: Any) -> TimeStep | None:
        """Let the body say something; returns what is passed on."""
        timestep = self._make_step(step, **fields)
        pixels = np.full((64, 96, 3), 255 if bright else 0, np.uint8)
        passed, control = self.stage.hear(
            replace(timestep, columns={**timestep.columns, FRONT: pixels})
        )
        self.passed += [passed] if passed else []
        self.controls += [control] if control else []
        return passed

    def passes(self, step: int, **fields: Any) -> TimeStep:
        """Let the body say something that is passed on, changed or not."""
        passed = self.say(step, **fields)
        assert passed is not None
        return passed

    def play(self, bright: Sequence[bool], **fields: Any) -> list[TimeStep]:
        """Run an episode without its end; returns what was passed on of it."""
        before = len(self.passed)
        for step, is_bright in enumerate(bright):
            self.say(step, bright=is_bright, **fields)
        return self.passed[before:]

    def phase(self, **fields: Any) -> TimeStep:
        """Let the body report."""
        return self.passes(-1, kind=Kind.PHASE, **fields)


@pytest.fixture
def rig(make_step: MakeStep) -> Rig:
    """Build a stage that ends an episode at the first bright picture."""
    return Rig(make_step)


def test_at_success_the_message_becomes_the_last(rig: Rig) -> None:
    """With reward, and the verdict left to the body."""
    last = rig.play([False, False, True])[-1]
    assert (last.kind, last.phase, last.verdict) == (Kind.LAST, Phase.DONE, Verdict.PENDING)
    assert (last.reward, last.done, last.success, last.truncated) == (1.0, True, True, False)
    assert last.end_reason is EndReason.SUCCESS


def test_the_body_is_told_which_episode_has_succeeded(rig: Rig) -> None:
    """One press; a late one is ignored for the next episode."""
    rig.play([False, True, True], episode=4)
    rig.play([False, True], episode=5)
    said = [(control.command, control.episode, control.seq) for control in rig.controls]
    assert said == [(Command.SUCCESS, 4, 0), (Command.SUCCESS, 5, 1)]


def test_what_the_body_still_does_in_that_episode_is_dropped(rig: Rig) -> None:
    """It learns of the end a step later."""
    rig.play([False, True])
    assert rig.say(2) is None
    assert rig.say(3, bright=True) is None


def test_the_bodys_verdict_follows_without_its_steps(rig: Rig) -> None:
    """LAST with `keep`, from a body that goes on by itself, becomes a PHASE with `keep`."""
    rig.play([False, True])
    verdict = rig.passes(
        2,
        kind=Kind.LAST,
        phase=Phase.RESETTING,
        verdict=Verdict.KEEP,
        end_reason=EndReason.SUCCESS,
        reward=1.0,
        done=True,
        success=True,
    )
    assert (verdict.kind, verdict.step, verdict.verdict) == (Kind.PHASE, -1, Verdict.KEEP)
    assert (verdict.reward, verdict.done, verdict.success) == (0.0, False, False)


def test_a_persons_verdict_passes(rig: Rig) -> None:
    """Kept after `next`, dropped after `rerecord`."""
    rig.play([False, True])
    rig.say(2, kind=Kind.LAST, phase=Phase.DONE, verdict=Verdict.PENDING)
    kept = rig.phase(phase=Phase.RESETTING, verdict=Verdict.KEEP)
    assert kept.verdict is Verdict.KEEP
    rig.play([False, True], episode=1)
    dropped = rig.phase(
        episode=1, phase=Phase.RESETTING, verdict=Verdict.DISCARD, end_reason=EndReason.RERECORD
    )
    assert dropped.verdict is Verdict.DISCARD


def test_a_stop_in_the_step_after_keeps_what_had_ended_here(rig: Rig) -> None:
    """The body was still running it, and discards what runs."""
    rig.play([False, True])
    over = rig.phase(
        phase=Phase.OVER, verdict=Verdict.DISCARD, end_reason=EndReason.STOP, run_over=True
    )
    assert (over.verdict, over.run_over) == (Verdict.KEEP, True)


def test_a_person_who_says_failure_meanwhile_has_the_episode_dropped(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever keeps it in the body."""
    rig.play([False, True])
    rig.say(
        2,
        kind=Kind.LAST,
        phase=Phase.DONE,
        verdict=Verdict.PENDING,
        end_reason=EndReason.FAILURE,
    )
    settled = rig.phase(phase=Phase.RESETTING, verdict=Verdict.KEEP)
    assert (settled.verdict, settled.end_reason) == (Verdict.DISCARD, EndReason.FAILURE)
    assert "a person said failure" in caplog.text


@pytest.mark.parametrize(("reason", "reward"), [(EndReason.SUCCESS, 1.0), (EndReason.FAILURE, 0.0)])
@pytest.mark.parametrize("bright", [False, True])
def test_what_a_person_says_at_the_end_stands(
    rig: Rig, reason: EndReason, reward: float, bright: bool
) -> None:
    """Whatever the classifier sees in that frame."""
    rig.play([False, False])
    last = rig.passes(
        2, bright=bright, kind=Kind.LAST, done=True, end_reason=reason, verdict=Verdict.KEEP
    )
    assert (last.reward, last.success, last.end_reason) == (reward, reward == 1.0, reason)
    assert last.verdict is Verdict.KEEP
    assert rig.controls == []


def test_success_in_the_last_frame_before_the_time_limit_counts(rig: Rig) -> None:
    """It terminates instead of being truncated; the body's verdict stays."""
    rig.play([False, False])
    last = rig.passes(
        2,
        bright=True,
        kind=Kind.LAST,
        truncated=True,
        end_reason=EndReason.TIME_LIMIT,
        verdict=Verdict.KEEP,
    )
    assert (last.done, last.truncated, last.reward) == (True, False, 1.0)
    assert (last.end_reason, last.verdict) == (EndReason.SUCCESS, Verdict.KEEP)


def test_the_bodys_own_reward_is_replaced(rig: Rig) -> None:
    """Also where it is higher."""
    rig.play([False])
    mid = rig.passes(1, reward=1.0, success=True)
    assert (mid.reward, mid.success) == (0.0, False)


def test_fewer_frames_in_a_row_than_asked_for_are_no_success(make_step: MakeStep) -> None:
    """A flicker ends nothing."""
    rig = Rig(make_step, config(consecutive=3))
    passed = rig.play([False, True, True, False, True, True, True])
    assert [t.kind for t in passed] == [Kind.FIRST, *[Kind.MID] * 5, Kind.LAST]
    assert [t.reward for t in passed] == [0.0] * 6 + [1.0]


def test_without_an_end_at_success_every_frame_is_labelled(make_step: MakeStep) -> None:
    """For recordings that go on."""
    rig = Rig(make_step, config(terminate=False, reward=2.0))
    passed = rig.play([False, False, True, True, False])
    assert [t.reward for t in passed] == [0.0, 0.0, 2.0, 2.0, 0.0]
    assert {t.kind for t in passed} == {Kind.FIRST, Kind.MID}
    assert rig.controls == []


def test_nothing_of_the_last_episode_reaches_the_next(make_step: MakeStep) -> None:
    """The count of frames in a row, and that it has ended."""
    rig = Rig(make_step, config(consecutive=2))
    rig.play([False, True])
    assert rig.play([False, True], episode=1)[-1].kind is Kind.MID


def test_a_listener_sees_no_gap(rig: Rig) -> None:
    """Of two episodes that were ended here."""
    assembler = FrameAssembler()
    for episode in (0, 1):
        rig.play([False, False, True], episode=episode)
        rig.say(3, episode=episode)
        rig.say(4, episode=episode, kind=Kind.LAST, verdict=Verdict.KEEP)
    frames = [assembler.push(timestep) for timestep in rig.passed]
    assert assembler.gaps == 0
    assert [f.is_last for f in frames if f is not None] == [False, True, False, True]


def test_episodes_successes_and_looks_are_counted(rig: Rig) -> None:
    """And in how many the body's own signal agreed."""
    rig.play([False, False])
    rig.say(2, bright=True, success=True)
    rig.play([False, True], episode=1)
    tally = rig.stage.tally
    assert (tally.episodes, tally.successes, tally.confirmed) == (2, 2, 1)
    assert len(tally.latencies_s) == 5


def test_features_of_a_step_go_on_with_it(rig: Rig) -> None:
    """A policy behind the stage finds them, also after a message over the wire."""
    passed = [*rig.play([False, True]), rig.phase(episode=0)]
    for timestep, value in zip(passed, (0.0, 255.0, 0.0), strict=True):
        again = TimeStep.from_arrow(*timestep.to_arrow())
        assert again.columns[FEATURES].dtype == np.float16
        assert again.columns[FEATURES].shape == (2, 1, 1)
        assert again.columns[FEATURES].max() == value
