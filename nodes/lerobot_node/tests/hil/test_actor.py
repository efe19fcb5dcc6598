"""The actor on the stream of a real body."""

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from actor_rig import ActorRig
from noted_sink import NotedSink

from dora_hil.body.episode import Advance
from dora_hil.node.node import Event, EventKind
from dora_hil.owner.run_owner import RunOwner
from dora_hil.stream.messages import Action, Command, Status
from dora_hil.stream.timestep import EndReason, Phase, TimeStep
from lerobot_node.hil.identity import About
from lerobot_node.policy.pilot import NotFiniteError


def lines(rig: ActorRig) -> list[dict[str, Any]]:
    """Return the figures that were written."""
    return [json.loads(line) for line in rig.metrics.read_text().splitlines()]


def curve(status: Status) -> list[int]:
    """Return the steps at which the curve that is told has points."""
    assert status.training is not None
    return [point.steps for point in status.training.curve]


def test_every_step_of_a_kept_episode_is_sent_with_its_action(tmp_path: Path) -> None:
    """As many transitions as steps; the learner counts by the same number."""
    rig = ActorRig(tmp_path).run()
    assert [len(transitions) for transitions, _ in rig.link.sent] == [4, 4, 4]
    for transitions, _ in rig.link.sent:
        for transition in transitions:
            np.testing.assert_allclose(transition["action"], [[0.1, 0, 0, 1]], atol=1e-6)
    assert [figures["Interaction step"] for _, figures in rig.link.sent] == [4, 8, 12]
    assert [figures["Episodic reward"] for _, figures in rig.link.sent] == [1.0, 1.0, 1.0]


def test_what_the_policy_asked_for_in_vain_is_sent_as_it_was_asked_for(tmp_path: Path) -> None:
    """An open gripper opens no further; what that is worth is to be learned all the same."""
    rig = ActorRig(tmp_path, steps=4)
    rig.policy.gripper = 2.0
    rig.run()
    ((transitions, _),) = rig.link.sent
    for transition in transitions:
        np.testing.assert_allclose(transition["action"], [[0.1, 0, 0, 2]], atol=1e-6)


def test_of_an_answer_that_came_late_what_was_executed_is_sent(tmp_path: Path) -> None:
    """The one before it was, which had not come in time either."""
    rig = ActorRig(tmp_path, steps=4)
    answer, kept = rig.actor.answer, []

    def later(timestep: TimeStep) -> Action | None:
        rig.policy.step = 0.1 * (1 + timestep.step)
        action = answer(timestep)
        if timestep.step == 1:
            kept.append(action)
            return None
        return kept[0] if timestep.step == 2 else action

    rig.actor.answer = later  # type: ignore[method-assign]
    rig.run()
    ((transitions, _),) = rig.link.sent
    deltas = [float(transition["action"][0, 0]) for transition in transitions]
    assert deltas == pytest.approx([0.1, 0.0, 0.2, 0.4])


def episode_by_hand(rig: ActorRig) -> None:
    """Begin an episode, and end it after some steps."""
    rig.tick()
    rig.press(Command.NEXT)
    for _ in range(4):
        rig.tick()
    rig.press(Command.NEXT)
    rig.tick()
    assert rig.body.cycle.phase is Phase.DONE


def test_an_episode_that_is_recorded_again_is_never_sent(tmp_path: Path) -> None:
    """The person has said so; its seed comes again, and whoever gets every frame hears of it."""
    sink = NotedSink()
    rig = ActorRig(
        tmp_path, steps=4, advance=Advance.CONFIRM, succeed_at_step=0, max_steps=0, sinks=[sink]
    )
    episode_by_hand(rig)
    rig.press(Command.RERECORD)
    assert rig.link.sent == []
    assert sink.calls[-1] == "discard"
    assert not [call for call in sink.calls if call.startswith("keep")]
    episode_by_hand(rig)
    rig.press(Command.NEXT)
    rig.tick()
    assert [len(transitions) for transitions, _ in rig.link.sent] == [4]
    assert [status.seed for status in rig.grants] == [100, 100]


def test_a_persons_steps_are_marked_and_carry_what_the_person_did(tmp_path: Path) -> None:
    """They go to the learner's offline buffer too."""
    rig = ActorRig(tmp_path, steps=4)
    rig.person_drives_steps = (1, 2)
    rig.run()
    ((transitions, figures),) = rig.link.sent
    marked = [bool(t["complementary_info"]["is_intervention"]) for t in transitions]
    assert marked == [False, True, True, False]
    np.testing.assert_allclose(transitions[1]["action"], [[0, 0.5, 0, 1]], atol=1e-6)
    assert figures["Intervention rate"] == 0.5
    assert figures["Episode intervention"] == 1
    assert lines(rig)[0]["intervention_rate_20"] == 0.5


def test_others_get_every_frame_of_an_episode_and_its_number_in_the_figures(tmp_path: Path) -> None:
    """Films, for instance."""
    sink = NotedSink()
    rig = ActorRig(tmp_path, steps=8, sinks=[sink]).run()
    episode = ["begin", "add 1", "add 2", "add 3", "add 4"]
    assert sink.calls == [*episode, "keep 1", *episode, "keep 2"]
    assert [line["episode"] for line in lines(rig)] == [1, 2]


def test_an_answer_waits_for_no_bookkeeping(tmp_path: Path) -> None:
    """What came of a step is booked after the next one has been answered."""
    sink = NotedSink()
    rig = ActorRig(tmp_path, steps=4, sinks=[sink])
    answer, booked = rig.actor.answer, []

    def noted(timestep: TimeStep) -> Action | None:
        booked.append((timestep.step, len(sink.calls)))
        return answer(timestep)

    rig.actor.answer = noted  # type: ignore[method-assign]
    rig.run()
    assert (0, 1) in booked
    assert (3, 3) in booked


def test_how_it_goes_is_told_with_every_grant_and_in_the_end(tmp_path: Path) -> None:
    """A person helps in the second of three episodes; all of it stands in the file too."""
    rig = ActorRig(tmp_path, steps=12)
    rig.link.updates = 40
    for helped in ((), (0,), ()):
        rig.person_drives_steps = helped
        episodes = rig.actor.episodes
        while rig.actor.episodes == episodes:
            rig.tick()
    told = [status.training for status in (*rig.grants, rig.actor.over())]
    curves = [
        [(*point[:3], point.learner_updates) for point in training.curve]
        for training in told
        if training
    ]
    whole = [(4, 1.0, 0.0, 40), (8, 1 / 2, 1 / 8, 40), (12, 2 / 3, 1 / 12, 40)]
    assert curves == [whole[:n] for n in range(4)]
    assert [t.helped for t in told if t] == [False, False, True, False]
    assert [status.saved for status in rig.grants] == [0, 1, 2]
    assert [line["own_success_20"] for line in lines(rig)] == [1.0, 1 / 2, 2 / 3]


def test_weights_are_exchanged_between_two_actions(tmp_path: Path) -> None:
    """In the middle of an episode: the next action is the new policy's."""
    rig = ActorRig(tmp_path, steps=4)
    while not rig.policy.latencies_s:
        rig.tick()
    rig.link.new_weights = {"step": 0.3}
    rig.run()
    ((transitions, _),) = rig.link.sent
    assert [round(float(t["action"][0, 0]), 3) for t in transitions] == [0.1, 0.3, 0.3, 0.3]
    assert lines(rig)[0]["weight_updates"] == 1


def test_an_episode_with_a_hole_is_not_sent(tmp_path: Path) -> None:
    """Its states would not follow one another."""
    rig = ActorRig(tmp_path, steps=4)
    rig.loses = lambda timestep: len(rig.published) == 4
    rig.run()
    assert len(rig.link.sent) == 1
    assert len(rig.grants) == 2


def test_an_action_that_is_no_number_is_refused(tmp_path: Path) -> None:
    """A network whose weights are spoilt."""
    rig = ActorRig(tmp_path)
    rig.link.new_weights = {"step": np.nan}
    with pytest.raises(NotFiniteError, match="is not finite"):
        rig.run()


def test_a_resumed_actor_counts_on(tmp_path: Path) -> None:
    """Steps, episodes and seeds; the curve is that of all sessions."""
    first = ActorRig(tmp_path, steps=8).run()
    rig = ActorRig(tmp_path, steps=12).run()
    assert [figures["Interaction step"] for _, figures in rig.link.sent] == [12]
    assert [line["episode"] for line in lines(rig)] == [1, 2, 3]
    assert [status.seed for status in first.grants] == [100, 101]
    assert [status.seed for status in rig.grants] == [102]
    assert curve(rig.grants[0]) == [4, 8]


def test_an_actor_that_has_done_its_steps_is_over_at_once(tmp_path: Path) -> None:
    """A run that is resumed once too often does no harm."""
    ActorRig(tmp_path, steps=8).run()
    rig = ActorRig(tmp_path, steps=8)
    rig.tick()
    assert rig.actor.is_over
    assert rig.actor.over().ok
    assert rig.grants == []


def test_an_actor_goes_on_without_its_learner(tmp_path: Path) -> None:
    """Every episode is kept for it."""
    rig = ActorRig(tmp_path)
    rig.link.unconfirmed = 100
    rig.run()
    assert len(rig.link.sent) == 3


def test_an_actor_that_is_to_hold_begins_no_episode_until_the_learner_is_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A person's time is not spent on a policy that does not learn; it is said once."""
    rig = ActorRig(tmp_path, hold_after=2)
    rig.link.unconfirmed = 2
    for _ in range(20):
        rig.tick()
    assert rig.grants == []
    held = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert held == ["holding until the learner has confirmed 2 episode(s)"]
    rig.link.unconfirmed = 1
    rig.run()
    assert len(rig.link.sent) == 3


def test_the_last_word_is_said_when_everything_is_delivered(tmp_path: Path) -> None:
    """The learner may be a node that leaves on it; what cannot be delivered is a failure."""
    rig = ActorRig(tmp_path).run()
    assert rig.actor.over().ok
    rig.link.unconfirmed = 2
    over = rig.actor.over()
    assert not over.ok
    assert "2 episode(s) wait on this disk for the learner" in over.message
    assert rig.link.waited_s == [30.0, 30.0]


def test_at_the_end_it_is_said_what_there_is_where_and_how_to_go_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """In one line, on the page and at the terminal; before the last step and after it."""
    caplog.set_level(logging.INFO, logger="lerobot_node")
    rig = ActorRig(tmp_path, steps=12)
    while not rig.link.sent:
        rig.tick()
    rig.actor.stream_ended(expected=True)
    assert rig.actor.over().message == (
        "1 episode(s), 4 of 12 steps, 1 of the last 1 succeeded; the learner's checkpoint is in "
        "outputs/train/a run/checkpoints/last; RESUME_TRAINING=1 goes on; evaluate it: "
        "dataflow-eval*.yaml with EVAL_ARGS=--policy.path='outputs/train/a run' and this ENV_CONFIG"
    )
    over = ActorRig(tmp_path, steps=12).run().actor.over()
    assert over.message.startswith("3 episode(s), 12 steps, 3 of the last 3 succeeded; ")
    assert "; RESUME_TRAINING=1 goes on with a larger policy.online_steps; " in over.message
    assert caplog.messages[-1] == over.message


def test_steps_that_the_learner_does_not_have_are_not_done(tmp_path: Path) -> None:
    """Its checkpoints were deleted, say: steps, episodes, seeds and metrics begin where it does."""
    ActorRig(tmp_path, steps=12).run()
    rig = ActorRig(tmp_path, steps=12)
    rig.link.correction = About("id", "/gpu", {}, episodes=1, steps=4)
    rig.run()
    assert [figures["Interaction step"] for _, figures in rig.link.sent] == [8, 12]
    assert [status.seed for status in rig.grants] == [101, 102]
    assert curve(rig.grants[0]) == [4]
    assert [line["episode"] for line in lines(rig)] == [1, 2, 3]
    [aside] = tmp_path.glob("metrics.*.jsonl")
    assert len(aside.read_text().splitlines()) == 3


def test_an_actor_on_another_machine_goes_on_where_the_learner_is(tmp_path: Path) -> None:
    """A new folder, `RESUME_TRAINING=1`: what others have driven is done."""
    rig = ActorRig(tmp_path, steps=12)
    rig.link.correction = About("id", "/gpu", {}, episodes=2, steps=8)
    rig.run()
    assert [figures["Interaction step"] for _, figures in rig.link.sent] == [12]
    assert [status.seed for status in rig.grants] == [102]


def test_no_episode_begins_before_it_is_known_who_the_learner_is(tmp_path: Path) -> None:
    """Or that there is none: it has been looked for."""
    rig = ActorRig(tmp_path)
    rig.link.has_tried = False
    for _ in range(20):
        rig.tick()
    assert rig.grants == []
    rig.link.has_tried = True
    rig.run()
    assert len(rig.link.sent) == 3


def test_a_learner_of_another_training_ends_the_run_with_its_line(tmp_path: Path) -> None:
    """Nothing is waited for."""
    rig = ActorRig(tmp_path)
    rig.link.refusal = "the learner at gpu:50051 trains another"
    rig.run()
    over = rig.actor.over()
    assert (over.ok, over.message) == (False, "the learner at gpu:50051 trains another")
    assert rig.grants == []
    assert rig.link.waited_s == [0.0]


def test_a_learner_that_ends_ends_the_run_with_its_reason(tmp_path: Path) -> None:
    """A person's time is not spent on a policy that nobody teaches; what was driven waits."""
    rig = ActorRig(tmp_path)
    for _ in range(3):
        rig.tick()
    status = RunOwner("learner", target=0).over("the weights are not finite")
    rig.actor.hear_other(Event(EventKind.INPUT, "learner", *status.to_arrow()))
    assert rig.actor.is_over
    rig.link.unconfirmed = 2
    over = rig.actor.over()
    assert not over.ok
    said = "the learner has ended: the weights are not finite; 2 episode(s)"
    assert over.message.startswith(said)
    assert rig.link.waited_s == [0.0]


def test_a_stop_before_anybody_drove_is_no_failure(tmp_path: Path) -> None:
    """Nothing is there to evaluate; dora kills a node that is still there ten seconds later."""
    rig = ActorRig(tmp_path)
    rig.actor.stream_ended(expected=True)
    over = rig.actor.over()
    assert over.ok
    assert over.message == "No episode was driven; outputs/train/a run begins with the first"
    assert rig.link.waited_s == [5.0]


def test_a_body_that_vanishes_is_an_error(tmp_path: Path) -> None:
    """The last word says so."""
    rig = ActorRig(tmp_path)
    rig.actor.stream_ended(expected=False)
    assert not rig.actor.over().ok
    assert rig.actor.is_over


def test_a_fault_of_the_body_is_said(tmp_path: Path) -> None:
    """The run has failed."""
    rig = ActorRig(tmp_path)
    for _ in range(3):
        rig.tick()
    for timestep in rig.body.end_run(EndReason.FAULT, "the arm broke"):
        rig.actor.hear(timestep)
    assert rig.actor.over().message == "the body had a fault"
