"""Who drives, tick by tick, with leaders made of numbers."""

from dataclasses import replace

import numpy as np
import pytest

from dora_hil.stream.timestep import Phase
from leader_node.fake_arms import DT_S, TwoArms
from leader_node.hand_over import State
from leader_node.hand_over_rules import TakeOver


def followed(take_over: TakeOver = TakeOver.ALWAYS) -> TwoArms:
    """Return a motorised leader that has come to its follower."""
    arms = TwoArms(can_move=True, take_over=take_over)
    arms.run(2.0)
    return arms


def test_a_motorised_leader_goes_to_the_follower_and_then_drives() -> None:
    """Its torque is on until they agree, and off from then on."""
    arms = TwoArms(can_move=True)
    first = arms.tick()
    assert (arms.does(), first.engaged) == (State.ALIGNING, False)
    assert first.goal is not None
    last = arms.run(2.0)[-1]
    assert (arms.does(), last.engaged, last.goal) == (State.DRIVING, True, None)


def test_the_leader_moves_no_faster_than_it_may() -> None:
    """40 degrees at 60 degrees a second."""
    arms = TwoArms(can_move=True)
    goals = [ask.goal for ask in arms.run(0.5) if ask.goal is not None]
    steps = np.abs(np.diff(np.stack(goals), axis=0))
    assert steps.max() <= 60.0 * DT_S + 1e-9
    assert goals[-1][0] == pytest.approx(40.0 - 60.0 * 0.5, abs=2.5)


def test_a_leader_that_is_held_back_is_pulled_no_harder_than_a_push_takes() -> None:
    """The goal does not run away from the hand."""
    arms = TwoArms(can_move=True)
    for _ in range(90):
        ask = arms.tick()
        arms.leader = np.array([40.0, 0.0])
    assert ask.goal == pytest.approx([30.0, 0.0])
    assert arms.does() is State.ALIGNING


def test_the_first_pose_said_is_the_followers_own_and_what_differs_is_taken_back_slowly() -> None:
    """So it never jumps, wherever the hand is by then."""
    arms = TwoArms(can_move=False)
    arms.leader = np.array([6.0, -7.0])
    asks = [ask for ask in arms.run(2.0) if ask.engaged]
    values = np.stack([ask.value for ask in asks if ask.value is not None])
    assert values[0] == pytest.approx([0.0, 0.0])
    assert np.abs(np.diff(values, axis=0)).max() <= 60.0 * DT_S + 1e-9
    assert values[-1] == pytest.approx([6.0, -7.0])


def test_a_gripper_that_holds_something_is_not_opened_by_the_engagement() -> None:
    """It begins with what the follower was told, which is tighter than what is measured."""
    arms = TwoArms(can_move=False)
    arms.leader = np.array([0.0, 35.0])
    arms.follower_goes((0.0, 35.0))
    assert arms.follower is not None
    arms.follower = replace(arms.follower, target=np.array([0.0, 10.0]))
    first = next(ask for ask in arms.run(1.0) if ask.engaged)
    assert first.value == pytest.approx([0.0, 10.0])


def test_a_leader_without_motors_drives_once_a_hand_has_brought_it() -> None:
    """Its torque is never asked for."""
    arms = TwoArms(can_move=False)
    arms.run(2.0)
    assert arms.does() is State.ALIGNING
    arms.move((3.0, 3.0))
    arms.run(0.5)
    assert arms.does() is State.DRIVING
    assert all(ask.goal is None for ask in arms.asks)


def test_passing_through_the_followers_pose_is_no_agreement() -> None:
    """It has to stay there."""
    arms = TwoArms(can_move=False)
    arms.move((-40.0, 0.0))
    assert not any(ask.engaged for ask in arms.asks)


@pytest.mark.parametrize(
    ("phase", "episode"), [(Phase.RUNNING, 1), (Phase.RESETTING, 0), (Phase.RESETTING, 1)]
)
def test_every_stretch_of_an_episode_begins_disengaged(phase: Phase, episode: int) -> None:
    """The body wants a fresh engagement, and the follower may be elsewhere."""
    arms = followed()
    arms.see(phase=phase, episode=episode)
    assert not arms.tick().engaged
    arms.run(0.5)
    assert arms.does() is State.DRIVING


def test_a_follower_that_a_reset_has_moved_is_gone_to_first() -> None:
    """However far it is."""
    arms = followed()
    arms.see(episode=1)
    arms.follower_goes((-70.0, 20.0))
    asks = arms.run(0.9)
    assert not any(ask.engaged for ask in asks)
    arms.run(1.0)
    assert arms.does() is State.DRIVING
    assert arms.leader == pytest.approx([-70.0, 20.0], abs=8.0)


def test_while_nobody_may_drive_a_motorised_leader_follows() -> None:
    """Between the end of an episode and the next, or while another hand drives."""
    arms = followed()
    arms.see(phase=Phase.DONE, may_drive=False)
    arms.follower_goes((20.0, 0.0))
    last = arms.run(2.0)[-1]
    assert not last.engaged
    assert last.goal == pytest.approx([20.0, 0.0])
    arms.see(phase=Phase.RESETTING)
    arms.run(0.5)
    assert arms.does() is State.DRIVING


def test_an_unplugged_leader_is_disengaged_and_comes_to_the_follower_again() -> None:
    """What it says first is no pose."""
    arms = followed()
    pose, arms.leader = arms.leader, None
    ask = arms.tick()
    assert (arms.does(), ask.engaged, ask.value, ask.goal) == (State.ABSENT, False, None, None)
    assert pose is not None
    arms.leader = pose + 30.0
    assert not arms.tick().engaged
    arms.run(1.0)
    assert arms.does() is State.DRIVING


def test_a_follower_that_is_not_heard_is_not_driven() -> None:
    """It may be anywhere by the time it is."""
    arms = followed()
    arms.follower = None
    assert not arms.tick().engaged
    assert arms.does() is State.ABSENT


def test_a_leader_that_is_held_stays_held_while_the_follower_is_not_heard() -> None:
    """Letting go would drop it."""
    arms = followed(TakeOver.PUSH)
    goal = arms.asks[-1].goal
    arms.follower = None
    assert arms.tick().goal is goal


def test_a_body_that_does_not_take_the_leader_is_asked_afresh() -> None:
    """It names another driver for half a second; a gap of one message is none."""
    arms = followed()
    arms.believes = False
    assert all(ask.engaged for ask in arms.run(0.4))
    arms.run(0.2)
    assert arms.does() is State.ALIGNING


def test_a_node_that_has_stalled_aligns_again() -> None:
    """The body has counted it as silent and let the policy drive."""
    arms = followed()
    assert not arms.tick(dt_s=0.3).engaged


def test_mode_push_follows_until_it_is_pushed_and_then_drives() -> None:
    """The torque goes off; the follower begins where it is, not where the push is."""
    arms = followed(TakeOver.PUSH)
    assert arms.does() is State.MIRRORING
    assert arms.asks[-1].goal is not None
    arms.pushed = np.array([15.0, 0.0])
    asks = arms.run(0.4)
    assert arms.does() is State.DRIVING
    first = next(ask for ask in asks if ask.engaged)
    assert first.goal is None
    assert first.value == pytest.approx([0.0, 0.0], abs=1e-6)


def test_a_short_bump_is_no_push() -> None:
    """Nor is one that is gentler than the rules say."""
    arms = followed(TakeOver.PUSH)
    arms.pushed = np.array([15.0, 0.0])
    arms.run(0.1)
    arms.pushed = np.array([9.0, 0.0])
    arms.run(1.0)
    assert arms.does() is State.MIRRORING


def test_a_follower_that_moves_fast_is_no_push() -> None:
    """The leader lags behind it, at its own speed."""
    arms = followed(TakeOver.PUSH)
    for degrees in np.linspace(0.0, 60.0, 10):
        arms.follower_goes((float(degrees), 0.0))
        arms.tick()
    arms.run(1.0)
    assert all(not ask.engaged for ask in arms.asks)
    assert arms.leader == pytest.approx([60.0, 0.0], abs=0.1)


def test_a_leader_that_is_stopped_by_its_end_is_not_pushed() -> None:
    """The goal leaves it; it does not leave the goal."""
    arms = followed(TakeOver.PUSH)
    arms.run(1.0)
    for degrees in np.linspace(0.0, 40.0, 60):
        arms.follower_goes((float(degrees), 0.0))
        arms.tick()
        arms.leader = np.zeros(2)
    assert all(not ask.engaged for ask in arms.asks)


def test_a_push_while_nobody_may_drive_does_nothing() -> None:
    """As between two episodes."""
    arms = followed(TakeOver.PUSH)
    arms.see(phase=Phase.DONE, may_drive=False)
    arms.pushed = np.array([15.0, 0.0])
    arms.run(1.0)
    assert arms.does() is State.MIRRORING


def test_a_leader_held_still_hands_back_and_follows_again() -> None:
    """Three seconds in which it moves less than a hand trembles."""
    arms = followed(TakeOver.PUSH)
    arms.pushed = np.array([15.0, 0.0])
    arms.run(0.4)
    arms.move((40.0, 10.0))
    arms.pushed = np.zeros(2)
    arms.run(2.5)
    assert arms.does() is State.DRIVING
    arms.run(1.0)
    assert arms.does() is State.MIRRORING
    assert arms.asks[-1].goal is not None


def test_in_mode_always_a_still_leader_goes_on_driving() -> None:
    """Holding the arm where it is is driving, too."""
    arms = followed()
    arms.run(10.0)
    assert arms.does() is State.DRIVING


def test_without_motors_a_push_is_a_motion_at_the_followers_pose() -> None:
    """A leader that lies on the table where the policy passes by takes nothing over."""
    arms = TwoArms(can_move=False, take_over=TakeOver.PUSH)
    arms.leader = np.array([1.0, 1.0])
    arms.run(3.0)
    assert not any(ask.engaged for ask in arms.asks)
    arms.move((5.0, 1.0))
    arms.run(0.5)
    assert arms.does() is State.DRIVING
    arms.run(4.0)
    assert arms.does() is State.ALIGNING
