"""A body's event loop, with a node that plays events."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from dora_hil.body import loop
from dora_hil.body.body import BodyConfig
from dora_hil.body.episode import Advance, EpisodeRules
from dora_hil.body.loop import BodyLoop, LockstepError, build_body
from dora_hil.node.node import NodePort, StatusWatch
from dora_hil.owner.run_owner import SelfOwner
from dora_hil.stream.messages import Action, Command, Control, RunState, Status
from dora_hil.stream.timestep import EndReason, Kind, TimeStep, Verdict
from dora_hil.testing.fake_environment import FakeEnvironment
from dora_hil.testing.fake_node import FakeNode, closed_event, input_event, stop_event, tick_event
from dora_hil.testing.fake_robot import FakeRobot

OUTPUTS = ("episode", "status")
OWNED = {
    "tick": "dora/timer/millis/100",
    "action": "policy/action",
    "intervention_keyboard": "keyboard/action",
    "control_keyboard": "keyboard/control",
    "status": "recorder/status",
}
OWNERLESS = {name: source for name, source in OWNED.items() if name != "status"}


@pytest.fixture(autouse=True)
def _no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scripted stream has no clock: what follows a close is in the script."""
    monkeypatch.setattr(loop, "DRIVERS_GRACE_S", 0.0)
    monkeypatch.setattr(StatusWatch, "GRACE_S", 0.0)


IDLE = {"type": "ERROR", "error": "Timeout event stream error: Receiver timed out"}


class Run:
    """One run of the loop over a script."""

    def __init__(
        self,
        script: Iterator[dict[str, Any]] | list[dict[str, Any]],
        inputs: dict[str, str] = OWNERLESS,
        *,
        episodes: int = 0,
        succeed_at_step: int = 2,
        advance: Advance = Advance.AUTO,
        robot: FakeRobot | None = None,
        lockstep: tuple[str, ...] = (),
    ) -> None:
        """Play the script to the end."""
        self.node = FakeNode(script, inputs, OUTPUTS)
        self.environment = FakeEnvironment(succeed_at_step=succeed_at_step)
        port = NodePort(self.node)
        config = BodyConfig(EpisodeRules(advance))
        body = build_body(port, robot or self.environment, config, lockstep=lockstep)
        self.code = BodyLoop(port, body, SelfOwner(seed=3, episodes=episodes)).run()

    def timesteps(self) -> list[TimeStep]:
        """Return what was published on `episode`."""
        sent = [(v, m) for output, v, m in self.node.sent if output == "episode"]
        return [TimeStep.from_arrow(value, metadata) for value, metadata in sent]

    def statuses(self) -> list[Status]:
        """Return what was published on `status`."""
        sent = [(v, m) for output, v, m in self.node.sent if output == "status"]
        return [Status.from_arrow(value, metadata) for value, metadata in sent]


GRANT = input_event("status", Status(RunState.GRANTED, grant=0, seed=9))
OVER = input_event("status", Status(RunState.OVER))


def ticks(n: int) -> list[dict[str, Any]]:
    """Return that many ticks."""
    return [tick_event() for _ in range(n)]


def answer(step: int) -> dict[str, Any]:
    """Return a policy's answer to a step of the first episode."""
    action = Action(np.array([1, 0, 0, 1], dtype=np.float32), episode=0, step=step)
    return input_event("action", action)


def test_without_an_owner_the_body_runs_its_episodes_and_says_over() -> None:
    """Two episodes of FIRST, MID, LAST, then `over`, exit code 0."""
    run = Run(ticks(20), episodes=2)
    assert [t.kind for t in run.timesteps()][:6] == [Kind.FIRST, Kind.MID, Kind.LAST] * 2
    assert run.timesteps()[-1].run_over
    assert run.statuses()[-1].state is RunState.OVER
    assert run.statuses()[-1].saved == 2
    assert run.code == 0


def test_without_an_owner_the_seeds_count_up() -> None:
    """From the one that was asked for."""
    run = Run(ticks(20), episodes=3)
    assert run.environment.seeds == [3, 4, 5]


def test_with_an_owner_nothing_begins_until_it_grants() -> None:
    """The owner decides how many episodes there are."""
    run = Run([*ticks(3), GRANT, *ticks(1), stop_event()], OWNED)
    assert [t.kind for t in run.timesteps()[:4]] == [Kind.PHASE] * 3 + [Kind.FIRST]
    assert run.environment.seeds == [9]
    assert run.statuses() == []


def test_over_from_the_owner_ends_the_body_with_exit_code_zero() -> None:
    """And the rest of the stream is not waited for."""
    run = Run([*ticks(2), OVER, *ticks(5)], OWNED)
    assert run.code == 0
    assert len(run.timesteps()) == 3


def test_an_over_that_follows_the_close_still_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """INPUT_CLOSED overtakes queued messages."""
    script = [*ticks(1), closed_event("status"), OVER]
    monkeypatch.setattr(StatusWatch, "GRACE_S", 60.0)
    assert Run(script, OWNED).code == 0


def test_an_owner_that_vanishes_is_an_error() -> None:
    """Closed without `over`: exit code 1."""
    run = Run([*ticks(1), closed_event("status"), *ticks(1)], OWNED)
    assert run.code == 1
    assert run.timesteps()[-1].run_over


def test_the_last_device_that_vanishes_ends_the_run_as_a_fault() -> None:
    """Where people alone drive, one that is left is enough."""
    devices = {"tick": "t", "intervention_keyboard": "k/action", "intervention_web": "w/action"}
    script = [*ticks(1), closed_event("intervention_keyboard"), *ticks(2)]
    going_on = Run([*script, stop_event()], devices, succeed_at_step=0)
    assert going_on.timesteps()[-1].end_reason is EndReason.STOP
    ended = Run([*script, closed_event("intervention_web"), *ticks(1)], devices, succeed_at_step=0)
    assert ended.timesteps()[-1].end_reason is EndReason.FAULT
    assert "every device that could drive (k/action, w/action)" in ended.statuses()[-1].message


def test_a_driver_that_vanishes_ends_the_run_as_a_fault() -> None:
    """A held arm would look like a bad policy."""
    run = Run([*ticks(2), closed_event("action"), *ticks(1)], succeed_at_step=0)
    last = run.timesteps()[-1]
    assert (last.end_reason, last.verdict) == (EndReason.FAULT, Verdict.DISCARD)
    assert run.statuses()[-1].ok is False
    assert "'action' (policy/action) has ended" in run.statuses()[-1].message
    assert run.code == 1


def test_a_device_that_vanishes_ends_nothing() -> None:
    """The run goes on without it."""
    run = Run([*ticks(1), closed_event("intervention_keyboard"), *ticks(10)], episodes=2)
    assert run.code == 0
    assert run.statuses()[-1].saved == 2


def test_stop_discards_the_running_episode_and_ends_without_an_error() -> None:
    """Ctrl-C, or --stop-after."""
    run = Run([*ticks(2), stop_event()], succeed_at_step=0)
    last = run.timesteps()[-1]
    assert (last.verdict, last.run_over) == (Verdict.DISCARD, True)
    assert run.code == 0


def test_commands_reach_the_episode() -> None:
    """Failure, at the next tick."""
    script = [*ticks(3), input_event("control_keyboard", Control(Command.FAILURE)), *ticks(1)]
    run = Run([*script, stop_event()], succeed_at_step=0)
    assert run.timesteps()[3].end_reason is EndReason.FAILURE


def test_actions_reach_the_arm() -> None:
    """From the port `action`."""
    run = Run([*ticks(1), answer(0), *ticks(1), stop_event()])
    np.testing.assert_allclose(run.timesteps()[1].actions["ee_delta"], [1, 0, 0, 1])


def test_a_malformed_message_ends_the_run_and_names_its_input() -> None:
    """A partner's node that speaks another language."""
    bad = {"type": "INPUT", "id": "action", "value": pa.array([1.0]), "metadata": {}}
    run = Run([*ticks(1), bad, *ticks(1)])
    assert run.code == 1
    assert "input 'action': action: expected a one-row struct" in run.statuses()[-1].message


@pytest.mark.parametrize(
    ("name", "after_ms", "is_one"),
    [
        ("control_web", 60, True),
        ("control_web", -60, True),
        ("control_web", 400, False),
        ("control_keyboard", 60, False),
    ],
)
def test_one_press_that_two_devices_hear_is_one_command(
    name: str, after_ms: int, is_one: bool
) -> None:
    """Space in the page, on a desktop whose keys the keyboard hears: it ends, and does not keep."""
    second = 10**9
    press = Control(Command.NEXT, t_press_ns=5 * second)
    again = Control(Command.NEXT, t_press_ns=5 * second + after_ms * 1_000_000)
    begin = input_event("control_keyboard", Control(Command.NEXT, t_press_ns=second))
    script = [*ticks(1), begin, *ticks(3), input_event("control_keyboard", press), *ticks(1)]
    script += [input_event(name, again), *ticks(1)]
    inputs = {**OWNERLESS, "control_web": "web/control"}
    run = Run([*script], inputs, succeed_at_step=0, advance=Advance.CONFIRM)
    verdicts = [t.verdict for t in run.timesteps()]
    assert verdicts.count(Verdict.PENDING) == (2 if is_one else 1)


def test_a_program_is_no_echo_of_a_press() -> None:
    """A classifier's success says besides that nobody answers any more."""
    inputs = {**OWNERLESS, "control_reward": "reward/control"}
    press = Control(Command.SUCCESS, t_press_ns=10**9)
    said = Control(Command.SUCCESS, episode=0, t_press_ns=10**9, unanswered=True)
    script = [*ticks(2), input_event("control_keyboard", press)]
    script += [input_event("control_reward", said), *ticks(1), stop_event()]
    run = Run(script, inputs, succeed_at_step=0, lockstep=("action",))
    assert run.timesteps()[1].end_reason is EndReason.SUCCESS


def letter(name: str) -> dict[str, Any]:
    """Return what dora-keyboard says."""
    return {"type": "INPUT", "id": name, "value": pa.array(["s"]), "metadata": {}}


@pytest.mark.parametrize("name", ["control_keyboard", "intervention_keyboard"])
def test_a_hand_that_speaks_another_language_is_refused_once_and_ignored(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The line names the input, where it comes from, what came and what is expected."""
    stranger = letter(name)
    run = Run([*ticks(1), stranger, stranger, *ticks(10)], episodes=2)
    assert (run.code, run.statuses()[-1].saved) == (0, 2)
    port = name.partition("_")[0].replace("intervention", "action")
    source = OWNERLESS[name]
    [line] = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert (
        line == f"input {name!r} ({source}): {port}: expected a one-row struct, got string; ignored"
    )


def test_a_hand_that_speaks_two_languages_is_heard_where_it_is_understood() -> None:
    """What is refused is the message, not the device."""
    stranger = letter("control_keyboard")
    failure = input_event("control_keyboard", Control(Command.FAILURE))
    run = Run([*ticks(3), stranger, failure, *ticks(1), stop_event()], succeed_at_step=0)
    assert run.timesteps()[3].end_reason is EndReason.FAILURE


def test_a_hand_that_is_waited_for_must_be_understood() -> None:
    """Lockstep would wait in vain at every step."""
    stranger = letter("intervention_keyboard")
    run = Run([*ticks(1), stranger, *ticks(1)], lockstep=("intervention_keyboard",))
    assert run.code == 1
    assert "input 'intervention_keyboard': action: expected" in run.statuses()[-1].message


def test_a_discarded_episode_is_granted_again_with_the_same_seed() -> None:
    """The person tries the same placement once more."""
    rerecord = input_event("control_keyboard", Control(Command.RERECORD))
    run = Run([*ticks(2), rerecord, *ticks(2), stop_event()], succeed_at_step=0)
    assert run.environment.seeds == [3, 3]


def test_lockstep_on_an_undeclared_input_names_the_declared_ones() -> None:
    """A typo in the YAML."""
    port = NodePort(FakeNode([], OWNED, OUTPUTS))
    config = BodyConfig(EpisodeRules(Advance.AUTO))
    with pytest.raises(LockstepError, match=r"no such input policy.*action, intervention_keyboard"):
        build_body(port, FakeEnvironment(), config, lockstep=("policy",))


def test_a_robot_is_sent_an_answer_between_two_ticks() -> None:
    """Before the next tick is there at all."""
    robot = FakeRobot()

    def script() -> Iterator[dict[str, Any]]:
        yield tick_event()
        yield answer(0)
        sent_before_the_tick.append(len(robot.commanded))
        yield tick_event()

    sent_before_the_tick: list[int] = []
    run = Run(script(), robot=robot)
    assert sent_before_the_tick == [1]
    assert [t.step for t in run.timesteps()[:2]] == [0, 1]
    np.testing.assert_allclose(run.timesteps()[1].actions["ee_delta"], [1, 0, 0, 1])


def test_a_robot_holds_by_itself_when_no_message_comes() -> None:
    """The loop wakes up for it."""
    robot = FakeRobot(control_dt_s=1e-6)

    def script() -> Iterator[dict[str, Any]]:
        yield tick_event()
        yield IDLE
        held.append(len(robot.commanded))

    held: list[int] = []
    Run(script(), robot=robot)
    assert held == [1]


def test_a_robot_that_fails_ends_its_own_run_with_exit_code_one() -> None:
    """It says why, and rests once."""
    robot = FakeRobot(broken="measure")
    run = Run([*ticks(1), answer(0), *ticks(3)], robot=robot)
    assert run.code == 1
    assert run.timesteps()[-1].end_reason is EndReason.FAULT
    assert run.statuses()[-1].message == "measure: the cable is pulled"
    assert robot.rests == [True]


def test_a_robot_that_fails_waits_for_its_owners_over_and_ends_with_exit_code_one() -> None:
    """The owner has still to finalise."""
    robot = FakeRobot(broken="measure")
    run = Run([GRANT, *ticks(1), answer(0), *ticks(3), OVER, *ticks(9)], OWNED, robot=robot)
    assert run.code == 1
    after = [t for t in run.timesteps() if t.run_over]
    assert len(after) == 3
    assert robot.rests == [True]


@pytest.mark.parametrize(
    ("ending", "inputs"),
    [
        (stop_event(), OWNERLESS),
        (input_event("control_keyboard", Control(Command.STOP)), OWNERLESS),
        (OVER, OWNED),
    ],
)
def test_a_robot_that_is_stopped_rests_without_a_fault(
    ending: dict[str, Any], inputs: dict[str, str]
) -> None:
    """By Ctrl-C, a person's key or the run's owner; once, and with exit code zero."""
    robot = FakeRobot()
    run = Run([GRANT, *ticks(2), ending, *ticks(2), OVER], inputs, robot=robot)
    assert (run.code, robot.rests) == (0, [False])
    assert run.timesteps()[-1].run_over


@pytest.mark.parametrize(("name", "engaged"), [("action", True), ("intervention_keyboard", False)])
def test_an_action_of_another_length_is_one_line_that_names_its_input(
    name: str, engaged: bool
) -> None:
    """Whoever sent it: the run ends with what was expected, not with a traceback."""
    short = input_event(name, Action(np.zeros(3, np.float32), engaged=engaged))
    run = Run([*ticks(1), short, *ticks(1)])
    assert run.code == 1
    assert run.statuses()[-1].message == (
        f"input {name!r}: an action in ee_delta has 4 numbers here "
        "(delta_x, delta_y, delta_z, gripper), got 3"
    )
