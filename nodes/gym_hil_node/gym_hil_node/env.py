"""The simulator as a gymnasium environment of its own right; no dora involved."""

from functools import cached_property
from pathlib import Path
from typing import Any, Final

import gymnasium
import numpy as np
from gymnasium.error import ClosedEnvironmentError, ResetNeeded
from gymnasium.utils import EzPickle
from numpy.typing import NDArray

from dora_hil.config import ConfigError
from dora_hil.stream.actions import (
    GRIPPER_CLOSE,
    GRIPPER_OPEN,
    ActionError,
    ActionSpace,
    Float32Array,
)
from dora_hil.stream.spec import Columns, ColumnSpec
from gym_hil_node.config import GymHilConfig
from gym_hil_node.config_checks import check
from gym_hil_node.config_file import load_config
from gym_hil_node.simulator import Simulator

ENV_ID: Final = "dora_hil/GymHil-v0"
"""For `gymnasium.make`; keyword arguments are those of `GymHilEnv`."""

Observation = dict[str, NDArray[Any]]


class GymHilEnv(gymnasium.Env[Observation, Float32Array], EzPickle):
    """gym-hil's Panda with LeRobot's actions and column names.

    Actions are `ee_delta`: float32[4], `delta_x, delta_y, delta_z` in [-1, 1] of one step size
    and `gripper` (0 close, 1 stay, 2 open: LeRobot's meaning, the reverse of gym-hil's).
    Observations are the `observation.*` columns by name. `info` has `succeed`,
    `is_out_of_bounds`, `discrete_penalty` (never part of the reward) and `privileged`, the
    columns that only a script may see, without their prefix.

    A copy, pickled or not, is a new environment of the same config: it has to be reset, and
    what is done to one is not done to the other.
    """

    # Of the class, for `gymnasium.make`; each environment has its own.
    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}  # noqa: RUF012

    def __init__(
        self,
        config: GymHilConfig | str | Path | None = None,
        *,
        render: bool = True,
        render_mode: str | None = None,
    ) -> None:
        """Check the config and say what the spaces are; the first `reset` builds the simulator.

        Args:
            config: an environment JSON, or its path; by default pick-cube with two cameras.
            render: false leaves the pictures out, whatever the config says.
            render_mode: `rgb_array`, or none to have what the config has.

        Raises:
            ConfigError: the config asks for something impossible.
        """
        EzPickle.__init__(self, config, render=render, render_mode=render_mode)
        if config is None:
            config = GymHilConfig()
        elif not isinstance(config, GymHilConfig):
            config = load_config(Path(config))
        check(config, "config")
        self._config, self._render = config, render
        columns = config.observation_specs()
        if not render:
            columns = {key: spec for key, spec in columns.items() if not _is_picture(key)}
        self._pictures = [key for key in columns if _is_picture(key)]
        modes = ["rgb_array"] if self._pictures else []
        if render_mode not in (None, *modes):
            have = "it has cameras: 'rgb_array'" if modes else "it has no cameras: none"
            raise ConfigError(f"render_mode: {render_mode!r} is not what the config has; {have}")
        self.metadata = {"render_modes": modes, "render_fps": 1.0 / config.control_dt_s}
        self.render_mode = "rgb_array" if self._pictures else None
        self.observation_space = gymnasium.spaces.Dict(  # type: ignore[assignment]
            {key: _space(spec) for key, spec in columns.items()}
        )
        numbers = 4 if config.gripper.use_gripper else 3
        self.action_space = gymnasium.spaces.Box(
            np.array([-1.0, -1.0, -1.0, GRIPPER_CLOSE][:numbers], dtype=np.float32),
            np.array([1.0, 1.0, 1.0, GRIPPER_OPEN][:numbers], dtype=np.float32),
        )
        self._is_running = self._is_closed = False
        self._steps = 0
        self._steps_after_success: int | None = None

    @cached_property
    def simulator(self) -> Simulator:
        """Return the arm itself, as a dora body drives it.

        It is built at its first use: `AsyncVectorEnv` makes an environment for its spaces alone
        in the process that it then forks, and OpenGL does not survive that.

        Raises:
            ConfigError: the arm cannot be where the config wants it.
            SceneError: gym-hil's scene is not there.
            RenderError: there are cameras but no OpenGL.
        """
        return Simulator(self._config, render=self._render)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start an episode; without a seed, gymnasium's generator draws one.

        Raises:
            ClosedEnvironmentError: it has been closed.
            ConfigError, SceneError, RenderError: as `simulator`, the first time.
        """
        self._demand_open()
        super().reset(seed=seed)
        if seed is None:
            seed = int(self.np_random.integers(2**31))
        self._steps = 0
        self._steps_after_success = None
        columns = self.simulator.begin(seed)
        self._is_running = True
        return _observation(columns), {"privileged": _privileged(columns)}

    def step(self, action: Float32Array) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Simulate one control period.

        With `number_of_steps_after_success` = n, an episode goes on for n steps after its
        first success, at reward 1.

        Raises:
            ActionError: the action is not as many finite numbers as its space; nothing has moved.
            ResetNeeded: there is no episode: none has begun, or it is over.
            ClosedEnvironmentError: it has been closed.
        """
        self._demand_open()
        if not self._is_running:
            raise ResetNeeded("no episode is running: call reset() before step()")
        space, simulator = ActionSpace.EE_DELTA, self.simulator
        outcome = simulator.execute(space, simulator.spec.completed(space, _finite(action)))
        self._steps += 1
        config = self._config
        reward, success = outcome.reward, outcome.success
        if self._steps_after_success is not None:
            self._steps_after_success -= 1
            reward, success = 1.0, True
        elif success and config.reset.terminate_on_success:
            self._steps_after_success = config.sim.number_of_steps_after_success
        is_solved = self._steps_after_success == 0
        terminated = is_solved or (outcome.out_of_bounds and self._steps_after_success is None)
        truncated = not terminated and self._steps >= config.max_steps
        self._is_running = not (terminated or truncated)
        info = {
            "succeed": success,
            "is_out_of_bounds": outcome.out_of_bounds,
            "discrete_penalty": outcome.discrete_penalty,
            "privileged": _privileged(outcome.columns),
        }
        return _observation(outcome.columns), reward, terminated, truncated, info

    def render(self) -> Any:
        """Return the first camera's present picture, or None without cameras.

        Raises:
            ResetNeeded: no episode has begun.
            ClosedEnvironmentError: it has been closed.
        """
        self._demand_open()
        if not self._pictures:
            return None
        if "simulator" not in vars(self):
            raise ResetNeeded("no episode has begun: call reset() before render()")
        return self.simulator.observe()[self._pictures[0]]

    def close(self) -> None:
        """Release the OpenGL context; a second call does nothing."""
        self._is_closed, self._is_running = True, False
        if "simulator" in vars(self):
            self.simulator.close()

    def _demand_open(self) -> None:
        if self._is_closed:
            raise ClosedEnvironmentError("the environment has been closed; make another one")


def _is_picture(key: str) -> bool:
    return key.startswith("observation.images.")


def _finite(action: Any) -> Float32Array:
    try:
        value = np.asarray(action, dtype=np.float32)
    except (TypeError, ValueError):
        raise ActionError(f"an action is float32 numbers, got {action!r}") from None
    if value.ndim != 1:
        raise ActionError(f"an action is a row of numbers, got the shape {value.shape}")
    if not np.isfinite(value).all():
        raise ActionError(f"an action must be finite, got {value}")
    return value


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


gymnasium.register(ENV_ID, entry_point="gym_hil_node.env:GymHilEnv")
