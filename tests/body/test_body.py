"""A body around a point-like arm."""

from typing import Any, Self

import numpy as np
import pytest

from dora_hil.body.body import Body, BodyConfig
from dora_hil.body.episode import Advance, EpisodeRules
from dora_hil.body.pace import LockstepGate
from dora_hil.body.takeover import Takeover
from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.messages import Action, Command, Control, RunState, Status
from dora_hil.stream.timestep import EndReason, Kind, Phase, TimeStep, Verdict
from dora_hil.testing.fake_environment import FakeEnvironment
from dora_hil.testing.fake_robot import HOME_XYZ_M, FakeRobot

KEYBOARD = "intervention_keyboard"
AWAY_XYZ_M = (0.4, 0.1, 0.25)
AT_ONCE_S = 1e-6
"""A control period whose middle has always passed by the next moment."""


class Rig:
    """A body, its arm, and a clock of ticks."""

    def __init__(self, *, lockstep: tuple[str, ...] = (), **options: Any) -> None:
        """Grant nothing yet; `options` go to the arm, the rules and the config."""
        keys = ("succeed_at_step", "leave_at_step", "use_gripper")
        arm = {k: options.pop(k) for k in keys if k in options}
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

    def grant(self, seed: int = 5) -> Self:
        """Grant one more episode."""
        self.body.receive_status(Status(RunState.GRANTED, grant=self.grants, seed=seed))
        self.grants += 1
        return self

    def begun(self) -> Self:
        """Grant an episode and take its FIRST."""
        self.grant().step()
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

    def push(self) -> None:
        """Let a person drive along y."""
        self.body.receive_action(KEYBOARD, Action(np.array([0, 1, 0, 1], dtype=np.float32)))

    def command(self, command: Command) -> list[TimeStep]:
        """Let a person press a button."""
        return self.body.receive_control(Control(command))


class RobotRig(Rig):
    """A body on a robot; a moment passes wherever a message could have come."""

    def __init__(self, *, watchdog_s: float = 1.0, reset_time_s: float = 0.0, **arm: Any) -> None:
        """Grant nothing yet; `arm` goes to the robot."""
        self.robot = FakeRobot(**arm)
        self.body = Body(
            self.robot,
            BodyConfig(
                EpisodeRules(Advance.AUTO), reset_time_s=reset_time_s, watchdog_s=watchdog_s
            ),
            Takeover([KEYBOARD]),
        )
        self.now_s = 0.0
        self.grants = 0

    def let_pass(self, moments: int = 2) -> None:
        """Let time pass without a message; the first moment sets the deadline."""
        for _ in range(moments):
            assert self.body.advance() == []


@pytest.mark.parametrize(("granted", "seed"), [(5, 5), (-1, 40)])
def test_the_first_message_of_an_episode_carries_the_seed_it_was_granted_with(
    granted: int, seed: int
) -> None:
    """Or one that follows from its number; and the environment was placed by it."""
    rig = Rig(seed=40).grant(granted)
    first = rig.step()
    assert (first.kind, first.episode, first.step, first.seed) == (Kind.FIRST, 0, 0, seed)
    assert rig.arm.seeds == [seed]


def test_a_step_carries_the_action_that_was_executed_in_every_space() -> None:
    """Delta as commanded, absolute as integrated."""
    rig = Rig().begun()
    rig.answer(1.0)
    mid = rig.step()
    assert (mid.kind, mid.step, mid.telemetry.driver) == (Kind.MID, 1, "action")
    np.testing.assert_allclose(mid.actions["ee_delta"], [1, 0, 0, 1])
    np.testing.assert_allclose(mid.actions["ee_absolute"], [0.425, 0, 0.25, 1], atol=1e-6)


def test_a_body_steps_exactly_once_per_tick_whatever_the_others_do() -> None:
    """No answer comes at all."""
    rig = Rig().grant()
    steps = [rig.step().step for _ in range(10)]
    assert steps == list(range(10))


def test_a_step_without_an_answer_holds_and_counts_as_late() -> None:
    """The target stays where it was."""
    rig = Rig().begun()
    mid = rig.step()
    assert (mid.telemetry.driver, mid.telemetry.late) == ("hold", 1)
    np.testing.assert_allclose(mid.actions["ee_delta"], [0, 0, 0, 1])


def test_a_clipped_action_says_so(caplog: pytest.LogCaptureFixture) -> None:
    """The safety layer shows its hand, in words."""
    rig = Rig().begun()
    value = np.array([9, 0, 0.2, 1], dtype=np.float32)
    rig.body.receive_action("action", Action(value, ActionSpace.EE_ABSOLUTE, 0, 0))
    assert rig.step().telemetry.safety == "bounds"
    assert "episode 0: safety: bounds: the workspace's bounds held the arm back" in caplog.text


def test_a_step_driven_by_a_person_is_an_intervention() -> None:
    """Labelled frame by frame."""
    rig = Rig().begun()
    rig.answer(1.0)
    rig.push()
    mid = rig.step()
    assert (mid.is_intervention, mid.telemetry.driver) == (True, KEYBOARD)
    np.testing.assert_allclose(mid.actions["ee_delta"], [0, 1, 0, 1])


@pytest.mark.parametrize(("lockstep", "missed"), [((), 2), (("action",), 0)])
def test_missed_ticks_are_counted_from_the_ticks_own_timestamps(
    lockstep: tuple[str, ...], missed: int
) -> None:
    """Two that never came; in lockstep the arm's time stands still: what is slow is not wrong."""
    rig = Rig(lockstep=lockstep).begun()
    rig.now_s += 0.2
    rig.answer(1.0)
    assert rig.step().telemetry.missed_ticks == missed


def test_every_message_says_when_the_episode_ends_by_itself_and_who_begins_the_next() -> None:
    """Viewers show the time that is left, and what to press."""
    spec = Rig(max_steps=30, advance=Advance.CONFIRM).grant().step().spec
    assert (spec.max_steps, spec.advance) == (30, "confirm")


def test_an_action_in_an_unknown_space_ends_the_run_as_a_fault() -> None:
    """And says what is accepted."""
    rig = Rig().begun()
    value = np.zeros(7, dtype=np.float32)
    rig.body.receive_action("action", Action(value, ActionSpace.JOINT, 0, 0))
    report = rig.step()
    assert (report.kind, report.run_over) == (Kind.PHASE, True)
    assert (report.verdict, report.end_reason) == (Verdict.DISCARD, EndReason.FAULT)
    assert "accepted: ee_delta, ee_absolute" in rig.body.fault


def test_people_may_drive_between_episodes_and_policies_may_not() -> None:
    """A velocity moves the arm, an answer does not; it is no action and no intervention."""
    rig = Rig()
    rig.answer(1.0)
    rig.step()
    rig.push()
    phase = rig.step()
    np.testing.assert_allclose(
        [value for _, value in rig.arm.executed], [[0, 0, 0, 1], [0, 1, 0, 1]]
    )
    assert (phase.kind, phase.is_intervention) == (Kind.PHASE, False)
    assert phase.to_arrow()[0].field("action.ee_delta").flatten().to_numpy() == pytest.approx(
        [np.nan] * 4, nan_ok=True
    )


def test_the_target_is_held_while_a_person_decides() -> None:
    """DONE: nobody drives."""
    rig = Rig(advance=Advance.CONFIRM, succeed_at_step=2).grant()
    rig.command(Command.NEXT)
    for _ in range(3):
        rig.step()
    rig.push()
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
    rig = Rig().begun()
    (report,) = rig.command(Command.RERECORD)
    assert (report.kind, report.step, report.verdict) == (Kind.PHASE, -1, Verdict.DISCARD)


def test_a_discard_that_can_be_taken_back_is_counted_down_in_the_arms_own_time() -> None:
    """Every message says how long is left; the target is held meanwhile."""
    rig = Rig(advance=Advance.CONFIRM, succeed_at_step=2, undo_s=0.2).grant()
    rig.command(Command.NEXT)
    for _ in range(3):
        rig.step()
    (report,) = rig.command(Command.RERECORD)
    left = [report, rig.step(), rig.step()]
    assert [t.verdict for t in left] == [Verdict.PENDING, Verdict.PENDING, Verdict.DISCARD]
    assert [t.telemetry.discard_in_s for t in left] == [
        pytest.approx(0.2),
        pytest.approx(0.1),
        None,
    ]


def test_the_owners_over_ends_the_run() -> None:
    """Whatever is running is discarded."""
    rig = Rig().begun()
    (report,) = rig.body.receive_status(Status(RunState.OVER))
    assert (report.phase, report.run_over, report.verdict) == (Phase.OVER, True, Verdict.DISCARD)


def test_in_lockstep_a_tick_waits_for_the_answer() -> None:
    """And steps as soon as it is there, without another tick."""
    rig = Rig(lockstep=("action",)).grant()
    assert rig.step().kind is Kind.FIRST
    assert rig.tick() is None
    rig.answer(1.0)
    (mid,) = rig.body.advance()
    assert (mid.step, mid.telemetry.late) == (1, 0)


def test_in_lockstep_an_answer_alone_does_not_step() -> None:
    """Time is the tick's."""
    rig = Rig(lockstep=("action",)).begun()
    rig.answer(1.0)
    assert rig.body.advance() == []


def test_in_lockstep_nobody_is_waited_for_once_a_stage_has_ended_the_episode() -> None:
    """For everyone behind it: nobody is left to answer, and nobody is late. The next one waits."""
    rig = Rig(lockstep=("action",)).begun()
    assert rig.tick() is None
    rig.body.receive_control(Control(Command.SUCCESS, episode=0, unanswered=True))
    (ended,) = rig.body.advance()
    assert (ended.kind, ended.step, ended.end_reason) == (Kind.LAST, 1, EndReason.SUCCESS)
    assert (ended.telemetry.driver, ended.telemetry.late) == ("hold", 0)
    rig.grant().step()
    assert rig.tick() is None


def test_in_lockstep_a_persons_word_waits_for_the_answer_too() -> None:
    """A replayed episode ends by a key, and its last action counts."""
    rig = Rig(lockstep=("action",)).begun()
    rig.command(Command.SUCCESS)
    assert rig.tick() is None
    rig.answer(1.0)
    (ended,) = rig.body.advance()
    assert (ended.kind, ended.telemetry.driver) == (Kind.LAST, "action")


def test_a_robot_publishes_what_was_sent_in_the_period_before_and_what_followed() -> None:
    """The action in answer to step 0 stands in step 1, with the place that it led to."""
    rig = RobotRig().grant()
    first = rig.step()
    assert (first.kind, first.columns["observation.state"][0]) == (Kind.FIRST, pytest.approx(0.4))
    rig.answer(1.0, step=0)
    rig.let_pass()
    mid = rig.step()
    assert (mid.kind, mid.step) == (Kind.MID, 1)
    assert (mid.telemetry.driver, mid.telemetry.late) == ("action", 0)
    np.testing.assert_allclose(mid.actions["ee_delta"], [1, 0, 0, 1])
    assert mid.columns["observation.state"][0] == pytest.approx(0.425)


def test_a_robot_is_sent_the_answer_the_moment_it_arrives() -> None:
    """Not at the next tick, for which it would be a period old; and only once."""
    rig = RobotRig().begun()
    rig.let_pass(5)
    assert rig.robot.commanded == []
    rig.answer(1.0, step=0)
    rig.let_pass(5)
    ((space, value),) = rig.robot.commanded
    assert space is ActionSpace.EE_DELTA
    np.testing.assert_array_equal(value, [1, 0, 0, 1])


def test_a_robot_without_an_answer_holds_from_half_of_the_period_on() -> None:
    """What comes after that is sent in the next period; both steps count as late."""
    rig = RobotRig(control_dt_s=AT_ONCE_S).begun()
    rig.let_pass()
    rig.answer(1.0, step=0)
    steps = [rig.step()]
    rig.let_pass()
    steps.append(rig.step())
    said = [(s.step, s.telemetry.driver, s.telemetry.late) for s in steps]
    assert said == [(1, "hold", 1), (2, "action", 2)]
    values = [value for _, value in rig.robot.commanded]
    np.testing.assert_array_equal(values, [[0, 0, 0, 1], [1, 0, 0, 1]])


def test_the_watchdog_reports_every_step_after_so_long_without_an_answer() -> None:
    """Three periods; the first fresh answer ends it."""
    rig = RobotRig(control_dt_s=AT_ONCE_S, watchdog_s=3 * AT_ONCE_S).begun()
    safety = []
    for _ in range(4):
        rig.let_pass()
        safety.append(rig.step().telemetry.safety)
    rig.answer(1.0, step=4)
    rig.let_pass()
    safety.append(rig.step().telemetry.safety)
    assert safety == ["", "", "watchdog", "watchdog", ""]
    assert rig.body.safety["watchdog"] == 2


def test_a_policy_that_is_always_a_step_behind_is_late_but_alive() -> None:
    """Every step executes a new action: nothing for a watchdog."""
    rig = RobotRig(control_dt_s=AT_ONCE_S, watchdog_s=3 * AT_ONCE_S).begun()
    for step in range(8):
        rig.let_pass()
        rig.answer(0.1, step=step)
        last = rig.step()
    assert (last.telemetry.late, rig.body.safety["watchdog"]) == (8, 0)


def test_two_ticks_at_once_lose_no_step() -> None:
    """Each has its action and its observation."""
    rig = RobotRig().begun()
    rig.answer(1.0, step=0)
    steps = [rig.step(), rig.step()]
    assert [(s.step, s.telemetry.driver) for s in steps] == [(1, "action"), (2, "hold")]
    np.testing.assert_allclose([s.actions["ee_delta"][0] for s in steps], [1, 0])
    assert (len(rig.robot.commanded), rig.robot.calls["measure"]) == (2, 2)


def test_a_person_is_not_waited_for() -> None:
    """Who drives by velocities has always answered."""
    rig = RobotRig().begun()
    rig.push()
    rig.let_pass(1)
    mid = rig.step()
    assert (mid.telemetry.driver, mid.is_intervention, mid.telemetry.late) == (KEYBOARD, True, 0)


def test_a_robot_homes_between_episodes_and_begins_only_when_it_is_home() -> None:
    """10 cm, of which it makes 2.5 cm a period."""
    rig = RobotRig(start_xyz_m=AWAY_XYZ_M).grant()
    kinds: list[Kind] = []
    while not kinds or kinds[-1] is Kind.PHASE:
        kinds.append(rig.step().kind)
        rig.let_pass()
    assert kinds == [Kind.PHASE] * 5 + [Kind.FIRST]
    assert rig.robot.calls["home"] == 5


def test_a_robot_that_is_home_still_waits_for_the_reset_time() -> None:
    """A person arranges the scene meanwhile."""
    rig = RobotRig(reset_time_s=180.0).grant()
    kinds = []
    for _ in range(4):
        kinds.append(rig.step().kind)
        rig.let_pass()
    assert kinds == [Kind.PHASE] * 3 + [Kind.FIRST]


def test_a_person_may_drive_a_robot_between_episodes() -> None:
    """Away from home, where no episode begins; a policy's answer moves nothing."""
    rig = RobotRig(start_xyz_m=AWAY_XYZ_M).grant()
    rig.answer(1.0)
    rig.step()
    rig.push()
    rig.let_pass()
    phase = rig.step()
    assert (phase.kind, phase.telemetry.driver) == (Kind.PHASE, KEYBOARD)
    np.testing.assert_allclose([value for _, value in rig.robot.commanded], [[0, 1, 0, 1]])
    assert rig.robot.calls["home"] == 0
    assert rig.step().kind is Kind.PHASE


@pytest.mark.parametrize(
    ("call", "verdict"),
    [
        ("begin", Verdict.DISCARD),
        ("command", Verdict.DISCARD),
        ("measure", Verdict.DISCARD),
        # On its way, nothing runs that could be discarded.
        ("home", Verdict.NONE),
    ],
)
def test_a_robot_that_fails_ends_the_run_as_a_fault(call: str, verdict: Verdict) -> None:
    """In whichever call; it then rests, once, and the message still has an observation."""
    start_xyz_m = AWAY_XYZ_M if call == "home" else HOME_XYZ_M
    rig = RobotRig(start_xyz_m=start_xyz_m, broken=call).grant()
    reports: list[TimeStep] = []
    for _ in range(3):
        rig.now_s += 0.1
        reports += rig.body.tick(rig.now_s)
        rig.answer(1.0)
        reports += rig.body.advance()
    [ended] = [r for r in reports if r.end_reason is EndReason.FAULT]
    assert (ended.phase, ended.run_over, ended.verdict) == (Phase.OVER, True, verdict)
    assert ended.columns.keys() == {"observation.state"}
    assert rig.body.fault == f"{call}: the cable is pulled"
    assert rig.robot.rests == [True]


@pytest.mark.parametrize("size", [3, 4])
@pytest.mark.parametrize("name", ["action", KEYBOARD])
def test_without_a_gripper_an_action_may_have_three_numbers(name: str, size: int) -> None:
    """As LeRobot's own have then; people's devices always say four, and the fourth does nothing."""
    rig = Rig(use_gripper=False).grant()
    rig.tick()
    value = np.array([0.5, 0.0, 0.0, 0.0][:size], np.float32)
    episode, step = (0, 0) if name == "action" else (-1, -1)
    rig.body.receive_action(name, Action(value, ActionSpace.EE_DELTA, episode, step))
    done = rig.step()
    assert done.telemetry.driver == name
    np.testing.assert_array_equal(done.actions["ee_delta"], [0.5, 0.0, 0.0])
    np.testing.assert_allclose(done.actions["ee_absolute"], [0.4125, 0.0, 0.25])
    assert done.columns["observation.state"][3] == 1.0
    # What is published describes itself so.
    assert done.spec.columns["action.ee_delta"].names == ("delta_x", "delta_y", "delta_z")
    assert TimeStep.from_arrow(*done.to_arrow()).actions["ee_delta"].shape == (3,)


def granted(rig: Rig, task: str) -> TimeStep:
    """Grant an episode with a sentence; returns what the body says then."""
    rig.body.receive_status(Status(RunState.GRANTED, grant=rig.grants, seed=5, task=task))
    rig.grants += 1
    return rig.step()


def test_the_owner_says_with_a_grant_what_is_to_be_done() -> None:
    """The body repeats it with every message; a grant without a sentence leaves it."""
    rig = Rig()
    own = rig.step().spec.task
    assert granted(rig, "").spec.task == own
    assert granted(rig, "lift it").spec.task == "lift it"
    assert granted(rig, "").spec.task == "lift it"


def test_what_a_person_tells_holds_at_once_and_outlasts_the_owners_word() -> None:
    """In the middle of an episode too, which goes on."""
    rig = Rig().begun()
    rig.body.receive_control(Control(Command.TASK, task="put it down"))
    step = rig.step()
    assert (step.kind, step.spec.task) == (Kind.MID, "put it down")
    assert granted(rig, "lift it").spec.task == "put it down"


def test_who_takes_their_word_back_leaves_it_to_the_owner() -> None:
    """From the next grant on; an empty sentence is none."""
    rig = Rig().begun()
    for task in ("put it down", ""):
        rig.body.receive_control(Control(Command.TASK, task=task))
    assert granted(rig, "lift it").spec.task == "lift it"
