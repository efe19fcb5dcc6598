"""Evaluate a policy in a plain loop: gym-hil's own environment and LeRobot, no dora, no nodes.

    MUJOCO_GL=egl uv run python benchmarks/bench_eval_plain.py \
        --policy outputs/train/gym_hil_act_cpu --json outputs/eval/plain.json

What a dataflow evaluation of the same checkpoint over the same seeds is to be compared with.
Physics, observation, success and bounds are gym-hil's code; only the block is placed by the
episode's seed, and the scene is the one that the pictures of the demonstrations were drawn from.
"""

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import torch
from gym_hil.envs import PandaPickCubeGymEnv
from gym_hil.mujoco_gym_env import MAX_GRIPPER_COMMAND
from lerobot.common.control_utils import predict_action
from lerobot.configs import PreTrainedConfig
from lerobot.policies import get_policy_class, make_pre_post_processors
from numpy.typing import NDArray

from dora_hil.display.renderer import CameraRenderer
from gym_hil_node.config import GymHilConfig
from gym_hil_node.config_file import load_config
from gym_hil_node.features import DEFAULT_ENVIRONMENT_STATE, DEFAULT_STATE
from gym_hil_node.scene import load_scene
from lerobot_node.evaluate.interval import wilson

ROOT = Path(__file__).parent.parent
BLOCK_XY_M = ((0.3, -0.15), (0.5, 0.15))
"""Where gym-hil places the block: lower and upper corner, base frame."""


@dataclass(frozen=True)
class Episode:
    """How one seed went.

    Attributes:
        seed: of the block's place, and of a policy that samples.
        end_reason: success, out_of_bounds or time_limit.
        steps: control steps.
        infer_ms: what `predict_action` took on average, mostly reading the present chunk.
    """

    seed: int
    end_reason: str
    steps: int
    infer_ms: float


class PickCube(PandaPickCubeGymEnv):  # type: ignore[misc]
    """gym-hil's environment in the scene of a config, with absolute targets as actions."""

    def __init__(self, config: GymHilConfig) -> None:
        """Load the scene.

        Raises:
            SystemExit: it asks for another task, state or rate than gym-hil's pick-cube has.
        """
        expected = ("PickCube", DEFAULT_STATE, 10.0)
        got = (config.task.__name__, config.state_features, config.env.fps)
        if got != expected:
            raise SystemExit(f"bench_eval_plain: --env_config: expected {expected}, got {got}")
        super().__init__()
        self._model = load_scene("pick_cube", config.sim.quality)
        self._model.opt.timestep = 0.002
        self._data = mujoco.MjData(self._model)
        self._renderer = CameraRenderer(self._model, config.sim.cameras)
        self._sees_block = config.environment_state_features == DEFAULT_ENVIRONMENT_STATE

    def place(self, seed: int) -> dict[str, NDArray[Any]]:
        """Begin the episode of a seed; returns what the policy sees."""
        self.reset()
        self._data.jnt("block").qpos[:2] = np.random.default_rng(seed).uniform(*BLOCK_XY_M)
        mujoco.mj_forward(self._model, self._data)
        return self.look()

    def execute(self, action: NDArray[np.float32]) -> str:
        """Go to x, y, z [m] and gripper (0 closed, 1 open); returns why the episode ends, or ""."""
        xyz_m, opening = action[:3].astype(np.float64), float(np.clip(action[3], 0.0, 1.0))
        motion_m = xyz_m - self._data.mocap_pos[0]
        closing = 1.0 - opening - self._data.ctrl[self._gripper_ctrl_id] / MAX_GRIPPER_COMMAND
        _, reward, terminated, _, _ = self.step(np.array([*motion_m, 0.0, 0.0, 0.0, closing]))
        if reward == 1.0:
            return "success"
        return "out_of_bounds" if terminated else ""

    def look(self) -> dict[str, NDArray[Any]]:
        """Return the observation under LeRobot's names."""
        pictures = self._renderer.render(self._data)
        seen = {f"observation.images.{name}": image for name, image in pictures.items()}
        plain = self._compute_observation()
        seen["observation.state"] = plain["agent_pos"]
        if self._sees_block:
            seen["observation.environment_state"] = plain["environment_state"]
        return seen


def evaluate(path: Path, config: GymHilConfig, seeds: Sequence[int]) -> list[Episode]:
    """Play one episode per seed."""
    policy_config = PreTrainedConfig.from_pretrained(path)
    device = torch.device(policy_config.device)
    policy = get_policy_class(policy_config.type).from_pretrained(path, config=policy_config)
    preprocess, postprocess = make_pre_post_processors(policy_config, pretrained_path=str(path))
    policy.eval()
    env = PickCube(config)
    unseen = set(policy_config.input_features) - set(env.look())
    if unseen:
        raise SystemExit(f"bench_eval_plain: --env_config has no {', '.join(sorted(unseen))}")
    episodes = []
    for seed in seeds:
        for part in (policy, preprocess, postprocess):
            part.reset()
        torch.manual_seed(seed)
        seen, reason, steps, infer_s = env.place(seed), "", 0, 0.0
        while not reason:
            wanted = {name: seen[name] for name in policy_config.input_features}
            began_s = time.perf_counter()
            action = predict_action(
                wanted, policy, device, preprocess, postprocess, policy_config.use_amp
            )
            infer_s += time.perf_counter() - began_s
            reason = env.execute(action.squeeze(0).cpu().numpy())
            seen, steps = env.look(), steps + 1
            if not reason and steps == config.max_steps:
                reason = "time_limit"
        episodes.append(Episode(seed, reason, steps, 1e3 * infer_s / steps))
        print(f"seed {seed}: {reason} after {steps} steps", flush=True)
    env.close()
    return episodes


def find_policy(path: Path) -> Path:
    """Return the folder with the policy's config, given that or a training's output folder."""
    inside = path / "checkpoints" / "last" / "pretrained_model"
    found = inside if inside.is_dir() else path
    if not (found / "config.json").is_file():
        raise SystemExit(f"bench_eval_plain: --policy: there is no policy in {found}")
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Evaluate, and print the success rate."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--policy", type=Path, required=True, help="its folder, or its training's")
    parser.add_argument("--env_config", type=Path, default=ROOT / "configs/gym_hil_env_state.json")
    parser.add_argument("--first_seed", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=50, help="how many")
    parser.add_argument("--json", type=Path, help="write the results here too")
    args = parser.parse_args(arguments)

    began_s = time.monotonic()
    seeds = range(args.first_seed, args.first_seed + args.seeds)
    episodes = evaluate(find_policy(args.policy), load_config(args.env_config), seeds)
    solved = [e.steps for e in episodes if e.end_reason == "success"]
    low, high = wilson(len(solved), len(episodes))
    print(
        f"{len(solved)} of {len(episodes)} solved: {100 * len(solved) / len(episodes):.0f} % "
        f"[{100 * low:.0f}, {100 * high:.0f}]"
    )
    if solved:
        spread = statistics.pstdev(solved)
        print(f"steps to success {statistics.mean(solved):.1f} ± {spread:.1f} (max {max(solved)})")
    if args.json:
        result = {
            "policy": str(args.policy),
            "env_config": str(args.env_config),
            "first_seed": args.first_seed,
            "successes": len(solved),
            "success_rate": len(solved) / len(episodes),
            "wilson_95": [low, high],
            "wall_s": time.monotonic() - began_s,
            "machine": f"{platform.platform()}, {os.cpu_count()} cores",
            "episodes": [asdict(episode) for episode in episodes],
        }
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
