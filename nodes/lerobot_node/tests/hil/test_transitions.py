"""Frames as LeRobot's transitions."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from lerobot.utils.transition import Transition
from recorder_rig import CAMERA, CameraArm
from replay_rig import body_of, perform

from dora_hil.stream.frames import frames
from dora_hil.stream.timestep import TimeStep
from dora_hil.testing.fake_environment import FakeEnvironment
from lerobot_node.hil.replay_buffer import shapes_of
from lerobot_node.hil.train_config import load
from lerobot_node.hil.transitions import TransitionBuilder, state_of

KEYS = ("observation.state",)


def episode(succeed_at_step: int = 0) -> list[TimeStep]:
    """Return the messages of an episode."""
    return perform(body_of(FakeEnvironment(succeed_at_step=succeed_at_step), max_steps=4))


def built(messages: list[TimeStep], keys: Sequence[str] = KEYS) -> list[Transition]:
    """Return the transitions of an episode."""
    builder = TransitionBuilder(keys)
    return [builder.build(frame) for frame in frames(messages)]


def test_what_was_executed_and_what_came_of_it_is_sent() -> None:
    """Unless it is said what was asked for; states as they were seen."""
    messages = episode(succeed_at_step=3)
    transitions = built(messages)
    assert len(transitions) == 3
    for transition, before, after in zip(transitions, messages, messages[1:], strict=False):
        assert transition["action"].shape == (1, 4)
        np.testing.assert_array_equal(transition["action"][0], after.actions["ee_delta"])
        np.testing.assert_array_equal(
            transition["state"]["observation.state"][0], before.columns["observation.state"]
        )
        np.testing.assert_array_equal(
            transition["next_state"]["observation.state"][0], after.columns["observation.state"]
        )
    assert [t["reward"] for t in transitions] == [0.0, 0.0, 1.0]
    assert [t["done"] for t in transitions] == [False, False, True]


def test_without_a_gripper_an_action_has_three_numbers() -> None:
    """As the learner's config has it then, which refuses others."""
    messages = perform(body_of(FakeEnvironment(use_gripper=False), max_steps=2))
    assert {transition["action"].shape for transition in built(messages)} == {(1, 3)}
    config = Path(__file__).parents[4] / "configs/train_gym_hil_state.json"
    action = '{"action": {"type": "ACTION", "shape": [3]}}'
    words = [f"--policy.output_features={action}", "--policy.num_discrete_actions=null"]
    assert shapes_of(load(config, words))["action"] == (3,)


def test_a_time_out_is_a_truncation_and_not_the_end_of_the_world() -> None:
    """Its next state is worth something."""
    last = built(episode())[-1]
    assert (last["done"], last["truncated"]) == (False, True)
    assert not torch.equal(
        last["state"]["observation.state"], last["next_state"]["observation.state"]
    )


def test_numbers_are_pythons_own() -> None:
    """A numpy scalar would end the learner."""
    for transition in built(episode(succeed_at_step=2)):
        assert type(transition["reward"]) is float
        assert type(transition["done"]) is bool
        assert type(transition["truncated"]) is bool
        info = transition["complementary_info"]
        assert info is not None
        assert all(isinstance(value, torch.Tensor) for value in info.values())


def test_one_observation_is_converted_once() -> None:
    """Pictures are large."""
    for one, following in itertools.pairwise(built(episode())):
        assert one["next_state"][KEYS[0]] is following["state"][KEYS[0]]


def test_pictures_are_channels_first_between_0_and_1() -> None:
    """As the learner stores them."""
    picture = np.zeros((2, 3, 3), np.uint8)
    picture[0, 1] = (255, 0, 51)
    state = state_of({"observation.images.front": picture}, ["observation.images.front"])
    tensor = state["observation.images.front"]
    assert tensor.shape == (1, 3, 2, 3)
    torch.testing.assert_close(tensor[0, :, 0, 1], torch.tensor([1.0, 0.0, 0.2]))


def test_a_state_does_not_share_the_messages_memory() -> None:
    """It is dora's, and given back."""
    array = np.zeros(2, np.float32)
    state = state_of({"observation.state": array}, KEYS)
    array[:] = 7
    assert state["observation.state"].tolist() == [[0.0, 0.0]]


def test_transitions_of_a_body_with_a_camera_carry_its_pictures() -> None:
    """Before and after each step; the picture tells which step it was."""
    transitions = built(perform(body_of(CameraArm(), max_steps=4)), (*KEYS, CAMERA))
    assert len(transitions) == 4
    for step, transition in enumerate(transitions):
        for state, grey in ((transition["state"], step), (transition["next_state"], step + 1)):
            assert state[CAMERA].shape == (1, 3, 16, 16)
            assert state[CAMERA].unique().tolist() == [torch.tensor(grey) / 255.0]
