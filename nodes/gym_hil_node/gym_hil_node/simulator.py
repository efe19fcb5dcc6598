"""The simulated arm as a body drives it: begin, observe, execute.

It knows nothing of gymnasium or dora. Nothing in it sleeps, a config without cameras needs no
OpenGL, and an episode follows from its seed and its actions to the last bit.
"""

from typing import NoReturn, SupportsIndex

import mujoco
import numpy as np

from dora_hil.body.end_effector_target import EndEffectorTarget
from dora_hil.body.environment import Outcome
from dora_hil.body.features import specs
from dora_hil.body.gripper_penalty import gripper_penalty
from dora_hil.body.safety import Ramp
from dora_hil.config import ConfigError
from dora_hil.display.renderer import CameraRenderer
from dora_hil.stream.actions import ActionSpace, Float32Array, Float64Array
from dora_hil.stream.spec import Columns, StreamSpec, ee_action_columns
from gym_hil_node.config import GymHilConfig
from gym_hil_node.config_checks import check
from gym_hil_node.features import Sensors, observation_columns, privileged_columns
from gym_hil_node.opspace import ARM_DOF, OperationalSpaceController, substeps
from gym_hil_node.scene import load_scene
from gym_hil_node.variation import Variation

_CLOSED_COMMAND = 255.0


class Simulator:
    """gym-hil's Panda over its blocks, as a `dora_hil.body.environment.Environment`.

    Attributes:
        config: what it was built from.
        model: MuJoCo's model.
        data: MuJoCo's state; read it, for instance to show it in a window.
        spec: the columns and the accepted action spaces.
        control_dt_s: seconds of simulated time per step.
        max_steps: steps after which an episode is truncated.
    """

    def __init__(self, config: GymHilConfig | None = None, *, render: bool = True) -> None:
        """Load the scene and stand at home, with the blocks as seed 0 places them.

        Args:
            config: an environment JSON; by default pick-cube with two cameras.
            render: false leaves the pictures out, whatever the config says.

        Raises:
            ConfigError: the config asks for something impossible.
            SceneError: gym-hil's scene is not there.
            RenderError: there are cameras but no OpenGL.
        """
        config = config or GymHilConfig()
        check(config, "config")
        self.config = config
        self.control_dt_s, self.max_steps = config.control_dt_s, config.max_steps
        variation = config.sim.variation
        self.model = load_scene(config.task.scene, config.sim.quality, variation.distractors)
        self._n_substeps, self.model.opt.timestep = substeps(self.control_dt_s)
        self._home_joint_pos_rad = _within_limits(config.home_joint_pos_rad, self.model)

        self.data = mujoco.MjData(self.model)
        self._controller = OperationalSpaceController(
            self.model, self.data, self._home_joint_pos_rad
        )
        safety = config.safety
        self._target = EndEffectorTarget(
            config.workspace,
            use_gripper=config.gripper.use_gripper,
            longest_step_m=(safety.max_ee_speed_m_s or np.inf) * self.control_dt_s,
        )
        self._ramp = Ramp(safety.ramp_s, self.control_dt_s)
        reward_type = config.sim.reward_type
        self._says_success = reward_type != "none"
        self._task = config.task(
            self.model,
            self.data,
            random_block_position=config.sim.random_block_position,
            reward_type="sparse" if reward_type == "none" else reward_type,
        )
        self._variation = Variation(self.model, self.data, variation)
        self._sensors = Sensors(self.model, self.data, self._task)
        self._vectors = {
            **observation_columns(
                config.task, config.state_features, config.environment_state_features
            ),
            **privileged_columns(config.task),
        }
        self._renderer = CameraRenderer(self.model, config.sim.cameras if render else {})
        images = config.picture_crops.specs if render else {}
        self.spec = StreamSpec(
            task=config.task.sentence,
            body="gym_hil",
            action_spaces=tuple(EndEffectorTarget.accepted),
            columns={
                **specs(self._vectors),
                **images,
                **ee_action_columns(use_gripper=config.gripper.use_gripper),
            },
        )
        self._columns: Columns = self.begin(0)

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        """Refuse to be copied or pickled: the parts of the copy would be views of this one's state.

        Raises:
            TypeError: always.
        """
        raise TypeError("a Simulator cannot be copied or pickled; build another from its config")

    @property
    def joint_pos_rad(self) -> Float64Array:
        """Return the arm's present joint angles, float64[7], as a view."""
        return self._sensors.joint_pos_rad

    def begin(self, seed: int) -> Columns:
        """Start an episode; the seed (0 or more) places the blocks. Returns what is seen first."""
        data = self.data
        mujoco.mj_resetData(self.model, data)
        data.qpos[:ARM_DOF] = self._home_joint_pos_rad
        mujoco.mj_forward(self.model, data)
        home_xyz_m = self._sensors.tcp_xyz_m.copy()
        self._target.reset(home_xyz_m, gripper_opening=1.0)
        self._ramp.restart()
        data.mocap_pos[0] = home_xyz_m
        rng = np.random.default_rng(seed)
        self._task.place(rng)
        self._variation.draw(rng, self._task.blocks_xyz_m[0, :2])
        self._columns = self._measure()
        return self._columns

    def observe(self) -> Columns:
        """Return the present observation: that of the last step, for nothing moves between."""
        return self._columns

    def execute(self, space: ActionSpace, value: Float32Array) -> Outcome:
        """Move the target by one action, float32[4], and simulate one control period.

        Raises:
            ActionError: another space or shape.
        """
        opening = self._target.gripper_opening
        executed = self._target.apply(space, value, self._ramp.advance())
        self.data.mocap_pos[0] = self._target.xyz_m
        self._sensors.gripper_command[0] = _CLOSED_COMMAND * (1.0 - self._target.gripper_opening)
        self._controller.step(self._target.xyz_m, self._n_substeps)
        self._columns = self._measure()
        return Outcome(
            columns=self._columns,
            executed=executed,
            reward=self._task.reward() if self._says_success else 0.0,
            success=self._says_success and self._task.is_success(),
            out_of_bounds=self._task.is_out_of_bounds,
            discrete_penalty=gripper_penalty(
                self.config.gripper.gripper_penalty,
                opening,
                float(executed.by_space["ee_delta"][3]),
            ),
        )

    def close(self) -> None:
        """Release the OpenGL context."""
        self._renderer.close()

    def _measure(self) -> Columns:
        columns = {key: vector.read(self._sensors) for key, vector in self._vectors.items()}
        pictures = {
            f"observation.images.{name}": image
            for name, image in self._renderer.render(self.data).items()
        }
        return {**columns, **self.config.picture_crops.apply(pictures)}


def _within_limits(joint_pos_rad: tuple[float, ...], model: mujoco.MjModel) -> tuple[float, ...]:
    """Check a posture against the arm's joint limits.

    Raises:
        ConfigError: a joint cannot be there.
    """
    limits = model.jnt_range[:ARM_DOF].tolist()
    for joint, (angle, (low, high)) in enumerate(zip(joint_pos_rad, limits, strict=True), start=1):
        if not low <= angle <= high:
            raise ConfigError(
                f"env.processor.reset.fixed_reset_joint_positions: joint {joint} reaches {low:g} "
                f"to {high:g} rad, got {angle:g}"
            )
    return joint_pos_rad
