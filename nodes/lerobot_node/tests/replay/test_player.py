"""The answers to one episode's steps."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from replay_rig import body_of, perform, source_of

from dora_hil.stream.actions import ActionSpace, hold_ee_delta
from dora_hil.stream.messages import Action, Command, Control
from dora_hil.stream.timestep import EndReason, Kind, TimeStep
from dora_hil.testing.fake_environment import FakeEnvironment
from lerobot_node.replay.player import Player


@pytest.fixture(scope="module")
def episode() -> list[TimeStep]:
    """Return the messages of an episode of five steps."""
    return perform(body_of(FakeEnvironment(), max_steps=5))


def player(episode: list[TimeStep], **settings: bool) -> Player:
    """Return a player of that episode."""
    source = source_of(episode, ActionSpace.EE_DELTA)
    return Player(source, ActionSpace.EE_DELTA, **{"say_success": False, **settings})


def test_every_step_is_answered_with_its_recorded_action(episode: list[TimeStep]) -> None:
    """And with the number of the step it answers."""
    its_player = player(episode)
    for timestep, after in pairwise(episode):
        *_, action = its_player.answer(timestep)
        assert isinstance(action, Action)
        assert (action.episode, action.step) == (timestep.episode, timestep.step)
        assert (action.space, action.engaged) == (ActionSpace.EE_DELTA, True)
        assert action.t_obs_ns == timestep.t_capture_ns
        assert (action.value == after.actions["ee_delta"]).all()


def test_what_asks_for_nothing_is_not_answered(episode: list[TimeStep]) -> None:
    """LAST and PHASE."""
    assert player(episode).answer(episode[-1]) == []
    assert player(episode).answer(replace(episode[0], kind=Kind.PHASE, step=-1)) == []


def test_the_command_that_ends_the_episode_goes_before_the_last_action(
    episode: list[TimeStep],
) -> None:
    """The body must know of it when it steps."""
    its_player = player(episode)
    answers = [its_player.answer(timestep) for timestep in episode[:-1]]
    assert [len(answer) for answer in answers] == [1, 1, 1, 1, 2]
    command, action = answers[-1]
    assert isinstance(command, Control)
    assert isinstance(action, Action)
    assert (command.command, command.episode) == (Command.NEXT, episode[0].episode)


def test_behind_the_last_action_the_arm_is_held_and_the_end_asked_for_again(
    episode: list[TimeStep],
) -> None:
    """A command may have come too late for its step."""
    its_player = player(episode)
    its_player.answer(episode[4])
    command, action = its_player.answer(replace(episode[4], step=5))
    assert isinstance(command, Control)
    assert isinstance(action, Action)
    assert (command.command, command.seq) == (Command.NEXT, 1)
    assert (action.value == hold_ee_delta()).all()
    assert action.space is ActionSpace.EE_DELTA


def test_a_success_that_a_person_said_is_said_again_if_asked_for(episode: list[TimeStep]) -> None:
    """Once; behind it only `next` follows."""
    source = replace(source_of(episode), end_reason=EndReason.SUCCESS)
    its_player = Player(source, ActionSpace.EE_ABSOLUTE, say_success=True)
    said = [its_player.answer(replace(episode[4], step=step))[0] for step in (4, 5)]
    assert [c.command for c in said if isinstance(c, Control)] == [Command.SUCCESS, Command.NEXT]


def test_an_answer_can_be_sent(episode: list[TimeStep]) -> None:
    """Rows of a table are not contiguous by nature."""
    [action] = player(episode).answer(episode[0])
    value, _ = action.to_arrow()
    assert np.allclose(value.field("value")[0].as_py(), episode[1].actions["ee_delta"])
