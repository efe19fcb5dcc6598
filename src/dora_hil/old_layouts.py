"""Where the keys of an older LeRobot's configs are now; to be said, not to be read."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

_STEPS: Final = "env.processor.inverse_kinematics.end_effector_step_sizes"
WRAPPER_KEYS: Final = {
    "add_current_to_observation": "env.processor.observation.add_current_to_observation",
    "add_ee_pose_to_observation": "env.processor.observation.add_ee_pose_to_observation",
    "add_joint_velocity_to_observation": (
        "env.processor.observation.add_joint_velocity_to_observation"
    ),
    "control_mode": "env.processor.control_mode",
    "control_time_s": "env.processor.reset.control_time_s",
    "crop_params_dict": "env.processor.image_preprocessing.crop_params_dict",
    "display_cameras": "env.processor.observation.display_cameras",
    "ee_action_space_params.bounds": "env.processor.inverse_kinematics.end_effector_bounds",
    "ee_action_space_params.control_mode": "env.processor.control_mode",
    "ee_action_space_params.use_gamepad": "env.processor.control_mode",
    "ee_action_space_params.x_step_size": f"{_STEPS}.x",
    "ee_action_space_params.y_step_size": f"{_STEPS}.y",
    "ee_action_space_params.z_step_size": f"{_STEPS}.z",
    "fixed_reset_joint_positions": "env.processor.reset.fixed_reset_joint_positions",
    "gripper_penalty": "env.processor.gripper.gripper_penalty",
    "random_block_position": "sim.random_block_position",
    "reset_time_s": "env.processor.reset.reset_time_s",
    "resize_size": "env.processor.image_preprocessing.resize_size",
    "use_gripper": "env.processor.gripper.use_gripper",
}
_FLAT_KEYS: Final = {
    **{key: f"env.{key}" for key in ("task", "fps", "features", "features_map", "robot")},
    "type": "env.type, as 'gym_manipulator'",
    "name": "env.name, as 'gym_hil' or 'real_robot'",
    "processor": "env.processor",
    "repo_id": "dataset.repo_id of a record config (RECORD_CONFIG)",
    "dataset_root": "dataset.root of a record config",
    "num_episodes": "dataset.num_episodes of a record config",
    "push_to_hub": "dataset.push_to_hub of a record config",
    "reward_classifier_pretrained_path": (
        "env.processor.reward_classifier.pretrained_path of REWARD_CONFIG"
    ),
    "pretrained_policy_name_or_path": "policy.path of an evaluation config (EVAL_CONFIG)",
}


def _leaves(block: object) -> Iterator[str]:
    for key, value in block.items() if isinstance(block, dict) else ():
        if key == "ee_action_space_params" and isinstance(value, dict):
            yield from (f"{key}.{name}" for name in value)
        else:
            yield key


def _moves(keys: Mapping[str, str], present: Iterable[str]) -> str:
    moves = [
        f"{key} is now {keys[key]}" if key in keys else f"{key} has no counterpart"
        for key in present
    ]
    return "; ".join(moves) or "delete it"


def wrapper(block: object) -> str:
    """Say where the keys of LeRobot 0.3's `env.wrapper` are now."""
    return _moves(WRAPPER_KEYS, _leaves(block))


def flat(raw: Mapping[str, Any]) -> str:
    """Say where the keys of a config of before the block `env` are now."""
    moves = _moves(_FLAT_KEYS, (key for key in raw if key != "wrapper"))
    return f"{moves}; {wrapper(raw['wrapper'])}" if "wrapper" in raw else moves


_ALGORITHM_KEYS: Final = (
    "actor_lr critic_lr temperature_lr discount use_backup_entropy critic_target_update_weight "
    "num_critics num_subsample_critics critic_network_kwargs temperature_init target_entropy "
    "utd_ratio policy_update_freq grad_clip_norm use_torch_compile"
)
"""What LeRobot 0.6 moved out of the policy of SAC."""


def sac(policy: Mapping[str, Any]) -> str:
    """Say what has become of a policy of type `sac`."""
    moved = [key for key in _ALGORITHM_KEYS.split() if key in policy]
    move = f", and move {', '.join(moved)} from policy into it" if moved else ""
    return (
        "policy.type 'sac' is LeRobot's name of before 0.6: make it 'gaussian_actor', put "
        f'"algorithm": {{"type": "sac"}} beside policy{move}'
    )
