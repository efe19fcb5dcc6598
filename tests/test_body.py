"""A body around a point-like arm."""

from typing import Any

import numpy as np
import pytest

from dora_hil.actions import ActionSpace
from dora_hil.body import Body, BodyConfig
from dora_hil.episode import Advance, EpisodeRules
from dora_hil.fake_environment import FakeEnvironment
from dora_hil.messages import Action, Command, Control, RunState, Status
from dora_hil.pace import LockstepGate
from dora_hil.takeover import Takeover
from dora_hil.timestep import EndReason, Kind, Phase, TimeStep, Verdict

KEYBOARD = "intervention_keyboard"


class Rig:
    """A body, its arm, and a clock of ticks."""

    def __init__(self, *, lockstep: tuple[str, ...] = (), **options: Any) -> None:
        """Grant one episode; `options` go to the arm, the rules and the config."""
        arm = {k: options.pop(k) for k in ("succeed_at_step", "leave_at_step") if k in options}
        config = {k: options.pop(k) for k in ("reset_time_s", "seed") if k in options}
        self.arm = FakeEnvironment(**arm)
        rules = EpisodeRules(**{"advance": Advance.AUTO, **options})
        self.body = Body(
            self.arm,
            BodyConfig(rules, tick_period_s=0.1, **config),
            Takeover([KEYBOARD], inputs_that_wait=lockstep),
            LockstepGate(lockstep),
        )
        self.now_s = 0.0
        self.grants = 0

    def grant(self, seed: int = 5) -> "Rig":
        """Grant one more episode."""
        self.body.receive_status(Status(RunState.GRANTED, grant=self.grants, seed=seed))
        self.grants += 1
        return self

    def tick(self) -> TimeStep | None:
        """Tick once; returns the message if there is one."""
        self.now_s += 0.1
        out = self.body.tick(self.now_s)
        assert len(out) <= 1
        return out[0] if out else None

    def step(self) -> TimeStep:
        """Tick once and expect a message."""
        timestep = self.tick()
        assert timestep is not None
        return timestep

    def answer(self, x: float, episode: int = 0, step: int = 0) -> None:
        """Let the policy answer."""
        value = np.array([x, 0, 0, 1], dtype=np.float32)
        self.body.receive_action("action", Action(value, ActionSpace.EE_DELTA, episode, step))

    def command(self, command: Command) -> list[TimeStep]:
        """Let a person press a button."""
        return self.body.receive_control(Control(command))


def test_the_first_message_of_an_episode_carries_the_seed_it_was_granted_with() -> None:
    """And the environment was placed by it."""
    rig = Rig().grant(seed=5)
    first = rig.step()
    assert (first.kind, first.episode, first.step, first.seed) == (Kind.FIRST, 0, 0, 5)
    assert rig.arm.seeds == [5]


def test_an_episode_granted_without_a_seed_gets_one_that_follows_from_its_number() -> None:
    """And says which."""
    rig = Rig(seed=40).grant(seed=-1)
    assert rig.step().seed == 40


def test_a_step_carries_the_action_that_was_executed_in_every_space() -> None:
    """Delta as commanded, absolute as integrated."""
    rig = Rig().grant()
    rig.step()
    rig.answer(1.0)
    mid = rig.step()
    assert (mid.kind, mid.step, mid.driver) == (Kind.MID, 1, "action")
    np.testing.assert_allclose(mid.actions["ee_delta"], [1, 0, 0, 1])
    np.testing.assert_allclose(mid.actions["ee_absolute"], [0.425, 0, 0.25, 1], atol=1e-6)


def test_a_body_steps_exactly_once_per_tick_whatever_the_others_do() -> None:
    """No answer comes at all."""
    rig = Rig().grant()
    steps = [rig.step().step for _ in range(10)]
    assert steps == list(range(10))


def test_a_step_without_an_answer_holds_and_counts_as_late() -> None:
    """The target stays where it was."""
    rig = Rig().grant()
    rig.step()
    mid = rig.step()
    assert (mid.driver, mid.late) == ("hold", 1)
    np.testing.assert_allclose(mid.actions["ee_delta"], [0, 0, 0, 1])


def test_a_clipped_action_says_so() -> None:
    """The safety layer shows its hand."""
    rig = Rig().grant()
    rig.step()
    value = np.array([9, 0, 0.2, 1], dtype=np.float32)
    rig.body.receive_action("action", Action(value, ActionSpace.EE_ABSOLUTE, 0, 0))
    assert rig.step().safety == "bounds"


def test_a_step_driven_by_a_person_is_an_intervention() -> None:
    """Labelled frame by frame."""
    rig = Rig().grant()
    rig.step()
    rig.answer(1.0)
    rig.body.receive_action(KEYBOARD, Action(np.array([0, 1, 0, 1], dtype=np.float32)))
    mid = rig.step()
    assert (mid.is_intervention, mid.driver) == (True, KEYBOARD)
    np.testing.assert_allclose(mid.actions["ee_delta"], [0, 1, 0, 1])


def test_missed_ticks_are_counted_from_the_ticks_own_timestamps() -> None:
    """Two that never came."""
    rig = Rig().grant()
    rig.step()
    rig.now_s += 0.2
    assert rig.step().missed_ticks == 2


def test_an_action_in_an_unknown_space_ends_the_run_as_a_fault() -> None:
    """And says what is accepted."""
    rig = Rig().grant()
    rig.step()
    value = np.zeros(7, dtype=np.float32)
    rig.body.receive_action("action", Action(value, ActionSpace.JOINT, 0, 0))
    report = rig.step()
    assert (report.kind, report.run_over) == (Kind.PHASE, True)
    assert (report.verdict, report.end_reason) == (Verdict.DISCARD, EndReason.FAULT)
    assert "accepted: ee_delta, ee_absolute" in rig.body.fault


def test_people_may_drive_between_episodes_and_policies_may_not() -> None:
    """A velocity moves the arm, an answer does not."""
    rig = Rig()
    rig.answer(1.0)
    rig.step()
    rig.body.receive_action(KEYBOARD, Action(np.array([0, 1, 0, 1], dtype=np.float32)))
    rig.step()
    np.testing.assert_allclose(
        [value for _, value in rig.arm.executed], [[0, 0, 0, 1], [0, 1, 0, 1]]
    )


def test_what_is_driven_between_episodes_is_no_action_and_no_intervention() -> None:
    """PHASE is never recorded."""
    rig = Rig()
    rig.body.receive_action(KEYBOARD, Action(np.array([0, 1, 0, 1], dtype=np.float32)))
    phase = rig.step()
    assert phase.kind is Kind.PHASE
    assert not phase.is_intervention
    assert phase.to_arrow()[0].field("action.ee_delta").flatten().to_numpy() == pytest.approx(
        [np.nan] * 4, nan_ok=True
    )


def test_the_target_is_held_while_a_person_decides() -> None:
    """DONE: nobody drives."""
    rig = Rig(advance=Advance.CONFIRM, succeed_at_step=2).grant()
    rig.command(Command.NEXT)
    for _ in range(3):
        rig.step()
    rig.body.receive_action(KEYBOARD, Action(np.array([0, 1, 0, 1], dtype=np.float32)))
    assert rig.step().verdict is Verdict.PENDING
    np.testing.assert_allclose(rig.arm.executed[-1][1], [0, 0, 0, 1])


def test_the_next_episode_begins_with_the_tick_after_the_last() -> None:
    """Where it is granted already and no reset time is asked for."""
    rig = Rig(succeed_at_step=2).grant().grant()
    kinds = []
    for _ in range(4):
        timestep = rig.step()
        kinds.append((timestep.kind, timestep.episode, timestep.verdict))
        rig.grant()
    assert kinds == [
        (Kind.FIRST, 0, Verdict.NONE),
        (Kind.MID, 0, Verdict.NONE),
        (Kind.LAST, 0, Verdict.KEEP),
        (Kind.FIRST, 1, Verdict.NONE),
    ]


def test_reset_time_is_spent_in_the_arms_own_time() -> None:
    """0.3 s at 0.1 s a step is three ticks, however fast the clock is."""
    rig = Rig(reset_time_s=0.3).grant()
    assert [rig.step().kind for _ in range(4)] == [Kind.PHASE] * 3 + [Kind.FIRST]


def test_rerecord_is_reported_without_waiting_for_a_tick() -> None:
    """PHASE discard, at once."""
    rig = Rig().grant()
    rig.step()
    (report,) = rig.command(Command.RERECORD)
    assert (report.kind, report.step, report.verdict) == (Kind.PHASE, -1, Verdict.DISCARD)


def test_the_owners_over_ends_the_run() -> None:
    """Whatever is running is discarded."""
    rig = Rig().grant()
    rig.step()
    (report,) = rig.body.receive_status(Status(RunState.OVER))
    assert (report.phase, report.run_over, report.verdict) == (Phase.OVER, True, Verdict.DISCARD)


def test_in_lockstep_a_tick_waits_for_the_answer() -> None:
    """And steps as soon as it is there, without another tick."""
    rig = Rig(lockstep=("action",)).grant()
    assert rig.step().kind is Kind.FIRST
    assert rig.tick() is None
    rig.answer(1.0)
    (mid,) = rig.body.advance()
    assert (mid.step, mid.late) == (1, 0)


def test_in_lockstep_an_answer_alone_does_not_step() -> None:
    """Time is the tick's."""
    rig = Rig(lockstep=("action",)).grant()
    rig.step()
    rig.answer(1.0)
    assert rig.body.advance() == []


def test_in_lockstep_nobody_is_waited_for_once_a_stage_has_ended_the_episode() -> None:
    """For everyone behind it: nobody is left to answer, and nobody is late. The next one waits."""
    rig = Rig(lockstep=("action",)).grant()
    rig.step()
    assert rig.tick() is None
    rig.body.receive_control(Control(Command.SUCCESS, episode=0, unanswered=True))
    (ended,) = rig.body.advance()
    assert (ended.kind, ended.step, ended.end_reason) == (Kind.LAST, 1, EndReason.SUCCESS)
    assert (ended.driver, ended.late) == ("hold", 0)
    rig.grant().step()
    assert rig.tick() is None


def test_in_lockstep_a_persons_word_waits_for_the_answer_too() -> None:
    """A replayed episode ends by a key, and its last action counts."""
    rig = Rig(lockstep=("action",)).grant()
    rig.step()
    rig.command(Command.SUCCESS)
    assert rig.tick() is None
    rig.answer(1.0)
    (ended,) = rig.body.advance()
    assert (ended.kind, ended.driver) == (Kind.LAST, "action")
