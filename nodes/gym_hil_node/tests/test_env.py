"""The gymnasium environment."""

import copy
import pickle
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.error import ClosedEnvironmentError, ResetNeeded
from gymnasium.spaces import Box, Dict
from gymnasium.utils.env_checker import check_env
from gymnasium.wrappers import RecordEpisodeStatistics

from dora_hil.config import ConfigError
from dora_hil.stream.actions import ActionError, Float32Array
from gym_hil_node.config_file import parse_config
from gym_hil_node.env import ENV_ID, GymHilEnv, Observation

CONFIGS = Path(__file__).parents[3] / "configs"
STAY = np.array([0.0, 0.0, 0.0, 1.0], dtype=np.float32)


def build(sim: Any = None, **reset: Any) -> GymHilEnv:
    """Return a state-only environment."""
    raw = {
        "env": {"processor": {"reset": reset, "gripper": {"gripper_penalty": -0.02}}},
        "sim": {"cameras": {}, **(sim or {})},
    }
    return GymHilEnv(parse_config(raw))


class Script:
    """Go above the cube, grasp it and lift it; one object per episode."""

    def __init__(self) -> None:
        """Start at the first step."""
        self._steps = 0

    def __call__(self, privileged: Observation) -> Float32Array:
        """Return the next action."""
        self._steps += 1
        above = (0.0, 0.0, 0.08 if self._steps < 13 else 0.0)
        error = privileged["block_xyz_m"] + above - privileged["tcp_xyz_m"]
        motion = (0.0, 0.0, 1.0) if self._steps > 25 else np.clip(error / 0.025, -1.0, 1.0)
        gripper = 0.0 if self._steps > 20 else 2.0
        return np.array([*motion, gripper], dtype=np.float32)


def play(env: GymHilEnv, steps: int) -> list[tuple[Observation, float, bool, bool, dict[str, Any]]]:
    """Let the script act for so many steps or until the episode ends."""
    script, transitions = Script(), []
    _, info = env.reset(seed=0)
    for _ in range(steps):
        transitions.append(env.step(script(info["privileged"])))
        _, _, terminated, truncated, info = transitions[-1]
        if terminated or truncated:
            break
    return transitions


@pytest.mark.parametrize("name", ["gym_hil_env", "gym_hil_env_state", "gym_hil_env_boxes"])
def test_gymnasiums_own_checker_finds_nothing_wrong(name: str) -> None:
    """With the shipped configs, by name: it then makes others of the same kind itself."""
    env = gymnasium.make(ENV_ID, config=CONFIGS / f"{name}.json").unwrapped
    with warnings.catch_warnings():
        # It recommends bounded observations and symmetric actions; neither is an error.
        warnings.simplefilter("ignore")
        check_env(env)
    env.close()


def test_the_spaces_are_lerobots() -> None:
    """Columns by their LeRobot names, and a gripper from 0 to 2."""
    env = build()
    assert isinstance(env.action_space, Box)
    np.testing.assert_array_equal(env.action_space.low, (-1, -1, -1, 0))
    np.testing.assert_array_equal(env.action_space.high, (1, 1, 1, 2))
    assert isinstance(env.observation_space, Dict)
    assert set(env.observation_space.keys()) == {
        "observation.state",
        "observation.environment_state",
    }


def test_what_only_a_script_may_see_is_in_info() -> None:
    """And not in the observation."""
    observation, info = build().reset(seed=0)
    assert set(info["privileged"]) == {
        "block_xyz_m",
        "tcp_xyz_m",
        "target_xyz_m",
        "gripper_opening",
    }
    assert not any(key.startswith("privileged") for key in observation)


def test_an_episode_ends_at_success() -> None:
    """With reward 1, terminated and not truncated."""
    transitions = play(build(), 60)
    _, reward, terminated, truncated, info = transitions[-1]
    assert (reward, terminated, truncated) == (1.0, True, False)
    assert info["succeed"]
    assert not info["is_out_of_bounds"]


def test_an_episode_goes_on_after_success_where_it_is_told_to() -> None:
    """`terminate_on_success` false: to the time limit."""
    transitions = play(build(terminate_on_success=False, control_time_s=4.5), 60)
    assert any(info["succeed"] for *_, info in transitions)
    assert len(transitions) == 45
    assert transitions[-1][2:4] == (False, True)


def test_steps_after_success_have_reward_1() -> None:
    """`number_of_steps_after_success`; the last of them terminates."""
    plain = len(play(build(), 60))
    longer = play(build({"number_of_steps_after_success": 3}), 60)
    assert len(longer) == plain + 3
    assert [reward for _, reward, *_ in longer[-4:]] == [1.0] * 4
    assert [terminated for _, _, terminated, *_ in longer[-4:]] == [False] * 3 + [True]


def test_an_episode_is_truncated_at_the_time_limit() -> None:
    """`control_time_s` in seconds, at 10 steps each; counted anew after a reset."""
    env = build(control_time_s=0.7)
    for _ in range(2):
        env.reset(seed=0)
        ends = [env.step(STAY)[2:4] for _ in range(7)]
        assert ends == [(False, False)] * 6 + [(False, True)]


def test_losing_the_cube_terminates_without_reward() -> None:
    """Out of bounds."""
    env = build({"random_block_position": False})
    env.reset(seed=0)
    for action in [(-1, 0, -1, 0)] * 8 + [(1, 0, 0, 0)] * 20:
        _, reward, terminated, _, info = env.step(np.array(action, dtype=np.float32))
        if terminated:
            break
    assert info["is_out_of_bounds"]
    assert (reward, info["succeed"]) == (0.0, False)


def test_the_gripper_penalty_is_in_info_and_not_in_the_reward() -> None:
    """Closing an open gripper costs."""
    env = build()
    env.reset(seed=0)
    _, reward, _, _, info = env.step(np.array([0, 0, 0, 0], dtype=np.float32))
    assert (reward, info["discrete_penalty"]) == (0.0, -0.02)


def test_a_reset_without_a_seed_starts_somewhere_else() -> None:
    """Drawn from gymnasium's generator, so that one first seed gives one sequence."""

    def spots(env: GymHilEnv) -> list[tuple[float, ...]]:
        env.reset(seed=1)
        return [tuple(env.reset()[1]["privileged"]["block_xyz_m"]) for _ in range(4)]

    first = spots(build())
    assert len(set(first)) == 4
    assert spots(build()) == first


def test_a_reset_does_not_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """`reset_time_s` passes in the body; gym-hil's wrapped environments sleep a second."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    build(reset_time_s=1000.0).reset(seed=0)
    assert slept == []


def test_a_picture_can_be_shown() -> None:
    """The first camera's, as it was observed."""
    env = GymHilEnv(parse_config({}))
    observation, _ = env.reset(seed=0)
    np.testing.assert_array_equal(env.render(), observation["observation.images.front"])
    env.close()
    assert build().render() is None


def test_without_a_gripper_an_action_is_three_numbers() -> None:
    """As its space says; four, as a device may say them, are taken too."""
    gripper = {"use_gripper": False, "gripper_penalty": 0.0}
    raw = {"env": {"processor": {"gripper": gripper}}, "sim": {"cameras": {}}}
    env = GymHilEnv(parse_config(raw))
    assert env.action_space.shape == (3,)
    env.reset(seed=0)
    env.step(np.ones(3, np.float32))
    env.step(STAY)
    with pytest.raises(ActionError, match="has 3 or 4 numbers here"):
        env.step(np.ones(2, np.float32))


def test_an_action_of_another_shape_is_refused() -> None:
    """gym-hil's seven numbers, for instance."""
    env = build()
    env.reset(seed=0)
    with pytest.raises(ActionError, match=r"has 4 numbers here .*, got 7"):
        env.step(np.zeros(7, dtype=np.float32))


@pytest.mark.parametrize("action", [[0, 0, np.nan, 1], [np.inf, 0, 0, 1], "abcd", {"x": 1}, None])
def test_an_action_that_is_not_four_finite_numbers_is_refused(action: Any) -> None:
    """A policy that has diverged is not to look like one that stays; and nothing has moved."""
    env, other = build(), build()
    for one in (env, other):
        one.reset(seed=0)
    with pytest.raises(ActionError) as caught:
        env.step(action)
    assert "\n" not in str(caught.value)
    np.testing.assert_equal(env.step(STAY), other.step(STAY))


def test_a_step_needs_an_episode() -> None:
    """Before the first reset, and after the end, there is none."""
    env = build(control_time_s=0.2)
    for _ in range(2):
        with pytest.raises(ResetNeeded, match=r"call reset\(\) before step\(\)"):
            env.step(STAY)
        env.reset(seed=0)
        assert [env.step(STAY)[3] for _ in range(2)] == [False, True]
    with pytest.raises(ResetNeeded, match=r"call reset\(\) before render\(\)"):
        GymHilEnv().render()


def test_what_has_been_closed_stays_closed() -> None:
    """A second close does nothing; the rest says so."""
    for env in (build(), GymHilEnv()):
        env.reset(seed=0)
        env.close()
        env.close()
        for use in (lambda env=env: env.step(STAY), env.reset, env.render):
            with pytest.raises(ClosedEnvironmentError, match="has been closed"):
                use()
    GymHilEnv().close()


COPIES: list[Callable[[Any], Any]] = [
    copy.copy,
    copy.deepcopy,
    lambda env: pickle.loads(pickle.dumps(env)),
]


@pytest.mark.parametrize("copied", COPIES, ids=["copy", "deepcopy", "pickle"])
def test_a_copy_is_an_environment_of_its_own(copied: Callable[[GymHilEnv], GymHilEnv]) -> None:
    """Of the same config, to be reset; what is done to one is not done to the other."""
    env = build(control_time_s=3.0)
    first, _ = env.reset(seed=3)
    other = copied(env)
    with pytest.raises(ResetNeeded):
        other.step(STAY)
    observation, _ = other.reset(seed=3)
    np.testing.assert_equal(observation, first)
    assert other.observation_space == env.observation_space
    moved = [other.step(np.array([1, 1, 1, 0], dtype=np.float32))[0] for _ in range(3)]
    still = env.simulator.observe()["observation.state"]
    np.testing.assert_equal(still, first["observation.state"])
    assert (moved[-1]["observation.state"] != still).any()


def test_gymnasium_makes_one_or_many_by_name() -> None:
    """With its own wrappers around it."""
    config = str(CONFIGS / "gym_hil_env_state.json")
    env = RecordEpisodeStatistics(gymnasium.make(ENV_ID, config=config, max_episode_steps=3))
    env.reset(seed=0)
    *_, info = [env.step(STAY)[4] for _ in range(3)]
    assert info["episode"]["l"] == 3
    many = gymnasium.make_vec(ENV_ID, num_envs=2, vectorization_mode="sync", config=config)
    many.reset(seed=0)
    observation = many.step(np.stack([STAY, STAY]))[0]
    assert observation["observation.state"].shape == (2, 18)
    many.close()


def test_a_render_mode_that_the_config_has_not_is_refused() -> None:
    """There is no window here, and no picture without a camera."""
    assert GymHilEnv(render_mode="rgb_array").render_mode == "rgb_array"
    with pytest.raises(ConfigError, match="'human' is not what the config has"):
        GymHilEnv(render_mode="human")
    with pytest.raises(ConfigError, match="no cameras"):
        GymHilEnv(render=False, render_mode="rgb_array")


ELSEWHERE = """
import threading
import numpy as np
from gymnasium.vector import AsyncVectorEnv
from gym_hil_node.env import GymHilEnv

def step_two():
    both = AsyncVectorEnv([GymHilEnv] * 2, context="fork")
    try:
        both.reset(seed=0)
        both.step(np.array([[0, 0, 0, 1]] * 2, dtype=np.float32))
    finally:
        both.close(terminate=True)

step_two()
env = GymHilEnv()
env.reset(seed=0)
def said(use):
    try:
        use()
    except Exception as error:
        print(type(error).__name__, error)

said(step_two)
stay = np.array([0, 0, 0, 1], dtype=np.float32)
thread = threading.Thread(target=lambda: said(lambda: env.step(stay)))
thread.start()
thread.join()
env.close()
elsewhere = GymHilEnv()
thread = threading.Thread(target=elsewhere.reset)
thread.start()
thread.join()
elsewhere.close()
"""


def test_where_opengl_cannot_draw_it_is_said_at_once() -> None:
    """In a fork of a process that has drawn, where it would hang, and in another thread.

    A fork before that draws, and whatever is closed ends in silence.
    """
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    forked, threaded = done.stdout.splitlines()
    assert forked.startswith("RenderError OpenGL was used before this process was forked")
    assert 'AsyncVectorEnv(..., context="spawn")' in forked
    assert threaded == (
        "RenderError pictures can only be drawn in the thread that drew the first ones"
    )
    assert "Exception ignored" not in done.stderr
