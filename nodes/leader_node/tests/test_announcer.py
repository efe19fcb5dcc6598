"""What a person at a leader reads."""

import logging

import pytest

from leader_node.announcer import Announcer
from leader_node.hand_over import State
from leader_node.hand_over_rules import HandOverRules, TakeOver


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Catch all that is said."""
    caplog.set_level(logging.INFO)
    return caplog


def test_what_changes_is_said_once(lines: pytest.LogCaptureFixture) -> None:
    """Thirty times a second would be noise."""
    announcer = Announcer(HandOverRules(), can_move=True)
    for _ in range(3):
        announcer.state(State.ALIGNING)
    for _ in range(3):
        announcer.no_leader("no such port")
    announcer.state(State.ALIGNING)
    assert lines.messages == [
        "the leader goes to the follower's pose; let it",
        "no leader: no such port",
        "the leader goes to the follower's pose; let it",
    ]


def test_in_mode_push_it_is_said_how_to_hand_back(lines: pytest.LogCaptureFixture) -> None:
    """In mode always nobody is handed anything back."""
    Announcer(HandOverRules(TakeOver.PUSH), can_move=True).state(State.DRIVING)
    Announcer(HandOverRules(), can_move=True).state(State.DRIVING)
    assert lines.messages == [
        "the leader drives; hold it still for 3 s to hand back",
        "the leader drives",
    ]


def test_a_leader_that_cannot_be_moved_is_said_to_follow_nobody(
    lines: pytest.LogCaptureFixture,
) -> None:
    """In mode push it makes a difference; one warning."""
    Announcer(HandOverRules(), can_move=False)
    assert lines.messages == []
    Announcer(HandOverRules(TakeOver.PUSH), can_move=False)
    assert "LeRobot cannot move this leader" in lines.text
    assert len(lines.records) == 1


def test_differences_are_said_once_a_second_while_it_is_moved(
    lines: pytest.LogCaptureFixture,
) -> None:
    """Of the joints that do not agree yet."""
    announcer = Announcer(HandOverRules(), can_move=False)
    apart = {"elbow_flex.pos": 23.4, "wrist_roll.pos": -1.0, "gripper.pos": -30.0}
    for tick in range(40):
        announcer.differences(tick / 20, apart, is_handled=True)
    assert lines.messages == ["leader less follower: elbow_flex +23, gripper -30"] * 2


def test_differences_of_a_leader_that_nobody_moves_are_said_once(
    lines: pytest.LogCaptureFixture,
) -> None:
    """When it begins to align; the log would fill while the policy drives."""
    announcer = Announcer(HandOverRules(), can_move=False)
    announcer.state(State.ALIGNING)
    for second in range(10):
        announcer.differences(float(second), {"elbow_flex.pos": 23.4}, is_handled=False)
    assert lines.messages[1:] == ["leader less follower: elbow_flex +23"]


def test_where_all_agree_there_is_nothing_to_say(lines: pytest.LogCaptureFixture) -> None:
    """Within what the rules allow."""
    announcer = Announcer(HandOverRules(), can_move=False)
    announcer.differences(0.0, {"elbow_flex.pos": 7.9}, is_handled=True)
    assert lines.messages == []
