"""LeRobot's own actor with clocks around its parts, for comparison.

`lerobot.rl.actor` runs unchanged: the names that it calls are wrapped, so that a log says for
each step where the time went.

    python -m benchmarks.stock_actor LOG SIMULATOR --config_path=train.json --output_dir=out
"""

import sys
import time
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import gymnasium
from gym_hil.mujoco_gym_env import FrankaGymEnv
from lerobot.rl import actor

from benchmarks.actor_log import ActorLog, ActorStep
from dora_hil.display.renderer import CameraRenderer
from gym_hil_node.config_file import load_config
from gym_hil_node.env import GymHilEnv


class InGymHilsWords(gymnasium.Wrapper[Any, Any, Any, Any]):
    """This project's simulator, with the names that LeRobot expects of gym-hil."""

    def reset(self, **_: Any) -> tuple[Any, dict[str, Any]]:
        """Begin an episode."""
        observation, _info = self.env.reset()
        return _renamed(observation), {}

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Simulate a step."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        penalty = {"discrete_penalty": info["discrete_penalty"]}
        return _renamed(observation), reward, terminated, truncated, penalty


def _renamed(observation: dict[str, Any]) -> dict[str, Any]:
    prefix = "observation.images."
    pixels = {k.removeprefix(prefix): v for k, v in observation.items() if k.startswith(prefix)}
    renamed = {"agent_pos": observation["observation.state"]}
    return {**renamed, "pixels": pixels} if pixels else renamed


def make_env(simulator: str, cfg: Any) -> tuple[Any, None]:
    """Return what `make_robot_env` does.

    Args:
        simulator: `gym-hil` as LeRobot makes it, `gym-hil-state` without pictures (LeRobot
            cannot be told to make it so), or the path of an environment JSON of this project.
        cfg: LeRobot's `env` block.
    """
    if simulator == "gym-hil":
        env, teleoperator = _stock_make_robot_env(cfg)
        assert teleoperator is None
    elif simulator == "gym-hil-state":
        env = gymnasium.make(f"gym_hil/{cfg.task}", image_obs=False)
    else:
        env = InGymHilsWords(GymHilEnv(load_config(Path(simulator))))
    return env, None


_stock_make_robot_env = actor.make_robot_env


class Clock:
    """Adds up what each part of the loop takes, and writes a line when a step is over."""

    def __init__(self, log: ActorLog) -> None:
        """Start with the first step."""
        self._log = log
        self._parts_ms: dict[str, float] = defaultdict(float)
        self._step_began_s = time.perf_counter()
        self._acted_at_s = 0.0
        self._episode = 0
        self._sent = 0
        self._newest_came_s: float | None = None
        self._used_came_s: float | None = None
        self._weights_age_s: float | None = None

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that counts for a part of the loop."""

        @wraps(function)
        def call(*args: Any, **options: Any) -> Any:
            start_s = time.perf_counter()
            try:
                return function(*args, **options)
            finally:
                self.add(part, time.perf_counter() - start_s)

        return call

    def add(self, part: str, seconds: float) -> None:
        """Count time for a part."""
        self._parts_ms[part] += 1e3 * seconds

    def acted(self, policy_s: float) -> None:
        """Note that the policy has its action."""
        self.add("policy", policy_s)
        self._acted_at_s = time.time()
        came_s = self._used_came_s
        self._weights_age_s = None if came_s is None else time.monotonic() - came_s

    def weights_came(self) -> None:
        """Note that weights have arrived, to be used some time."""
        self._newest_came_s = time.monotonic()

    def weights_used(self) -> None:
        """Note that the newest weights that came are used from now on."""
        self._used_came_s = self._newest_came_s

    def pushed(self, transitions: int) -> None:
        """Note the end of an episode, whose transitions are on their way."""
        self._sent += transitions

    def stepped(self) -> None:
        """Write the step down."""
        now_s = time.perf_counter()
        self._parts_ms["step"] = 1e3 * (now_s - self._step_began_s)
        parts_ms, self._parts_ms, self._step_began_s = self._parts_ms, defaultdict(float), now_s
        step = ActorStep(
            at_s=self._acted_at_s,
            episode=self._episode,
            policy_ms=parts_ms["policy"],
            weights_age_s=self._weights_age_s,
            sent=self._sent,
            parts_ms=dict(parts_ms),
        )
        self._log.write(step)
        self._episode += "reset" in parts_ms


class NotedQueue:
    """Says when weights arrive."""

    def __init__(self, queue: Any, clock: Clock) -> None:
        """Pass them on."""
        self._queue, self._clock = queue, clock

    def put(self, data: bytes) -> None:
        """Take weights."""
        self._clock.weights_came()
        self._queue.put(data)


def install(clock: Clock, simulator: str) -> None:
    """Wrap the names that LeRobot's actor calls."""

    def make_robot_env(cfg: Any) -> tuple[Any, None]:
        env, teleoperator = make_env(simulator, cfg)
        env.step = clock.timed("env", env.step)
        return env, teleoperator

    def receive(iterator: Any, queue: Any, *args: Any, **options: Any) -> Any:
        return stock_receive(iterator, NotedQueue(queue, clock), *args, **options)

    def decode(data: bytes) -> Any:
        clock.weights_used()
        return stock_decode(data)

    def push(transitions: list[Any], transitions_queue: Any) -> None:
        clock.pushed(len(transitions))
        stock_push(transitions, transitions_queue)

    def sleep(seconds: float) -> None:
        stock_sleep(seconds)
        clock.stepped()

    class PolicyTimer(actor.TimerManager):  # type: ignore[misc] # LeRobot has no types
        """LeRobot's own clock of the policy."""

        def stop(self) -> float:
            """Note what it has measured."""
            elapsed_s = float(super().stop())
            clock.acted(elapsed_s)
            return elapsed_s

    stock_receive, stock_decode = actor.receive_bytes_in_chunks, actor.bytes_to_state_dict
    stock_push = clock.timed("send", actor.push_transitions_to_transport_queue)
    stock_sleep = clock.timed("sleep", actor.precise_sleep)
    for renderer in (FrankaGymEnv, CameraRenderer):
        renderer.render = clock.timed("render", renderer.render)  # type: ignore[method-assign]
    actor.make_robot_env = make_robot_env
    actor.step_env_and_process_transition = clock.timed(
        "env and processors", actor.step_env_and_process_transition
    )
    actor.reset_and_build_transition = clock.timed("reset", actor.reset_and_build_transition)
    actor.update_policy_parameters = clock.timed("load", actor.update_policy_parameters)
    actor.receive_bytes_in_chunks, actor.bytes_to_state_dict = receive, decode
    actor.push_transitions_to_transport_queue = push
    actor.precise_sleep, actor.TimerManager = sleep, PolicyTimer


def main() -> None:
    """Act until somebody ends it."""
    _, log, simulator, *words = sys.argv
    sys.argv = [sys.argv[0], *words]
    install(Clock(ActorLog(Path(log))), simulator)
    actor.actor_cli()


if __name__ == "__main__":
    main()
