"""Refuse an environment JSON that asks for the impossible, or for what would not happen."""

import math
import re
from collections.abc import Sequence
from typing import Any, Final

from dora_hil.body.declared_features import check_declared_features
from dora_hil.config import Findings, refuse
from dora_hil.stream.actions import EE_SIZES
from gym_hil_node.config import GymHilConfig
from gym_hil_node.features import features_of
from gym_hil_node.opspace import ARM_DOF
from gym_hil_node.tasks import PickCube, task_named

CAMERAS: Final = ("front", "handcam_rgb", "handcam_depth")
"""gym-hil's cameras."""

_KINEMATICS: Final = "env.processor.inverse_kinematics"


def check(config: GymHilConfig, source: str, raw: dict[str, Any] | None = None) -> None:
    """Check everything that the types do not say; `raw` is what it was built from.

    Raises:
        ConfigError: names the first key that cannot be meant.
    """
    found = Findings()
    _check_env(config, found)
    _refuse_what_would_do_nothing(config, found)
    _check_motion(config, found)
    _check_sim(config, found)
    if not found.problems:
        with found.gather():
            check_declared_features(
                config.env, config.observation_specs(), EE_SIZES, "the simulator"
            )
    refuse(found.problems, source, raw)


def _check_env(config: GymHilConfig, found: Findings) -> None:
    env, reset = config.env, config.reset
    found.demand(
        env.type == "gym_manipulator", f"env.type: accepted: 'gym_manipulator', got {env.type!r}"
    )
    found.demand(
        env.name == "gym_hil",
        f"env.name: this is the simulator 'gym_hil', got {env.name!r}; robots have robot-node",
    )
    with found.gather():
        task_named(env.task)
    is_rate = math.isfinite(env.fps) and env.fps > 0
    found.demand(is_rate, f"env.fps: must be above 0 steps a second, got {env.fps:g}")
    limit_s = reset.control_time_s
    key = "env.processor.reset.control_time_s"
    is_time = limit_s is None or math.isfinite(limit_s)
    found.demand(is_time, f"{key}: must be a number of seconds, got {limit_s}")
    if is_rate and is_time:
        found.demand(
            config.max_steps >= 1,
            f"{key}: must be at least one step of {config.control_dt_s:g} s, got {limit_s}",
        )
    found.demand(
        math.isfinite(reset.reset_time_s) and reset.reset_time_s >= 0,
        f"env.processor.reset.reset_time_s: must be 0 s or more, got {reset.reset_time_s:g}",
    )


def _refuse_what_would_do_nothing(config: GymHilConfig, found: Findings) -> None:
    """Refuse keys that mean something under LeRobot and that nobody would act on here."""
    env, processor = config.env, config.processor
    observation, classifier = processor.observation, processor.reward_classifier
    found.demand(env.robot is None, "env.robot: must be null: the arm is simulated")
    found.demand(
        env.teleop is None,
        "env.teleop: must be null: devices are nodes of their own, wired in the dataflow",
    )
    if observation is not None:
        found.demand(
            not observation.add_current_to_observation,
            "env.processor.observation.add_current_to_observation: must be false: the simulated "
            "arm has no motor currents",
        )
        found.demand(
            not observation.display_cameras,
            "env.processor.observation.display_cameras: must be false: add the rerun node to the "
            "dataflow instead",
        )
    found.demand(
        classifier is None or classifier.pretrained_path is None,
        "env.processor.reward_classifier.pretrained_path: must be null: the reward classifier is "
        "a stage of the dataflow, which reads its own file (REWARD_CONFIG)",
    )


def _check_motion(config: GymHilConfig, found: Findings) -> None:
    home = config.reset.fixed_reset_joint_positions
    found.demand(
        home is None or _are_numbers(home, ARM_DOF),
        f"env.processor.reset.fixed_reset_joint_positions: must be {ARM_DOF} angles in rad, "
        f"got {_shown(home)}",
    )
    penalty = config.gripper.gripper_penalty
    found.demand(
        math.isfinite(penalty) and penalty <= 0,
        f"env.processor.gripper.gripper_penalty: must be 0 or negative, got {penalty:g}",
    )
    kinematics = config.processor.inverse_kinematics
    if kinematics is None:
        return
    bounds, steps = kinematics.end_effector_bounds, kinematics.end_effector_step_sizes
    key = f"{_KINEMATICS}.end_effector_bounds"
    if bounds is not None:
        for name, corner in (("min", bounds.min), ("max", bounds.max)):
            found.demand(
                _are_numbers(corner, 3), f"{key}.{name}: must be x, y, z in m, got {_shown(corner)}"
            )
        for axis, low, high in zip("xyz", bounds.min, bounds.max, strict=False):
            found.demand(low < high, f"{key}: {axis}: min {low:g} m must lie below max {high:g} m")
    if steps is not None:
        for axis, step in (("x", steps.x), ("y", steps.y), ("z", steps.z)):
            found.demand(
                math.isfinite(step) and step > 0,
                f"{_KINEMATICS}.end_effector_step_sizes.{axis}: must be above 0 m, got {step:g}",
            )


def _check_sim(config: GymHilConfig, found: Findings) -> None:
    sim = config.sim
    for name, camera in sim.cameras.items():
        found.demand(
            re.fullmatch(r"[A-Za-z0-9_-]+", name) is not None,
            f"sim.cameras: {name!r} cannot name a column; use letters, digits, _ and -",
        )
        found.demand(
            camera.camera in CAMERAS,
            f"sim.cameras.{name}.camera: unknown camera {camera.camera!r}; accepted: "
            f"{', '.join(CAMERAS)}",
        )
    with found.gather():
        _check_features(config, found)
        found.demand(
            sim.variation.distractors == 0 or config.task is PickCube,
            "sim.variation.distractors: only PandaPickCube-v0 has room for them",
        )
    found.demand(
        sim.number_of_steps_after_success >= 0,
        "sim.number_of_steps_after_success: must be 0 or more, got "
        f"{sim.number_of_steps_after_success}",
    )


def _check_features(config: GymHilConfig, found: Findings) -> None:
    accepted = features_of(config.task)
    for key, names in (
        ("state", config.state_features),
        ("environment_state", config.environment_state_features),
    ):
        for name in names:
            found.demand(
                name in accepted,
                f"sim.observation.{key}: unknown feature {name!r}; accepted: {', '.join(accepted)}",
            )
        found.demand(
            len(set(names)) == len(names),
            f"sim.observation.{key}: a feature stands there twice: {', '.join(names)}",
        )
    found.demand(len(config.state_features) > 0, "sim.observation.state: must name a feature")


def _are_numbers(values: Sequence[float], count: int) -> bool:
    return len(values) == count and all(math.isfinite(value) for value in values)


def _shown(values: Sequence[float] | None) -> str:
    return f"{len(values)}: {', '.join(f'{value:g}' for value in values)}" if values else "none"
