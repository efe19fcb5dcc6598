"""The life of an episode: every row of the table in `docs/design.md`."""

from collections.abc import Callable
from typing import Any

import pytest

from dora_hil.body.episode import Advance, Do, EpisodeCycle, EpisodeRules
from dora_hil.stream.messages import Command
from dora_hil.stream.timestep import EndReason, Kind, Label, Phase, Verdict

CONFIRM = EpisodeRules(Advance.CONFIRM)
AUTO = EpisodeRules(Advance.AUTO)
UNDO = EpisodeRules(undo_s=0.3)
"""Three ticks."""

KEPT = Label(Kind.PHASE, Phase.RESETTING, Verdict.KEEP)
PENDING = Label(Kind.PHASE, Phase.DONE, Verdict.PENDING)
DISCARDED = Label(Kind.PHASE, Phase.RESETTING, Verdict.DISCARD, EndReason.RERECORD)


def step(cycle: EpisodeCycle, **outcome: Any) -> Label:
    """Do one control period of a running episode, at t = 100 s."""
    do, _ = cycle.tick(ready=True)
    assert do is Do.STEP
    defaults: dict[str, Any] = {
        "reward": 0.0,
        "success": False,
        "out_of_bounds": False,
        "now_s": 100.0,
    }
    return cycle.stepped(**{**defaults, **outcome})


def granted(rules: EpisodeRules = CONFIRM) -> EpisodeCycle:
    """Return a cycle in RESETTING to which an episode is granted."""
    cycle = EpisodeCycle(rules)
    cycle.grant(0, seed=7)
    return cycle


def running(rules: EpisodeRules = CONFIRM, steps: int = 2) -> EpisodeCycle:
    """Return a cycle in RUNNING after some steps of episode 0."""
    cycle = granted(rules)
    cycle.command(Command.NEXT, 0.0)
    assert cycle.tick(ready=True)[0] is Do.BEGIN
    for _ in range(steps):
        step(cycle)
    return cycle


def done(rules: EpisodeRules = CONFIRM) -> EpisodeCycle:
    """Return a cycle in DONE (confirm), ended by the task at t = 100 s."""
    cycle = running(rules)
    step(cycle, success=True, reward=1.0)
    assert cycle.phase is Phase.DONE
    return cycle


def idle_label(cycle: EpisodeCycle, *, ready: bool = True) -> Label:
    """Tick outside RUNNING."""
    do, label = cycle.tick(ready=ready)
    assert do is Do.IDLE
    assert label is not None
    return label


def answered(cycle: EpisodeCycle, command: Command, now_s: float = 0.0) -> Label:
    """Give a command that is answered at once."""
    label = cycle.command(command, now_s)
    assert label is not None
    return label


class TestResetting:
    """Rows of RESETTING."""

    def test_a_tick_says_phase(self) -> None:
        """Viewers stay live."""
        assert idle_label(EpisodeCycle(CONFIRM)) == Label(Kind.PHASE, Phase.RESETTING)

    def test_auto_begins_as_soon_as_granted_and_ready(self) -> None:
        """FIRST of episode 0, step 0, with the granted seed; homing goes on a tick at a time."""
        cycle = EpisodeCycle(AUTO)
        assert idle_label(cycle).phase is Phase.RESETTING
        cycle.grant(0, seed=7)
        assert idle_label(cycle, ready=False).phase is Phase.RESETTING
        assert cycle.tick(ready=True) == (Do.BEGIN, None)
        assert cycle.first() == Label(Kind.FIRST, Phase.RUNNING)
        assert (cycle.phase, cycle.episode, cycle.step, cycle.seed) == (Phase.RUNNING, 0, 0, 7)

    def test_confirm_waits_for_next(self) -> None:
        """A person says when an episode begins; also one who has said so while homing."""
        cycle = granted(CONFIRM)
        idle_label(cycle)
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
        cycle = granted(AUTO)
        cycle.command(Command.FAILURE, 0.0)
        cycle.tick(ready=True)
        assert step(cycle).kind is Kind.MID

    def test_rerecord_is_refused_with_a_pointer_to_the_command(self) -> None:
        """What is kept is kept."""
        label = answered(EpisodeCycle(AUTO), Command.RERECORD)
        assert label.verdict is Verdict.NONE
        assert "dora-hil delete" in label.note


def last(reason: EndReason, **outcome: Any) -> Label:
    """Return the label of a last step that a person has still to judge."""
    return Label(Kind.LAST, Phase.DONE, Verdict.PENDING, reason, **outcome)


SUCCESS = last(EndReason.SUCCESS, reward=1.0, done=True, success=True)


class TestRunning:
    """Rows of RUNNING."""

    def test_a_tick_is_a_mid_step(self) -> None:
        """With the task's own reward."""
        cycle = running(steps=0)
        assert step(cycle, reward=0.25) == Label(Kind.MID, Phase.RUNNING, reward=0.25)
        assert cycle.step == 1

    @pytest.mark.parametrize(
        ("rules", "command", "outcome", "label"),
        [
            # Terminated, not truncated.
            (CONFIRM, None, {"reward": 1.0, "success": True}, SUCCESS),
            # Reward 1 although the task did not notice.
            (CONFIRM, Command.SUCCESS, {}, SUCCESS),
            # The person has the last word over what the task sees in the same step.
            (
                CONFIRM,
                Command.FAILURE,
                {"reward": 1.0, "success": True},
                last(EndReason.FAILURE, done=True),
            ),
            # The task can no longer be solved.
            (
                CONFIRM,
                None,
                {"reward": 0.5, "out_of_bounds": True},
                last(EndReason.OUT_OF_BOUNDS, done=True),
            ),
            # Not terminated: the value of the last state is not zero.
            (
                EpisodeRules(max_steps=3),
                None,
                {"reward": 0.5},
                last(EndReason.TIME_LIMIT, reward=0.5, truncated=True),
            ),
            # A person ends the episode without a judgement.
            (CONFIRM, Command.NEXT, {}, last(EndReason.OPERATOR, truncated=True)),
            # Where nobody confirms, no word is awaited.
            (
                AUTO,
                None,
                {"success": True},
                Label(
                    Kind.LAST,
                    Phase.RESETTING,
                    Verdict.KEEP,
                    EndReason.SUCCESS,
                    reward=1.0,
                    done=True,
                    success=True,
                ),
            ),
        ],
    )
    def test_an_episode_ends(
        self, rules: EpisodeRules, command: Command | None, outcome: dict[str, Any], label: Label
    ) -> None:
        """At the next tick, whoever ends it, with reward and flags that say how."""
        cycle = running(rules)
        if command:
            assert cycle.command(command, 0.0) is None
        assert step(cycle, **outcome) == label

    def test_after_success_n_more_steps_follow_at_reward_one(self) -> None:
        """The last of them is LAST."""
        cycle = running(EpisodeRules(steps_after_success=2))
        labels = [step(cycle, success=True), step(cycle), step(cycle)]
        assert labels == [Label(Kind.MID, Phase.RUNNING, reward=1.0, success=True)] * 2 + [SUCCESS]

    def test_terminate_on_success_false_goes_on(self) -> None:
        """The reward stays the task's own."""
        cycle = running(EpisodeRules(terminate_on_success=False))
        label = step(cycle, reward=1.0, success=True)
        assert (label.kind, label.reward, label.success) == (Kind.MID, 1.0, True)
        assert step(cycle, reward=0.0, success=False).reward == 0.0

    def test_stop_is_a_command_too(self) -> None:
        """Esc."""
        label = answered(running(), Command.STOP)
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


@pytest.mark.parametrize(
    "make",
    [
        running,
        done,
        # There is nothing finished that could be taken back, and the arm goes home.
        lambda: running(UNDO),
    ],
)
def test_rerecord_discards_at_once(make: Callable[[], EpisodeCycle]) -> None:
    """No tick is waited for."""
    assert answered(make(), Command.RERECORD, 100.1) == DISCARDED


class TestDoneConfirm:
    """Rows of DONE where a person confirms."""

    def test_a_tick_says_phase_pending(self) -> None:
        """Viewers stay live; success and failure change nothing, for LAST has been said."""
        cycle = done()
        assert idle_label(cycle) == PENDING
        cycle.command(Command.FAILURE, 200.0)
        assert idle_label(cycle) == PENDING

    @pytest.mark.parametrize(
        ("ended_by", "next_s", "label"),
        [
            (None, 100.6, KEPT),
            # It was meant for the episode that had just ended by itself.
            (None, 100.4, PENDING),
            # After an end by a person there is nothing to mistake.
            (Command.SUCCESS, 100.1, KEPT),
        ],
    )
    def test_next_keeps_unless_it_comes_within_half_a_second_of_an_automatic_end(
        self, ended_by: Command | None, next_s: float, label: Label
    ) -> None:
        """And goes on to RESETTING."""
        cycle = running()
        if ended_by:
            cycle.command(ended_by, 100.0)
        step(cycle, success=ended_by is None)
        cycle.command(Command.NEXT, next_s)
        assert idle_label(cycle) == label

    def test_next_that_kept_does_not_begin_the_next_episode(self) -> None:
        """One press, one thing."""
        cycle = done()
        cycle.grant(1, seed=8)
        cycle.command(Command.NEXT, 101.0)
        idle_label(cycle)
        assert idle_label(cycle).phase is Phase.RESETTING


class TestTakingADiscardBack:
    """Rows of DONE where a discard is not final for a while."""

    def discarding(self) -> EpisodeCycle:
        """Return a cycle in DONE whose episode was just discarded."""
        cycle = done(UNDO)
        label = answered(cycle, Command.RERECORD, 100.1)
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
        assert idle_label(cycle) == DISCARDED
        assert idle_label(cycle) == Label(Kind.PHASE, Phase.RESETTING)

    def test_next_keeps_it_after_all(self) -> None:
        """Also within the half second in which `next` is otherwise ignored: it is an answer."""
        cycle = self.discarding()
        cycle.command(Command.NEXT, 100.2)
        label = idle_label(cycle)
        assert label == KEPT
        assert label.note == "episode 0 kept after all"

    def test_a_second_rerecord_takes_it_back(self) -> None:
        """The verdict is open again, for as long as a person likes."""
        cycle = self.discarding()
        assert cycle.command(Command.RERECORD, 100.2) == PENDING
        assert [idle_label(cycle) for _ in range(10)] == [PENDING] * 10
        cycle.command(Command.NEXT, 200.0)
        assert idle_label(cycle) == KEPT

    def test_the_last_word_counts(self) -> None:
        """`next` and, before the tick, `rerecord`."""
        cycle = done(EpisodeRules(undo_s=0.1))
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


@pytest.mark.parametrize("reason", [EndReason.STOP, EndReason.FAULT])
@pytest.mark.parametrize(
    ("make", "verdict", "note"),
    [
        (lambda: EpisodeCycle(CONFIRM), Verdict.NONE, ""),
        # Half an episode is none.
        (running, Verdict.DISCARD, "episode 0 discarded"),
        # A finished episode is never lost.
        (done, Verdict.KEEP, "episode 0 kept"),
    ],
)
def test_the_end_of_the_run_is_said_at_once_and_once(
    make: Callable[[], EpisodeCycle], verdict: Verdict, note: str, reason: EndReason
) -> None:
    """A tick repeats it for whoever missed it; no second reason and no command does anything."""
    cycle = make()
    label = cycle.end_run(reason)
    assert label == Label(Kind.PHASE, Phase.OVER, verdict, reason, run_over=True)
    assert label.note.startswith(note)
    assert cycle.end_run(EndReason.FAULT) is None
    assert [cycle.command(command, 0.0) for command in Command] == [None] * len(Command)
    assert idle_label(cycle) == Label(Kind.PHASE, Phase.OVER, run_over=True)


def test_a_person_who_is_waited_for_is_told_so_once() -> None:
    """Not on every tick."""
    cycle = granted(CONFIRM)
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
