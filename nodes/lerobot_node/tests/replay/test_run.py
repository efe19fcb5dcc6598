"""The replayer on the stream of a real body."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from replay_rig import ReplayRig, body_of, existing, perform, source_of

from dora_hil.body.episode import Advance
from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.messages import Command, Control, RunState, Status
from dora_hil.stream.timestep import EndReason, Kind, TimeStep, Verdict
from dora_hil.testing.fake_environment import FakeEnvironment
from dora_hil_datasets.dataset.features import FeatureError
from lerobot_node.replay.comparison import ReplayedEpisode
from lerobot_node.replay.run import LostError


def recorded(
    seed: int = 0, presses: dict[int, Command] | None = None, **rules: Any
) -> list[TimeStep]:
    """Return the messages of an episode; of six steps unless `rules` say otherwise."""
    return perform(body_of(FakeEnvironment(), **{"max_steps": 6, **rules}), seed, presses)


def rig(*episodes: list[TimeStep], **settings: Any) -> ReplayRig:
    """Return a replay of episodes on a body like theirs."""
    return ReplayRig(
        body_of(FakeEnvironment(), max_steps=6), [source_of(e) for e in episodes], **settings
    )


def grants(its_rig: ReplayRig) -> list[tuple[int, int]]:
    """Return number and seed of each grant."""
    return [
        (s.grant, s.seed)
        for s in its_rig.said
        if isinstance(s, Status) and s.state is RunState.GRANTED
    ]


def assert_ended_alike(
    result: ReplayedEpisode, episode: Sequence[TimeStep], reason: EndReason
) -> None:
    """Compare ends: reason, step, flags and reward."""
    assert result.end_reason == episode[-1].end_reason == reason
    assert result.length == episode[-1].step
    assert not any(result.deviation.flags.values())
    assert not result.deviation.vectors["next.reward"].max_abs.any()


def test_episodes_are_granted_one_by_one_with_their_seeds() -> None:
    """The next one when the last one has its verdict."""
    its_rig = rig(recorded(4), recorded(9)).run()
    assert grants(its_rig) == [(0, 4), (1, 9)]
    assert [r.seed for r in its_rig.replayer.results] == [4, 9]
    assert its_rig.replayer.over().saved == 2


@pytest.mark.parametrize("space", [ActionSpace.EE_DELTA, ActionSpace.EE_ABSOLUTE])
def test_the_recorded_trajectory_comes_out_again(space: ActionSpace) -> None:
    """To the last bit from deltas; from absolute positions to float32."""
    sources = [source_of(recorded(seed), space) for seed in range(3)]
    its_rig = ReplayRig(
        body_of(FakeEnvironment(), max_steps=6), sources, existing(space=space)
    ).run()
    limit = 0.0 if space is ActionSpace.EE_DELTA else 1e-7
    assert [r.deviation.frames for r in its_rig.replayer.results] == [6, 6, 6]
    assert all(r.deviation.observed <= limit for r in its_rig.replayer.results)
    assert not any(r.driven_by_others for r in its_rig.replayer.results)


@pytest.mark.parametrize(
    ("reason", "arm", "rules"),
    [
        (EndReason.TIME_LIMIT, {}, {}),
        (EndReason.SUCCESS, {"succeed_at_step": 4}, {}),
        (EndReason.SUCCESS, {"succeed_at_step": 2}, {"steps_after_success": 2}),
        (EndReason.OUT_OF_BOUNDS, {"leave_at_step": 4}, {}),
    ],
)
def test_an_end_that_the_body_finds_is_found_again(
    reason: EndReason, arm: dict[str, Any], rules: dict[str, Any]
) -> None:
    """At the same step, with the same flags: the replay's own `next` does not come before it."""
    episode = perform(body_of(FakeEnvironment(**arm), max_steps=6, **rules))
    body = body_of(FakeEnvironment(**arm), max_steps=6, **rules)
    [result] = ReplayRig(body, [source_of(episode)]).run().replayer.results
    assert_ended_alike(result, episode, reason)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (Command.NEXT, EndReason.OPERATOR),
        (Command.FAILURE, EndReason.FAILURE),
        (Command.SUCCESS, EndReason.SUCCESS),
    ],
)
def test_an_end_that_a_person_made_is_made_again_at_the_same_step(
    command: Command, reason: EndReason
) -> None:
    """With the same flags and reward."""
    episode = recorded(presses={3: command})
    [result] = rig(episode, say_success=True).run().replayer.results
    assert_ended_alike(result, episode, reason)
    assert result.length == 4


def test_a_success_is_the_tasks_own_unless_asked_for() -> None:
    """Else every replay of a success would be one."""
    episode = recorded(presses={3: Command.SUCCESS})
    [result] = rig(episode).run().replayer.results
    assert (result.length, result.end_reason) == (4, "operator")
    assert result.deviation.flags["next.success"] == 1


def test_a_body_that_goes_on_after_a_said_success_is_stopped_a_step_later() -> None:
    """With `number_of_steps_after_success` the recording does not tell when it was said."""
    episode = recorded(presses={1: Command.SUCCESS}, steps_after_success=2)
    body = body_of(FakeEnvironment(), max_steps=9, steps_after_success=2)
    [result] = ReplayRig(body, [source_of(episode)], say_success=True).run().replayer.results
    assert (episode[-1].step, result.length, result.end_reason) == (4, 5, "success")


def test_a_body_that_ends_sooner_is_not_waited_for() -> None:
    """The length tells."""
    body = body_of(FakeEnvironment(), max_steps=4)
    its_rig = ReplayRig(body, [source_of(recorded()), source_of(recorded())]).run()
    assert [r.length for r in its_rig.replayer.results] == [4, 4]


def test_an_attempt_too_short_to_be_kept_is_not_repeated_for_ever() -> None:
    """The body discards it; the next one would end like it."""
    body = body_of(FakeEnvironment(), max_steps=1)
    its_rig = ReplayRig(body, [source_of(recorded())]).run()
    assert its_rig.verdicts == [Verdict.DISCARD]
    assert [r.length for r in its_rig.replayer.results] == [1]


def test_an_episode_that_a_person_discards_is_replayed_again() -> None:
    """With the same seed, and only its last attempt counts."""
    its_rig = rig(recorded(5), recorded(6))
    while not its_rig.published or its_rig.published[-1].step != 3:
        its_rig.tick()
    its_rig.deliver(its_rig.body.receive_control(Control(Command.RERECORD)))
    its_rig.run()
    assert grants(its_rig) == [(0, 5), (1, 5), (2, 6)]
    assert [r.seed for r in its_rig.replayer.results] == [5, 6]
    assert [r.length for r in its_rig.replayer.results] == [6, 6]


def test_a_finished_episode_that_a_person_discards_is_replayed_again() -> None:
    """On a body that waits for a person's word."""
    body = body_of(FakeEnvironment(), Advance.CONFIRM, max_steps=6)
    its_rig = ReplayRig(body, [source_of(recorded(5, {3: Command.NEXT}))])

    def press(command: Command) -> None:
        its_rig.tick()
        its_rig.deliver(body.receive_control(Control(command)))
        for _ in range(6):
            its_rig.tick()

    press(Command.NEXT)
    assert its_rig.published[-1].verdict is Verdict.PENDING
    press(Command.RERECORD)
    assert (grants(its_rig), its_rig.replayer.results) == ([(0, 5), (1, 5)], [])
    press(Command.NEXT)
    press(Command.NEXT)
    assert its_rig.verdicts[-1] is Verdict.KEEP
    assert [r.length for r in its_rig.replayer.results] == [4]


def test_a_body_that_does_not_fit_is_granted_nothing() -> None:
    """It is refused at its first message."""
    its_rig = rig(recorded())
    its_rig.body = body_of(FakeEnvironment(control_dt_s=0.05))
    with pytest.raises(FeatureError, match="fps: the dataset has 10, the body steps at 20 Hz"):
        its_rig.tick()
    assert its_rig.said == []


@pytest.mark.parametrize("kind", [Kind.FIRST, Kind.MID, Kind.LAST])
def test_a_lost_message_ends_the_run(kind: Kind) -> None:
    """A comparison with a hole in it would be none."""
    its_rig = rig(recorded())
    its_rig.loses = lambda timestep: timestep.kind is kind
    with pytest.raises(LostError, match="lost"):
        its_rig.run()


def test_a_fault_of_the_body_is_said() -> None:
    """And the episode does not count. A later failure is nearer to the cause than the fault."""
    its_rig = rig(recorded())
    for _ in range(3):
        its_rig.tick()
    its_rig.deliver(its_rig.body.end_run(EndReason.FAULT, "the arm broke"))
    over = its_rig.replayer.over()
    assert its_rig.replayer.is_over
    assert (over.ok, over.message, over.saved) == (False, "the body had a fault", 0)
    assert (over.role, over.target) == ("replayer", 1)
    assert its_rig.replayer.over("the disk is gone").message == "the disk is gone"


@pytest.mark.parametrize(("expected", "message"), [(True, ""), (False, "the body ended before")])
def test_a_body_that_vanishes_is_an_error_unless_all_was_stopped(
    expected: bool, message: str
) -> None:
    """Dora says STOP first."""
    its_rig = rig(recorded())
    its_rig.tick()
    its_rig.replayer.stream_ended(expected=expected)
    assert its_rig.replayer.over().message.startswith(message)
    assert its_rig.replayer.over().ok is expected


def test_pictures_that_cannot_be_compared_are_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Not with every episode; and not at all where nobody asked for pictures."""
    feature = {"dtype": "video", "shape": (8, 8, 3), "names": ["height", "width", "channels"]}
    dataset = existing()
    features: Any = {**dataset.features, "observation.images.front": feature}
    dataset = replace(dataset, info={**dataset.info, "features": features})
    sources = [source_of(recorded()), source_of(recorded())]

    class Never:
        def read(self, index: int, frame: int) -> Any:
            raise AssertionError("there is nothing to compare it with")

    ReplayRig(body_of(FakeEnvironment(), max_steps=6), sources, dataset, Never()).run()
    assert sum("observation.images.front" in message for message in caplog.messages) == 1
    caplog.clear()
    ReplayRig(body_of(FakeEnvironment(), max_steps=6), sources, dataset).run()
    assert not any("observation.images" in message for message in caplog.messages)
