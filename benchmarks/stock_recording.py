"""Record with LeRobot's own loop, for comparison: `lerobot.rl.gym_manipulator`, mode record.

Simulator, pictures and expert are those of this project, so that what differs is the recording:
LeRobot's `control_loop` and processors run unchanged. Prints its figures as JSON.

    uv run python benchmarks/stock_recording.py --root /tmp/stock --episodes 5
"""

import argparse
import contextlib
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import gymnasium
import torch
from lerobot.configs import parser as _parser  # noqa: F401 - registers LeRobot's config types
from lerobot.envs.configs import HILSerlProcessorConfig, HILSerlRobotEnvConfig
from lerobot.rl.gym_manipulator import (
    DatasetConfig,
    GymManipulatorConfig,
    control_loop,
    make_processors,
)

from dora_hil.stream.timestep import Kind, Phase, TimeStep
from gym_hil_node.config_file import load_config
from gym_hil_node.env import GymHilEnv
from operator_node.engagement import Always
from operator_node.scripted_operator import ScriptedOperator

ROOT = Path(__file__).parent.parent


class ExpertEnv(gymnasium.Wrapper[Any, Any, Any, Any]):
    """The environment in gym-hil's words, with the expert as the person who intervenes.

    Attributes:
        episodes: when each step of each episode was done, `time.monotonic()`.
    """

    def __init__(self, env: GymHilEnv) -> None:
        """Wrap."""
        super().__init__(env)
        self.episodes: list[list[float]] = []
        self._simulator = env.simulator
        self._operator = ScriptedOperator(Always())
        self._executed: dict[str, Any] = {}
        self._privileged: dict[str, Any] = {}

    def reset(self, **_: Any) -> tuple[Any, dict[str, Any]]:
        """Begin the next episode, at the seed that follows."""
        observation, info = self.env.reset(seed=len(self.episodes))
        self._privileged, self._executed = info["privileged"], {}
        self.episodes.append([time.monotonic()])
        return _in_gym_hils_words(observation), {}

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Do what the expert would, whatever is asked."""
        del action
        step = len(self.episodes[-1]) - 1
        message = TimeStep(
            kind=Kind.MID if step else Kind.FIRST,
            phase=Phase.RUNNING,
            episode=len(self.episodes),
            step=step,
            columns={f"privileged.{name}": value for name, value in self._privileged.items()},
            spec=self._simulator.spec,
            actions=self._executed,
        )
        answer = self._operator.answer(message)
        assert answer is not None
        observation, reward, terminated, truncated, info = self.env.step(answer.value)
        self._privileged = info["privileged"]
        self.episodes[-1].append(time.monotonic())
        words = {"is_intervention": True, "teleop_action": answer.value}
        words["discrete_penalty"] = info["discrete_penalty"]
        return _in_gym_hils_words(observation), reward, terminated, truncated, words


def _in_gym_hils_words(observation: dict[str, Any]) -> dict[str, Any]:
    prefix = "observation.images."
    pictures = {k.removeprefix(prefix): v for k, v in observation.items() if k.startswith(prefix)}
    return {"agent_pos": observation["observation.state"], "pixels": pictures}


def cpu_s() -> float:
    """Return the processor time of this process and of those it has waited for."""
    times = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(t.ru_utime + t.ru_stime for t in times)


def main() -> None:
    """Record, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="a folder that does not exist")
    parser.add_argument("--episodes", type=int, default=5)
    parser.add_argument("--hz", type=int, default=10)
    args = parser.parse_args()
    raw = load_config(ROOT / "configs/gym_hil_env.json")
    env = ExpertEnv(GymHilEnv(raw))
    config = GymManipulatorConfig(
        env=HILSerlRobotEnvConfig(name="gym_hil", fps=args.hz, processor=HILSerlProcessorConfig()),
        dataset=DatasetConfig(
            "test/stock", "pick", root=str(args.root), num_episodes_to_record=args.episodes
        ),
        mode="record",
    )
    processors = make_processors(env, None, config.env)
    torch.set_num_threads(1)
    began_cpu_s, began_s = cpu_s(), time.monotonic()
    with contextlib.redirect_stdout(sys.stderr):
        control_loop(env, *processors, None, config)
    figures = {
        "episodes": env.episodes[: args.episodes],
        "next_began_s": [times[0] for times in env.episodes[1:]],
        "wall_s": time.monotonic() - began_s,
        "cpu_s": cpu_s() - began_cpu_s,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
