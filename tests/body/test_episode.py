"""The life of an episode: every row of the table in `docs/design.md`."""

from typing import Any

import pytest

from dora_hil.body.episode import Advance, Do, EpisodeCycle, EpisodeRules
from dora_hil.stream.messages import Command
from dora_hil.stream.timestep import EndReason, Kind, Label, Phase, Verdict

CONFIRM = EpisodeRules(Advance.CONFIRM)
AUTO = EpisodeRules(Advance.AUTO)


def step(cycle: EpisodeCycle, **outcome: Any) -> Label:
    """Do one control period of a running episode."""
    do, _ = cycle.tick(ready=True)
    assert do is Do.STEP
    defaults: dict[str, Any] = {
        "reward": 0.0,
        "success": False,
        "out_of_bounds": False,
        "now_s": 100.0,
    }
    return cycle.stepped(**{**defaults, **outcome})


def running(rules: EpisodeRules = CONFIRM, steps: int = 2) -> EpisodeCycle:
    """Return a cycle in RUNNING after some steps of episode 0."""
    cycle = EpisodeCycle(rules)
    cycle.grant(0, seed=7)
    cycle.command(Command.NEXT, 0.0)
    assert cycle.tick(ready=True)[0] is Do.BEGIN
    for _ in range(steps):
        step(cycle)
    return cycle


def done() -> EpisodeCycle:
    """Return a cycle in DONE (confirm), ended by the task at t = 100 s."""
    cycle = running()
    step(cycle, success=True, reward=1.0)
    assert cycle.phase is Phase.DONE
    return cycle


def idle_label(cycle: EpisodeCycle, *, ready: bool = True) -> Label:
    """Tick outside RUNNING."""
    do, label = cycle.tick(ready=ready)
    assert do is Do.IDLE
    assert label is not None
    return label


class TestResetting:
    """Rows of RESETTING."""

    def test_a_tick_says_phase(self) -> None:
        """Viewers stay live."""
        assert idle_label(EpisodeCycle(CONFIRM)) == Label(Kind.PHASE, Phase.RESETTING)

    def test_auto_begins_as_soon_as_ready_and_granted(self) -> None:
        """FIRST of episode 0, step 0, with the granted seed."""
        cycle = EpisodeCycle(AUTO)
        cycle.grant(0, seed=7)
        assert cycle.tick(ready=True) == (Do.BEGIN, None)
        assert cycle.first() == Label(Kind.FIRST, Phase.RUNNING)
        assert (cycle.phase, cycle.episode, cycle.step, cycle.seed) == (Phase.RUNNING, 0, 0, 7)

    def test_nothing_begins_without_a_grant(self) -> None:
        """The run owner decides how many episodes there are."""
        cycle = EpisodeCycle(AUTO)
        assert idle_label(cycle).phase is Phase.RESETTING

    def test_nothing_begins_before_the_arm_is_ready(self) -> None:
        """Homing goes on one tick at a time."""
        cycle = EpisodeCycle(AUTO)
        cycle.grant(0, seed=7)
        assert idle_label(cycle, ready=False).phase is Phase.RESETTING

    def test_confirm_waits_for_next(self) -> None:
        """A person says when an episode begins."""
        cycle = EpisodeCycle(CONFIRM)
        cycle.grant(0, seed=7)
        idle_label(cycle)
        cycle.command(Command.NEXT, 0.0)
        assert cycle.tick(ready=True)[0] is Do.BEGIN

    def test_a_next_that_came_early_still_begins_the_episode(self) -> None:
        """Pressed while homing."""
        cycle = EpisodeCycle(CONFIRM)
        cycle.grant(0, seed=7)
        cycle.command(Command.NEXT, 0.0)
        idle_label(cycle, ready=False)
        assert cycle.tick(ready=True)[0] is Do.BEGIN

    def test_a_grant_is_used_once(self) -> None:
        """The same grant, said again, begins no second episode."""
        cycle = running(AUTO)
        step(cycle, success=True)
        cycle.grant(0, seed=7)
        assert idle_label(cycle).phase is Phase.RESETTING
        cycle.grant(1, seed=8)
        assert cycle.tick(ready=True)[0] is Do.BEGIN
        assert (cycle.episode, cycle.seed) == (1, 8)

    def test_success_and_failure_mean_nothing_there(self) -> None:
        """They do not linger into the next episode either."""
        cycle = EpisodeCycle(AUTO)
        cycle.command(Command.FAILURE, 0.0)
        cycle.grant(0, seed=7)
        cycle.tick(ready=True)
        assert step(cycle).kind is Kind.MID

    def test_rerecord_is_refused_with_a_pointer_to_the_command(self) -> None:
        """What is kept is kept."""
        cycle = EpisodeCycle(AUTO)
        label = cycle.command(Command.RERECORD, 0.0)
        assert label is not None
        assert label.verdict is Verdict.NONE
        assert "dora-hil delete" in label.note

    @pytest.mark.parametrize("reason", [EndReason.STOP, EndReason.FAULT])
    def test_the_end_of_the_run_is_said_at_once(self, reason: EndReason) -> None:
        """PHASE run_over, with nothing to keep."""
        label = EpisodeCycle(CONFIRM).end_run(reason)
        assert label == Label(Kind.PHASE, Phase.OVER, Verdict.NONE, reason, run_over=True)


class TestRunning:
    """Rows of RUNNING."""

    def test_a_tick_is_a_mid_step(self) -> None:
        """With the task's own reward."""
        cycle = running(steps=0)
        assert step(cycle, reward=0.25) == Label(Kind.MID, Phase.RUNNING, reward=0.25)
        assert cycle.step == 1

    def test_task_success_is_last_with_reward_and_done(self) -> None:
        """Terminated, not truncated."""
        label = step(running(), reward=1.0, success=True)
        assert (label.kind, label.end_reason) == (Kind.LAST, EndReason.SUCCESS)
        assert (label.reward, label.done, label.truncated, label.success) == (
            1.0,
            True,
            False,
            True,
        )

    def test_a_persons_success_acts_at_the_next_tick(self) -> None:
        """Reward 1 although the task did not notice."""
        cycle = running()
        assert cycle.command(Command.SUCCESS, 0.0) is None
        label = step(cycle, reward=0.0, success=False)
        assert (label.kind, label.end_reason) == (Kind.LAST, EndReason.SUCCESS)
        assert (label.reward, label.done, label.success) == (1.0, True, True)

    def test_after_success_n_more_steps_follow_at_reward_one(self) -> None:
        """The last of them is LAST."""
        cycle = running(EpisodeRules(steps_after_success=2))
        labels = [step(cycle, success=True), step(cycle), step(cycle)]
        assert [label.kind for label in labels] == [Kind.MID, Kind.MID, Kind.LAST]
        assert [label.reward for label in labels] == [1.0, 1.0, 1.0]
        assert [label.done for label in labels] == [False, False, True]
        assert all(label.success for label in labels)

    def test_terminate_on_success_false_goes_on(self) -> None:
        """The reward stays the task's own."""
        cycle = running(EpisodeRules(terminate_on_success=False))
        label = step(cycle, reward=1.0, success=True)
        assert (label.kind, label.reward, label.success) == (Kind.MID, 1.0, True)
        assert step(cycle, reward=0.0, success=False).reward == 0.0

    def test_failure_is_last_with_reward_zero_and_done(self) -> None:
        """Even where the task sees a success in the same step: the person has the last word."""
        cycle = running()
        cycle.command(Command.FAILURE, 0.0)
        label = step(cycle, reward=1.0, success=True)
        assert (label.kind, label.end_reason) == (Kind.LAST, EndReason.FAILURE)
        assert (label.reward, label.done, label.success) == (0.0, True, False)

    def test_out_of_bounds_is_last_with_reward_zero_and_done(self) -> None:
        """The task can no longer be solved."""
        label = step(running(), reward=0.5, out_of_bounds=True)
        assert (label.kind, label.end_reason) == (Kind.LAST, EndReason.OUT_OF_BOUNDS)
        assert (label.reward, label.done, label.truncated) == (0.0, True, False)

    def test_the_time_limit_truncates(self) -> None:
        """Not terminated: the value of the last state is not zero."""
        cycle = running(EpisodeRules(max_steps=3))
        label = step(cycle, reward=0.5)
        assert (label.kind, label.end_reason) == (Kind.LAST, EndReason.TIME_LIMIT)
        assert (label.reward, label.done, label.truncated) == (0.5, False, True)

    def test_next_truncates(self) -> None:
        """A person ends the episode without a judgement."""
        cycle = running()
        cycle.command(Command.NEXT, 0.0)
        label = step(cycle)
        assert (label.kind, label.end_reason) == (Kind.LAST, EndReason.OPERATOR)
        assert (label.done, label.truncated) == (False, True)

    def test_rerecord_discards_at_once(self) -> None:
        """No tick is waited for."""
        cycle = running()
        label = cycle.command(Command.RERECORD, 0.0)
        assert label is not None
        assert (label.kind, label.phase) == (Kind.PHASE, Phase.RESETTING)
        assert (label.verdict, label.end_reason) == (Verdict.DISCARD, EndReason.RERECORD)

    @pytest.mark.parametrize("reason", [EndReason.STOP, EndReason.FAULT])
    def test_the_end_of_the_run_discards_at_once(self, reason: EndReason) -> None:
        """Half an episode is none."""
        label = running().end_run(reason)
        assert label is not None
        assert (label.kind, label.phase, label.run_over) == (Kind.PHASE, Phase.OVER, True)
        assert (label.verdict, label.end_reason) == (Verdict.DISCARD, reason)
        assert "episode 0 discarded" in label.note

    def test_stop_is_a_command_too(self) -> None:
        """Esc."""
        label = running().command(Command.STOP, 0.0)
        assert label is not None
        assert (label.run_over, label.end_reason) == (True, EndReason.STOP)

    def test_a_command_for_another_episode_is_ignored(self) -> None:
        """A stale key press ends nothing."""
        cycle = running()
        cycle.command(Command.FAILURE, 0.0, episode=5)
        assert step(cycle).kind is Kind.MID

    def test_an_episode_of_fewer_than_two_frames_is_discarded_and_said(self) -> None:
        """It would poison a dataset."""
        cycle = running(steps=0)
        label = step(cycle, success=True)
        assert (label.kind, label.verdict) == (Kind.LAST, Verdict.DISCARD)
        assert label.phase is Phase.RESETTING
        assert "fewer than 2 frames" in label.note


class TestDoneConfirm:
    """Rows of DONE where a person confirms."""

    def test_last_has_verdict_pending(self) -> None:
        """A person has still to say."""
        label = step(running(), success=True)
        assert (label.verdict, label.phase) == (Verdict.PENDING, Phase.DONE)

    def test_a_tick_says_phase_pending(self) -> None:
        """Viewers stay live."""
        assert idle_label(done()) == Label(Kind.PHASE, Phase.DONE, Verdict.PENDING)

    def test_next_keeps(self) -> None:
        """And goes on to RESETTING."""
        cycle = done()
        cycle.command(Command.NEXT, 100.6)
        assert idle_label(cycle) == Label(Kind.PHASE, Phase.RESETTING, Verdict.KEEP)

    def test_next_is_ignored_for_half_a_second_after_an_automatic_end(self) -> None:
        """It was meant for the episode that had just ended by itself."""
        cycle = done()
        cycle.command(Command.NEXT, 100.4)
        assert idle_label(cycle).verdict is Verdict.PENDING

    def test_next_counts_at_once_after_an_end_by_a_person(self) -> None:
        """There is nothing to mistake."""
        cycle = running()
        cycle.command(Command.SUCCESS, 100.0)
        step(cycle)
        cycle.command(Command.NEXT, 100.1)
        assert idle_label(cycle).verdict is Verdict.KEEP

    def test_rerecord_discards(self) -> None:
        """At once."""
        cycle = done()
        label = cycle.command(Command.RERECORD, 100.1)
        assert label is not None
        assert (label.verdict, label.phase) == (Verdict.DISCARD, Phase.RESETTING)

    @pytest.mark.parametrize("reason", [EndReason.STOP, EndReason.FAULT])
    def test_the_end_of_the_run_keeps(self, reason: EndReason) -> None:
        """A finished episode is never lost."""
        label = done().end_run(reason)
        assert label is not None
        assert (label.kind, label.phase, label.run_over) == (Kind.PHASE, Phase.OVER, True)
        assert (label.verdict, label.end_reason) == (Verdict.KEEP, reason)
        assert "episode 0 kept" in label.note

    def test_success_and_failure_change_nothing_any_more(self) -> None:
        """LAST has been said."""
        cycle = done()
        cycle.command(Command.FAILURE, 200.0)
        assert idle_label(cycle) == Label(Kind.PHASE, Phase.DONE, Verdict.PENDING)

    def test_next_that_kept_does_not_begin_the_next_episode(self) -> None:
        """One press, one thing."""
        cycle = done()
        cycle.grant(1, seed=8)
        cycle.command(Command.NEXT, 101.0)
        idle_label(cycle)
        assert idle_label(cycle).phase is Phase.RESETTING


class TestTakingADiscardBack:
    """Rows of DONE where a discard is not final for 0.3 s: three ticks."""

    def discarding(self) -> EpisodeCycle:
        """Return a cycle in DONE whose episode was just discarded."""
        cycle = running(EpisodeRules(undo_s=0.3))
        step(cycle, success=True, reward=1.0)
        label = cycle.command(Command.RERECORD, 100.1)
        assert label is not None
        assert (label.kind, label.phase, label.verdict) == (
            Kind.PHASE,
            Phase.DONE,
            Verdict.PENDING,
        )
        assert label.discard_in_s == pytest.approx(0.3)
        assert "`next` keeps it after all" in label.note
        return cycle

    def test_it_is_final_after_a_while(self) -> None:
        """And the count goes down for people to see."""
        cycle = self.discarding()
        assert [idle_label(cycle).discard_in_s for _ in range(2)] == pytest.approx([0.2, 0.1])
        assert idle_label(cycle) == Label(
            Kind.PHASE, Phase.RESETTING, Verdict.DISCARD, EndReason.RERECORD
        )
        assert idle_label(cycle) == Label(Kind.PHASE, Phase.RESETTING)

    def test_next_keeps_it_after_all(self) -> None:
        """Also within the half second in which `next` is otherwise ignored: it is an answer."""
        cycle = self.discarding()
        cycle.command(Command.NEXT, 100.2)
        label = idle_label(cycle)
        assert label == Label(Kind.PHASE, Phase.RESETTING, Verdict.KEEP)
        assert label.note == "episode 0 kept after all"

    def test_a_second_rerecord_takes_it_back(self) -> None:
        """The verdict is open again, for as long as a person likes."""
        cycle = self.discarding()
        label = cycle.command(Command.RERECORD, 100.2)
        pending = Label(Kind.PHASE, Phase.DONE, Verdict.PENDING)
        assert label == pending
        assert [idle_label(cycle) for _ in range(10)] == [pending] * 10
        cycle.command(Command.NEXT, 200.0)
        assert idle_label(cycle).verdict is Verdict.KEEP

    def test_the_last_word_counts(self) -> None:
        """`next` and, before the tick, `rerecord`."""
        cycle = running(EpisodeRules(undo_s=0.1))
        step(cycle, success=True)
        cycle.command(Command.NEXT, 200.0)
        cycle.command(Command.RERECORD, 200.0)
        assert idle_label(cycle).verdict is Verdict.DISCARD

    def test_who_discards_and_stops_means_both(self) -> None:
        """The last attempt of the day."""
        label = self.discarding().command(Command.STOP, 100.3)
        assert label == Label(
            Kind.PHASE, Phase.OVER, Verdict.DISCARD, EndReason.RERECORD, run_over=True
        )

    def test_a_fault_keeps_what_was_not_yet_discarded(self) -> None:
        """Nobody has confirmed it."""
        label = self.discarding().end_run(EndReason.FAULT)
        assert label is not None
        assert (label.verdict, label.end_reason) == (Verdict.KEEP, EndReason.FAULT)

    def test_a_running_episode_is_discarded_at_once(self) -> None:
        """There is nothing finished to lose, and the arm goes home."""
        label = running(EpisodeRules(undo_s=0.3)).command(Command.RERECORD, 0.0)
        assert label is not None
        assert (label.phase, label.verdict) == (Phase.RESETTING, Verdict.DISCARD)


class TestDoneAuto:
    """Rows of DONE where nobody confirms."""

    def test_last_has_verdict_keep_and_resets(self) -> None:
        """No word is awaited."""
        label = step(running(AUTO), success=True)
        assert (label.kind, label.verdict, label.phase) == (
            Kind.LAST,
            Verdict.KEEP,
            Phase.RESETTING,
        )

    def test_the_next_granted_episode_begins_with_the_next_tick(self) -> None:
        """Nothing lies between LAST and FIRST."""
        cycle = running(AUTO)
        step(cycle, success=True)
        cycle.grant(1, seed=8)
        assert cycle.tick(ready=True)[0] is Do.BEGIN
        assert cycle.episode == 1


class TestOver:
    """Rows of OVER."""

    def test_a_tick_repeats_that_the_run_is_over(self) -> None:
        """For whoever missed it."""
        cycle = running()
        cycle.end_run(EndReason.STOP)
        assert idle_label(cycle) == Label(Kind.PHASE, Phase.OVER, run_over=True)

    @pytest.mark.parametrize("command", Command)
    def test_no_command_does_anything(self, command: Command) -> None:
        """Not even stop."""
        cycle = running()
        cycle.end_run(EndReason.STOP)
        assert cycle.command(command, 0.0) is None
        assert cycle.phase is Phase.OVER

    def test_the_run_ends_once(self) -> None:
        """A second reason is not published."""
        cycle = running()
        cycle.end_run(EndReason.STOP)
        assert cycle.end_run(EndReason.FAULT) is None


def test_a_person_who_is_waited_for_is_told_so_once() -> None:
    """Not on every tick."""
    cycle = EpisodeCycle(CONFIRM)
    cycle.grant(0, seed=7)
    notes = [idle_label(cycle).note for _ in range(3)]
    assert notes == ["ready: `next` begins an episode", "", ""]


def test_every_transition_is_told() -> None:
    """What began, how it ended, and what to press now."""
    cycle = running()
    assert cycle.first().note == "episode 0 begins, seed 7"
    label = step(cycle, success=True)
    assert label.note.startswith("episode 0 ended after 3 steps: success; `next` keeps it")
    cycle.command(Command.NEXT, 200.0)
    assert idle_label(cycle).note == "episode 0 kept"


def test_an_attempt_number_is_never_used_twice() -> None:
    """Neither after a discard nor after a keep."""
    cycle = running(AUTO)
    cycle.command(Command.RERECORD, 0.0)
    cycle.grant(1, seed=7)
    cycle.tick(ready=True)
    assert cycle.episode == 1
