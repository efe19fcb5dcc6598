"""The simulator as a gymnasium environment of its own right; no dora involved."""

from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from dora_hil.actions import GRIPPER_CLOSE, GRIPPER_OPEN, ActionSpace, Float32Array
from dora_hil.environment import Columns
from dora_hil.spec import ColumnSpec
from gym_hil_node.config import GymHilConfig
from gym_hil_node.simulator import Simulator

Observation = dict[str, NDArray[Any]]


class GymHilEnv(gymnasium.Env[Observation, Float32Array]):
    """gym-hil's Panda with LeRobot's actions and column names.

    Actions are `ee_delta`: float32[4], `delta_x, delta_y, delta_z` in [-1, 1] of one step size
    and `gripper` (0 close, 1 stay, 2 open: LeRobot's meaning, the reverse of gym-hil's).
    Observations are the `observation.*` columns by name. `info` has `succeed`,
    `is_out_of_bounds`, `discrete_penalty` (never part of the reward) and `privileged`, the
    columns that only a script may see, without their prefix.

    Attributes:
        simulator: the arm itself, as a dora body drives it.
    """

    def __init__(self, config: GymHilConfig | None = None, *, render: bool = True) -> None:
        """Build the simulator.

        Args:
            config: an environment JSON; by default pick-cube with two cameras.
            render: false leaves the pictures out, whatever the config says.

        Raises:
            ConfigError: the config asks for something impossible.
            SceneError: gym-hil's scene is not there.
            RenderError: there are cameras but no OpenGL.
        """
        self.simulator = Simulator(config, render=render)
        columns = self.simulator.spec.columns
        self._pictures = [key for key in columns if key.startswith("observation.images.")]
        self.metadata = {
            "render_modes": ["rgb_array"],
            "render_fps": 1.0 / self.simulator.control_dt_s,
        }
        self.render_mode = "rgb_array" if self._pictures else None
        self.observation_space = gymnasium.spaces.Dict(  # type: ignore[assignment]
            {key: _space(spec) for key, spec in columns.items() if key.startswith("observation.")}
        )
        self.action_space = gymnasium.spaces.Box(
            np.array([-1.0, -1.0, -1.0, GRIPPER_CLOSE], dtype=np.float32),
            np.array([1.0, 1.0, 1.0, GRIPPER_OPEN], dtype=np.float32),
        )
        self._steps = 0
        self._steps_after_success: int | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start an episode; without a seed, gymnasium's generator draws one."""
        super().reset(seed=seed)
        if seed is None:
            seed = int(self.np_random.integers(2**31))
        self._steps = 0
        self._steps_after_success = None
        columns = self.simulator.begin(seed)
        return _observation(columns), {"privileged": _privileged(columns)}

    def step(self, action: Float32Array) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Simulate one control period.

        With `number_of_steps_after_success` = n, an episode goes on for n steps after its
        first success, at reward 1.

        Raises:
            ActionError: the action's shape is not (4,).
        """
        value = np.asarray(action, dtype=np.float32)
        outcome = self.simulator.execute(ActionSpace.EE_DELTA, value)
        self._steps += 1
        config = self.simulator.config
        reward, success = outcome.reward, outcome.success
        if self._steps_after_success is not None:
            self._steps_after_success -= 1
            reward, success = 1.0, True
        elif success and config.reset.terminate_on_success:
            self._steps_after_success = config.sim.number_of_steps_after_success
        is_solved = self._steps_after_success == 0
        terminated = is_solved or (outcome.out_of_bounds and self._steps_after_success is None)
        truncated = not terminated and self._steps >= self.simulator.max_steps
        info = {
            "succeed": success,
            "is_out_of_bounds": outcome.out_of_bounds,
            "discrete_penalty": outcome.discrete_penalty,
            "privileged": _privileged(outcome.columns),
        }
        return _observation(outcome.columns), reward, terminated, truncated, info

    def render(self) -> Any:
        """Return the first camera's present picture, or None without cameras."""
        return self.simulator.observe()[self._pictures[0]] if self._pictures else None

    def close(self) -> None:
        """Release the OpenGL context."""
        self.simulator.close()


def _space(spec: ColumnSpec) -> gymnasium.spaces.Box:
    if spec.dtype == "uint8":
        return gymnasium.spaces.Box(0, 255, spec.shape, dtype=np.uint8)
    return gymnasium.spaces.Box(-np.inf, np.inf, spec.shape, dtype=np.float32)


def _observation(columns: Columns) -> Observation:
    return {key: array for key, array in columns.items() if key.startswith("observation.")}


def _privileged(columns: Columns) -> Observation:
    return {
        key.removeprefix("privileged."): array
        for key, array in columns.items()
        if key.startswith("privileged.")
    }
