"""The evaluator on the stream of a real body."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest
from eval_rig import BlockArm, EvalRig, ScriptedPolicy

from dora_hil.body.episode import Advance
from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.frames import Frame
from dora_hil.stream.messages import Command, RunState
from dora_hil.stream.timestep import EndReason, Kind, Phase, TimeStep, Verdict
from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.dataset.features import FeatureError
from lerobot_node.policy.pilot import NotFiniteError


@dataclass
class Ledger:
    """A sink that notes what it is told.

    Attributes:
        kept, discarded: how many frames each episode had.
    """

    kept: list[int] = field(default_factory=list)
    discarded: list[int] = field(default_factory=list)
    _frames: int | None = None

    def begin(self, first: TimeStep, space: ActionSpace) -> None:
        """Open an episode."""
        assert self._frames is None, "the episode before was neither kept nor discarded"
        assert first.kind is Kind.FIRST
        assert space is ActionSpace.EE_ABSOLUTE
        self._frames = 0

    def add(self, frame: Frame) -> None:
        """Count a frame."""
        assert self._frames is not None, "a frame outside an episode"
        self._frames += 1

    def keep(self, record: EpisodeRecord) -> None:
        """Close the episode."""
        assert self._frames is not None, "there is nothing to keep"
        self.kept.append(self._frames)
        self._frames = None

    def discard(self) -> None:
        """Close the episode without it."""
        assert self._frames is not None, "there is nothing to discard"
        self.discarded.append(self._frames)
        self._frames = None

    def close(self) -> str:
        """Do nothing."""
        return ""


def outcomes(rig: EvalRig) -> list[tuple[int, int, str, bool]]:
    """Return seed, length, end and success of each record."""
    return [(r.seed, r.length, r.end_reason, r.success) for r in rig.evaluator.records]


def at(episode: int, step: int) -> Callable[[TimeStep], bool]:
    """Recognise a step."""
    return lambda timestep: (timestep.episode, timestep.step) == (episode, step)


def pending(seeds: Sequence[int]) -> EvalRig:
    """Return a run whose first episode, of three steps, awaits a person's verdict."""
    rig = EvalRig(seeds, advance=Advance.CONFIRM).tick().command(Command.NEXT)
    rig.run_to(at(0, 2)).command(Command.NEXT)
    return rig.run_to(lambda t: t.verdict is Verdict.PENDING)


def test_every_seed_is_evaluated_once_in_order() -> None:
    """Then the run is over, and nothing more is granted."""
    rig = EvalRig([7, 3, 7]).run()
    assert rig.granted == [7, 3, 7]
    assert outcomes(rig) == [(seed, 6, "time_limit", False) for seed in (7, 3, 7)]
    over = rig.evaluator.over()
    assert (over.state, over.ok, over.role) == (RunState.OVER, True, "evaluator")
    assert (over.saved, over.target) == (3, 3)


def test_the_last_word_says_what_it_came_to() -> None:
    """To those who look at the console's page; a fault comes first."""
    rig = EvalRig([7, 3], outcome=lambda records, wanted: f"{len(records)} of {wanted}").run()
    assert rig.evaluator.over().message == "2 of 2"
    assert rig.evaluator.over("the disk is gone").message == "the disk is gone"


def test_nothing_is_granted_before_the_body_has_said_what_it_is() -> None:
    """A policy that does not fit must not move it."""
    rig = EvalRig()
    assert list(rig.evaluator.statuses()) == []
    rig.tick()
    assert rig.granted == [7]


@pytest.mark.parametrize(
    ("arm", "reason"),
    [
        (BlockArm(succeed_at_step=3), EndReason.SUCCESS),
        (BlockArm(leave_at_step=3), EndReason.OUT_OF_BOUNDS),
    ],
)
def test_what_the_body_says_of_an_episode_is_its_result(arm: BlockArm, reason: EndReason) -> None:
    """Success is the task's own."""
    rig = EvalRig([7], arm=arm).run()
    assert outcomes(rig) == [(7, 3, reason, reason is EndReason.SUCCESS)]


def test_every_step_is_answered_and_the_answers_are_executed() -> None:
    """In lockstep none is late; an answer names its step, its space and its observation."""
    rig = EvalRig([7]).run()
    assert [(a.episode, a.step) for a in rig.actions] == [(0, step) for step in range(6)]
    assert {a.space for a in rig.actions} == {ActionSpace.EE_ABSOLUTE}
    executed = [t for t in rig.published if t.kind in (Kind.MID, Kind.LAST)]
    assert {t.telemetry.driver for t in executed} == {"action"}
    assert rig.evaluator.records[0].late == 0
    assert executed[2].actions["ee_absolute"] == pytest.approx(rig.actions[2].value)
    seen_ns = [t.t_capture_ns for t in rig.published if t.kind in (Kind.FIRST, Kind.MID)]
    assert [a.t_obs_ns for a in rig.actions] == seen_ns


def test_a_body_that_does_not_fit_is_granted_nothing() -> None:
    """It is refused at its first message."""
    rig = EvalRig(arm=BlockArm(control_dt_s=0.04))
    with pytest.raises(FeatureError, match="fps: the policy has 10, the body steps at 25 Hz"):
        rig.tick()
    assert (rig.statuses, rig.actions) == ([], [])


def test_an_episode_that_a_person_discards_is_evaluated_again() -> None:
    """With the same seed; only its last attempt counts."""
    ledger = Ledger()
    rig = EvalRig([7, 8], [ledger]).run_to(at(0, 3)).command(Command.RERECORD).run()
    assert rig.granted == [7, 7, 8]
    assert [(r.seed, r.attempt, r.length) for r in rig.evaluator.records] == [(7, 1, 6), (8, 2, 6)]
    assert (ledger.kept, ledger.discarded) == ([6, 6], [3])


def test_an_episode_that_awaits_a_persons_verdict_counts_when_it_has_it() -> None:
    """Neither before nor twice."""
    rig = pending([7, 8]).tick(3)
    assert (rig.evaluator.records, rig.granted) == ([], [7])
    rig.command(Command.NEXT).tick()
    assert outcomes(rig) == [(7, 3, "operator", False)]
    assert rig.granted == [7, 8]


def test_a_finished_episode_that_a_person_discards_is_evaluated_again() -> None:
    """It had not been counted."""
    rig = pending([7]).command(Command.RERECORD)
    assert (rig.evaluator.records, rig.granted) == ([], [7, 7])


def test_an_episode_is_granted_once_however_long_the_body_takes_to_begin_it() -> None:
    """What it says meanwhile is about the one before."""
    rig = EvalRig([7, 8], advance=Advance.CONFIRM).tick(5)
    assert rig.granted == [7]
    rig.command(Command.NEXT).run_to(at(0, 2)).command(Command.NEXT).tick()
    rig.command(Command.NEXT).tick(5)
    assert rig.granted == [7, 8]


def test_a_kept_episode_whose_end_was_lost_is_evaluated_again() -> None:
    """On a body that waits for confirmation: how it ended was in the message that was lost."""
    rig = EvalRig([7], advance=Advance.CONFIRM).tick().command(Command.NEXT)
    rig.loses = lambda t: t.kind is Kind.LAST
    rig.run_to(at(0, 2)).command(Command.NEXT).tick().command(Command.NEXT).tick()
    assert Verdict.KEEP in [t.verdict for t in rig.published]
    assert (rig.evaluator.records, rig.granted) == ([], [7, 7])


def test_an_episode_of_a_single_step_counts_as_what_it_was() -> None:
    """The body discards it, for it cannot be recorded; another would end like it."""
    ledger = Ledger()
    rig = EvalRig([7, 8], [ledger], arm=BlockArm(succeed_at_step=1)).run()
    assert rig.granted == [7, 8]
    assert outcomes(rig) == [(7, 1, "success", True), (8, 1, "success", True)]
    assert (ledger.kept, ledger.discarded) == ([], [1, 1])


@pytest.mark.parametrize("advance_by", [1, 3])
def test_an_episode_with_a_hole_counts_but_is_neither_filmed_nor_recorded(
    advance_by: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Its end is known; its frames are not. Shown, as every hole is."""
    ledger = Ledger()
    rig = EvalRig([7, 8], [ledger])
    rig.loses = lambda t: t.episode == 0 and 2 <= t.step < 2 + advance_by
    rig.run()
    assert outcomes(rig) == [(7, 6, "time_limit", False), (8, 6, "time_limit", False)]
    assert (ledger.kept, len(ledger.discarded)) == ([6], 1)
    assert "episode 1: message(s) missing" in caplog.text


@pytest.mark.parametrize("kind", [Kind.FIRST, Kind.LAST])
def test_an_episode_without_its_beginning_or_its_end_is_evaluated_again(kind: Kind) -> None:
    """Nothing is known of how it went."""
    ledger = Ledger()
    rig = EvalRig([7, 8], [ledger])
    rig.loses = lambda t: t.episode == 0 and t.kind is kind
    rig.run()
    assert rig.granted == [7, 7, 8]
    assert [(r.seed, r.attempt) for r in rig.evaluator.records] == [(7, 1), (8, 2)]
    assert ledger.kept == [6, 6]


def test_a_person_who_drives_marks_the_episode() -> None:
    """By the steps that were theirs; the policy begins anew when they hand back."""
    rig = EvalRig([7])
    rig.takes_over = lambda t: t.phase is Phase.RUNNING and t.step in (1, 2)
    [record] = rig.run().evaluator.records
    assert (record.interventions, record.length) == (2, 6)
    drivers = [t.telemetry.driver for t in rig.published if t.kind in (Kind.MID, Kind.LAST)]
    assert [driver == "action" for driver in drivers] == [True, False, False, True, True, True]
    assert len(rig.policy.resets) == 3


def test_a_helped_success_is_said_to_be_left_out(caplog: pytest.LogCaptureFixture) -> None:
    """And not counted among those so far."""
    caplog.set_level("INFO", "lerobot_node")
    rig = EvalRig([7, 8], arm=BlockArm(succeed_at_step=4))
    rig.takes_over = lambda t: at(0, 1)(t)
    rig.run()
    # The body speaks too, where an earlier test has left the root logger open.
    said = [r.getMessage() for r in caplog.records if r.name == "lerobot_node.evaluate.evaluator"]
    assert said == [
        "episode 1 of 2, seed 7: success after 4 steps, with a person's help: left out; "
        "0 of 0 so far",
        "episode 2 of 2, seed 8: success after 4 steps; 1 of 1 so far",
    ]


def test_the_policy_is_told_the_sentence_of_the_evaluation() -> None:
    """The body says it with every step."""
    rig = EvalRig([7], task="lift it").run()
    assert {t.spec.task for t in rig.published if t.kind is not Kind.PHASE} == {"lift it"}
    assert rig.evaluator.task == "lift it"


def test_enough_corrections_end_the_run() -> None:
    """Seeds that the policy solves alone do not count for it."""
    rig = EvalRig([7, 8, 9, 10], corrections=2)
    rig.takes_over = lambda t: t.phase is Phase.RUNNING and t.episode > 0 and t.step == 1
    records = rig.run().evaluator.records
    assert [record.interventions for record in records] == [0, 1, 1]
    assert rig.granted == [7, 8, 9]


def test_a_person_can_end_the_run_and_what_was_evaluated_counts(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """That is no failure; the episode that was cut off is none, and not said to be repeated."""
    caplog.set_level("INFO", "lerobot_node")
    ledger = Ledger()
    rig = EvalRig([7, 8, 9], [ledger]).run_to(at(1, 2)).command(Command.STOP)
    assert rig.evaluator.is_over
    assert outcomes(rig) == [(7, 6, "time_limit", False)]
    assert rig.granted == [7, 8]
    over = rig.evaluator.over()
    assert (over.ok, over.message, over.saved) == (True, "", 1)
    assert (ledger.kept, ledger.discarded) == ([6], [2])
    assert "again" not in caplog.text
    assert "seed 8: not evaluated, stop" in caplog.text


def test_a_fault_of_the_body_is_said() -> None:
    """The episode does not count. A later failure is nearer to the cause than the fault."""
    rig = EvalRig([7]).run_to(at(0, 2)).fault()
    over = rig.evaluator.over()
    assert rig.evaluator.is_over
    assert (over.ok, over.message, over.saved) == (False, "the body had a fault", 0)
    assert rig.evaluator.over("the disk is gone").message == "the disk is gone"


@pytest.mark.parametrize(("expected", "message"), [(True, ""), (False, "the body ended before")])
def test_a_body_that_vanishes_is_an_error_unless_all_was_stopped(
    expected: bool, message: str
) -> None:
    """Dora says STOP first."""
    rig = EvalRig().run_to(at(0, 2))
    rig.evaluator.stream_ended(expected=expected)
    assert rig.evaluator.is_over
    assert rig.evaluator.over().message.startswith(message)
    assert rig.evaluator.over().ok is expected


def test_a_body_that_leaves_after_the_last_episode_is_no_error() -> None:
    """Nothing more was wanted of it."""
    rig = EvalRig([7]).run()
    rig.evaluator.stream_ended(expected=False)
    assert rig.evaluator.over().ok


def test_an_action_that_is_no_number_is_not_sent_and_the_records_stay() -> None:
    """The first episode was good."""
    rig = EvalRig([7, 8], policy=ScriptedPolicy(breaks_at=8))
    with pytest.raises(NotFiniteError, match=r"at step 2 of episode 1 is not finite: \[nan, 0\.0"):
        rig.run()
    assert (rig.actions[-1].episode, rig.actions[-1].step) == (1, 1)
    assert [r.seed for r in rig.evaluator.records] == [7]


def test_nothing_is_answered_when_all_seeds_are_evaluated() -> None:
    """The last message carries the verdict; what a body may still send is nobody's business."""
    rig = EvalRig([7]).run()
    answers: Sequence[object] = [rig.evaluator.answer(t) for t in rig.published]
    assert set(answers) == {None}
