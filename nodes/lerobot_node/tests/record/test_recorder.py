"""The recorder on the stream of a real body; the writer saves when the test says so."""

import errno
import logging
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorder_rig import CAMERA, Rig, config, existing

from dora_hil.body.episode import Advance
from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.messages import Command, Control, RunState
from dora_hil.stream.timestep import Kind, Phase, TimeStep, Verdict
from dora_hil_datasets.dataset.features import FeatureError
from lerobot_node.record.recorder import MAX_PENDING


def by_person(num_episodes: int = 2) -> Rig:
    """Return a rig in which a person confirms, with the first episode three frames long."""
    rig = Rig(config(num_episodes), advance=Advance.CONFIRM)
    return rig.tick().command(Command.NEXT).tick(4)


def end(rig: Rig) -> Rig:
    """Let the person end the running episode; its verdict is pending."""
    return rig.command(Command.NEXT).tick()


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the lines at the terminal, and forget them."""
    lines = [record.getMessage() for record in caplog.records]
    caplog.clear()
    return lines


@pytest.fixture(autouse=True)
def _all_lines(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="lerobot_node")


def test_a_frame_pairs_what_was_seen_with_what_was_done_then() -> None:
    """o_t and a_t, not o_t+1."""
    rig = Rig(succeed_at_step=3).tick(5)
    steps = [t for t in rig.published if t.kind is not Kind.PHASE]
    for row, before, after in zip(rig.writer.episodes[0].rows, steps, steps[1:], strict=False):
        np.testing.assert_array_equal(row["observation.state"], before.columns["observation.state"])
        np.testing.assert_array_equal(row[CAMERA], before.columns[CAMERA])
        np.testing.assert_array_equal(row["action"], after.actions["ee_absolute"])


def test_the_configured_action_space_becomes_the_action() -> None:
    """Deltas for HIL-SERL."""
    rig = Rig(config(action_space=ActionSpace.EE_DELTA), succeed_at_step=2).tick(4)
    np.testing.assert_array_equal(rig.writer.episodes[0].rows[0]["action"], [0, 0, 0, 1])
    assert rig.writer.features["action"]["names"] == ["delta_x", "delta_y", "delta_z", "gripper"]


@pytest.mark.parametrize(("video", "dtype"), [(True, "video"), (False, "image")])
def test_the_writer_is_told_what_the_stream_consists_of(*, video: bool, dtype: str) -> None:
    """Features as configured, rate and body as they are."""
    writer = Rig(config(video=video), succeed_at_step=2).tick(4).writer
    assert (writer.features[CAMERA]["dtype"], writer.fps, writer.body) == (dtype, 10, "fake")
    assert set(writer.episodes[0].rows[0]) == {*writer.features, "task"}


def test_steps_after_success_are_frames_like_others() -> None:
    """LeRobot's `number_of_steps_after_success`; an episode has as many frames as steps."""
    rig = Rig(succeed_at_step=3, steps_after_success=4).tick(9)
    [episode] = rig.writer.episodes
    assert (rig.lengths, episode.record.length) == ([7], 7)
    assert [float(row["next.reward"][0]) for row in episode.rows] == [0, 0] + [1] * 5
    assert [bool(row["next.done"][0]) for row in episode.rows] == [False] * 6 + [True]


def test_the_task_is_the_bodys_where_the_config_gives_none() -> None:
    """And the config's where it does."""
    of_body = Rig(succeed_at_step=2).tick(4)
    of_config = Rig(config(single_task="Lift it."), succeed_at_step=2).tick(4)
    assert of_body.writer.episodes[0].rows[0]["task"] == "do nothing in particular"
    assert of_config.writer.episodes[0].rows[0]["task"] == "Lift it."


def test_a_sentence_that_a_person_tells_between_episodes_is_recorded_from_then_on() -> None:
    """A dataset may have several tasks."""
    rig = Rig(succeed_at_step=2).tick(4)
    rig.body.receive_control(Control(Command.TASK, task="put it down"))
    rig.tick(8)
    tasks = [{row["task"] for row in episode.rows} for episode in rig.writer.episodes]
    assert tasks[0] == {"do nothing in particular"}
    assert tasks[-1] == {"put it down"}


def test_an_episode_that_keeps_itself_is_saved_with_its_last_message() -> None:
    """`--advance auto`: LAST says keep."""
    rig = Rig(succeed_at_step=2).tick(3)
    assert rig.lengths == []
    rig.tick()
    assert rig.published[-1].kind is Kind.LAST
    assert rig.lengths == [2]


def test_an_episode_of_a_person_is_saved_when_the_person_keeps_it() -> None:
    """`--advance confirm`: a PHASE says keep, LAST does not. None of them is recorded."""
    rig = end(by_person()).tick(20)
    assert (rig.recorder.kept, rig.lengths) == (0, [])
    rig.command(Command.NEXT).tick()
    assert rig.published[-1].verdict is Verdict.KEEP
    rig.tick(20)
    assert (rig.recorder.kept, rig.lengths) == (1, [4])


@pytest.mark.parametrize("is_pending", [False, True])
def test_a_discarded_episode_is_granted_again_with_the_same_seed(*, is_pending: bool) -> None:
    """The person tries the same placement once more, as a new attempt."""
    rig = by_person()
    if is_pending:
        end(rig)
    rig.command(Command.RERECORD).tick()
    assert (rig.recorder.kept, rig.writer.discarded, rig.seeds) == (0, 1, [0, 0])
    end(rig.command(Command.NEXT).tick(4)).command(Command.NEXT).tick()
    assert [episode.record.seed for episode in rig.writer.episodes] == [0]
    assert [episode.record.attempt for episode in rig.writer.episodes] == [1]


def test_an_episode_that_is_too_short_is_dropped_and_said_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The body discards it; that it succeeded is not the reason."""
    rig = Rig(succeed_at_step=1).tick(4)
    assert "episode 1 of 2: dropped, fewer than 2 frames" in said(caplog)
    assert rig.lengths == []
    assert set(rig.seeds) == {0}


def test_seeds_follow_from_the_index() -> None:
    """From the configured one on."""
    rig = Rig(config(3, seed=40), succeed_at_step=2).tick(20)
    assert [episode.record.seed for episode in rig.writer.episodes] == [40, 41, 42]
    assert [episode.record.episode_index for episode in rig.writer.episodes] == [0, 1, 2]


def test_a_resumed_dataset_goes_on_with_new_seeds() -> None:
    """With new places for the block, and the next index."""
    rig = Rig(config(4), existing(2, seeds=[0, 1]), succeed_at_step=2).tick(20)
    assert [episode.record.seed for episode in rig.writer.episodes] == [2, 3]
    assert [episode.record.episode_index for episode in rig.writer.episodes] == [2, 3]


def test_nothing_is_granted_before_the_body_has_spoken() -> None:
    """Only its first message says whether it can be recorded."""
    rig = Rig().say()
    assert rig.statuses == []
    assert rig.tick().seeds == [0]


def test_the_next_episode_is_granted_when_the_last_was_judged() -> None:
    """Not earlier: its seed depends on the verdict."""
    rig = end(by_person())
    assert rig.seeds == [0]
    rig.command(Command.NEXT).tick()
    assert rig.seeds == [0, 1]


def test_no_more_is_granted_than_is_wanted() -> None:
    """The last episode's save is awaited."""
    rig = Rig(config(2), succeed_at_step=2)
    rig.saves_at_once = False
    rig.tick(30)
    assert (rig.recorder.kept, rig.seeds) == (2, [0, 1])
    assert not rig.recorder.is_over


def test_the_next_episode_waits_while_too_much_waits_for_the_disk() -> None:
    """And is granted with the next one saved."""
    rig = Rig(config(9), succeed_at_step=2)
    rig.saves_at_once = False
    rig.tick(40)
    assert (rig.recorder.kept, len(rig.seeds)) == (MAX_PENDING, MAX_PENDING)
    rig.writer.work()
    rig.say()
    assert len(rig.seeds) == MAX_PENDING + 1


PARTS: dict[str, Callable[[TimeStep], bool]] = {
    "first": lambda timestep: timestep.kind is Kind.FIRST,
    "middle": lambda timestep: timestep.step == 2,
    "last": lambda timestep: timestep.kind is Kind.LAST,
    "whole": lambda timestep: timestep.kind is not Kind.PHASE,
    "verdict": lambda timestep: timestep.kind is Kind.PHASE and timestep.verdict is Verdict.KEEP,
}
"""Messages of an episode that may be lost."""


@pytest.mark.parametrize("lost", PARTS)
def test_an_episode_with_a_hole_is_not_recorded_but_said_and_granted_again(
    lost: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whichever message is lost, and the run goes on."""
    rig = Rig(config(2), advance=Advance.CONFIRM)
    rig.loses = lambda timestep: timestep.episode == 0 and PARTS[lost](timestep)
    end(rig.tick().command(Command.NEXT).tick(4)).command(Command.NEXT).tick(2)
    assert (rig.lengths, rig.seeds) == ([], [0, 0])
    errors = [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]
    assert errors
    assert all(line.endswith("message(s) missing") for line in errors)
    assert "episode 1 of 2: dropped, an episode with a hole is not recorded" in said(caplog)
    end(rig.command(Command.NEXT).tick(4)).command(Command.NEXT).tick()
    assert rig.lengths == [4]


@pytest.mark.parametrize("lost", ["first", "middle", "last"])
def test_a_hole_in_an_episode_that_keeps_itself_is_one_too(lost: str) -> None:
    """LAST is also its verdict."""
    rig = Rig(config(1), succeed_at_step=4)
    rig.loses = lambda timestep: timestep.episode == 0 and PARTS[lost](timestep)
    rig.tick(20)
    assert (rig.lengths, rig.seeds) == ([4], [0, 0])
    assert rig.writer.episodes[0].record.attempt == 1


def test_a_hole_is_said_when_it_is_found(caplog: pytest.LogCaptureFixture) -> None:
    """A person need not finish an episode that cannot be kept; and it is counted."""
    rig = Rig(config(1))
    rig.loses = lambda timestep: timestep.step in (2, 3)
    rig.tick(6)
    assert "episode 1 of 1: 2 message(s) missing" in said(caplog)
    assert rig.recorder.gaps == 2


@pytest.mark.parametrize("expected", [False, True])
def test_a_stream_that_closes_in_an_episode_discards_it(*, expected: bool) -> None:
    """FIRST without LAST."""
    rig = by_person()
    rig.recorder.stream_ended(expected=expected)
    assert (rig.lengths, rig.writer.discarded) == ([], 1)
    assert rig.recorder.is_over


@pytest.mark.parametrize("expected", [False, True])
def test_a_stream_that_closes_while_a_person_decides_keeps_it(*, expected: bool) -> None:
    """Nothing that was finished is lost."""
    rig = end(by_person())
    rig.recorder.stream_ended(expected=expected)
    assert rig.lengths == [4]
    assert not rig.recorder.is_over
    rig.say()
    assert rig.recorder.is_over


def test_a_stream_that_closes_while_an_episode_with_a_hole_is_pending_discards_it() -> None:
    """It cannot be recorded whole."""
    rig = Rig(advance=Advance.CONFIRM)
    rig.loses = PARTS["middle"]
    end(rig.tick().command(Command.NEXT).tick(4))
    rig.recorder.stream_ended(expected=True)
    assert rig.lengths == []


@pytest.mark.parametrize("expected", [False, True])
def test_a_body_that_leaves_without_a_word_is_an_error(*, expected: bool) -> None:
    """It died; but Ctrl-C ends every node at once, and dora may drop its last word."""
    rig = by_person()
    rig.recorder.stream_ended(expected=expected)
    over = rig.recorder.over()
    assert over.ok is expected
    assert over.message.startswith("the body ended before the run was over;") is not expected


def test_stop_keeps_what_had_ended() -> None:
    """Esc while the verdict is pending; the last word says what there is, and how to go on."""
    rig = end(by_person()).command(Command.STOP)
    assert rig.published[-1].run_over
    assert rig.lengths == [4]
    over = rig.recorder.over()
    assert over.ok
    assert over.message.endswith("of 2 episodes; RESUME_RECORDING=1 goes on")


def test_stop_discards_what_is_running() -> None:
    """Esc in the middle of an episode; nothing is granted any more."""
    rig = by_person().command(Command.STOP).tick(3)
    assert (rig.lengths, rig.writer.discarded, rig.seeds) == ([], 1, [0])
    assert rig.recorder.is_over
    assert rig.recorder.over().ok


def test_a_stopped_run_is_over_when_its_episodes_are_safe() -> None:
    """Not before."""
    rig = end(by_person())
    rig.saves_at_once = False
    rig.command(Command.STOP).tick(3)
    assert not rig.recorder.is_over
    rig.writer.work()
    rig.say()
    assert rig.recorder.is_over


def test_a_run_is_over_when_all_its_episodes_are_safe() -> None:
    """The body is told, and nothing went wrong."""
    rig = Rig(config(2), succeed_at_step=2)
    rig.saves_at_once = False
    rig.tick(20)
    rig.writer.work()
    assert not rig.say().recorder.is_over
    rig.writer.work()
    assert rig.say().recorder.is_over
    over = rig.recorder.over()
    assert (over.state, over.ok, over.saved, over.target) == (RunState.OVER, True, 2, 2)


@pytest.mark.parametrize("episodes", [2, 5])
def test_a_complete_dataset_is_over_at_once(episodes: int) -> None:
    """Resumed with a target that it has reached; nothing is granted."""
    rig = Rig(config(2), existing(episodes))
    assert rig.recorder.is_over
    assert rig.tick(3).seeds == []


FULL = (
    "the disk of nowhere is full; episodes that are safe: 0; make room, then RESUME_RECORDING=1 "
    "goes on"
)


@pytest.mark.parametrize(
    ("failure", "text"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "d"), FULL),
        (RuntimeError("encoder: No space left on device"), FULL),
        (OSError(errno.EIO, "Input/output error"), "Input/output error"),
        (MemoryError(), "Memory"),
    ],
)
def test_a_failing_disk_ends_the_run_with_its_reason(failure: Exception, text: str) -> None:
    """Even one that has no text."""
    rig = by_person()
    rig.writer.failure = failure
    assert rig.recorder.is_over
    over = rig.recorder.over()
    assert not over.ok
    assert text in over.message
    assert "\n" not in over.message


def test_nothing_is_granted_after_a_failure() -> None:
    """The run is about to end."""
    rig = by_person()
    rig.writer.failure = OSError("full")
    rig.command(Command.RERECORD).tick()
    assert rig.seeds == [0]


def test_a_fault_is_an_error_and_not_forgotten_while_an_episode_is_being_saved() -> None:
    """The body repeats that the run is over, without the reason."""
    rig = end(by_person())
    rig.saves_at_once = False
    rig.fault().tick(3)
    assert rig.published[-1].phase is Phase.OVER
    over = rig.recorder.over()
    assert (over.ok, over.message) == (False, "the body had a fault")


def test_an_episode_whose_verdict_is_lost_at_the_end_of_the_run_is_dropped(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The body repeats that the run is over, and not what it has kept."""
    rig = end(by_person())
    rig.loses = PARTS["verdict"]
    rig.command(Command.STOP).tick()
    assert (rig.lengths, rig.writer.discarded) == ([], 1)
    assert rig.recorder.is_over
    assert "episode 1 of 2: dropped, an episode with a hole is not recorded" in said(caplog)


def test_a_body_at_another_rate_than_configured_is_refused_with_both() -> None:
    """Before anything is granted."""
    rig = Rig(config(fps=30))
    with pytest.raises(FeatureError, match=r"dataset\.fps is 30, but the body steps at 10 Hz"):
        rig.tick()
    assert rig.statuses == []


def test_a_dataset_at_another_rate_is_not_gone_on_with() -> None:
    """Both are named."""
    rig = Rig(config(4), existing(2, fps=30))
    with pytest.raises(FeatureError, match="the dataset has 30, the body now steps at 10 Hz"):
        rig.tick()


def test_a_dataset_of_another_action_is_not_gone_on_with() -> None:
    """Both are named."""
    rig = Rig(config(4), existing(2, action_space=ActionSpace.EE_DELTA))
    with pytest.raises(FeatureError, match=r"'action'.*\(delta_x, .*\(x, y, z, gripper\)"):
        rig.tick()


def test_a_person_is_invited_once_per_grant(caplog: pytest.LogCaptureFixture) -> None:
    """Not on every tick, and again for the next episode."""
    rig = Rig(advance=Advance.CONFIRM).tick(40)
    assert said(caplog).count("episode 1 of 2: Space begins") == 1
    end(rig.command(Command.NEXT).tick(4)).command(Command.NEXT).tick(40)
    assert said(caplog).count("episode 2 of 2: Space begins") == 1


def test_nothing_is_said_while_the_disk_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    """Space would do nothing, and nothing is missing."""
    rig = by_person(9)
    rig.saves_at_once = False
    end(rig).command(Command.NEXT).tick(2)
    end(rig.command(Command.NEXT).tick(4)).command(Command.NEXT).tick()
    assert rig.writer.pending == MAX_PENDING
    said(caplog)
    rig.tick(40)
    assert said(caplog) == []


def test_nobody_is_invited_where_a_body_begins_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    """`--advance auto`."""
    Rig(succeed_at_step=3).tick(20)
    assert not [line for line in said(caplog) if "Space" in line]


STEPS = st.one_of(
    st.just("tick"),
    st.just("tick"),
    st.just("work"),
    st.just("lose"),
    st.sampled_from([c for c in Command if c is not Command.STOP]),
)


@given(
    st.lists(STEPS, min_size=20, max_size=80),
    st.sampled_from(Advance),
    st.sampled_from([None, Command.STOP]),
    st.integers(0, 6),
)
def test_whatever_happens_every_kept_episode_is_whole(
    happenings: list[str], advance: Advance, ending: Command | None, succeed_at_step: int
) -> None:
    """Random commands, lost steps and slow saves, with a real body."""
    rig = Rig(config(4), advance=advance, succeed_at_step=succeed_at_step, max_steps=12)
    rig.saves_at_once = False
    lost: list[TimeStep] = []
    is_losing = False

    def loses(timestep: TimeStep) -> bool:
        nonlocal is_losing
        is_lost = is_losing and timestep.kind is not Kind.PHASE
        is_losing = is_losing and not is_lost
        lost.extend([timestep] if is_lost else [])
        return is_lost

    rig.loses = loses
    for happening in happenings:
        if happening == "work":
            rig.writer.work()
        elif happening == "lose":
            is_losing = True
        elif isinstance(happening, Command):
            rig.command(happening)
        else:
            rig.tick()
        rig.say()
        assert rig.writer.pending <= MAX_PENDING
    if ending is not None:
        rig.command(ending)
    is_pending = rig.body.cycle.phase is Phase.DONE
    rig.recorder.stream_ended(expected=True)

    holed = {timestep.episode for timestep in lost}
    kept = [t.episode for t in rig.published if t.verdict is Verdict.KEEP]
    kept += [rig.body.cycle.episode] if is_pending else []
    expected = [episode for episode in kept if episode not in holed]
    steps = {t.episode: t.step for t in rig.published if t.kind is Kind.LAST}
    records = [episode.record for episode in rig.writer.episodes]
    assert [record.attempt for record in records] == expected
    assert [record.length for record in records] == [steps[episode] for episode in expected]
    assert rig.lengths == [record.length for record in records]
    assert [record.seed for record in records] == list(range(len(records)))
    assert [record.episode_index for record in records] == list(range(len(records)))
