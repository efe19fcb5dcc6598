"""What is answered to files of an older LeRobot, and to files meant for something else."""

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

from dora_hil.config import ConfigError, read_json
from dora_hil.recognitions import Reading, recognise, refuse_recognised

ROOT = Path(__file__).parents[1]

FLAT = {
    "type": "hil",
    "wrapper": {
        "gripper_penalty": -0.02,
        "control_time_s": 15.0,
        "resize_size": [128, 128],
        "ee_action_space_params": {"x_step_size": 0.025, "use_gamepad": True},
        "magic": 1,
    },
    "name": "franka_sim",
    "mode": "record",
    "repo_id": "somebody/cubes",
    "dataset_root": None,
    "task": "PandaPickCubeGamepad-v0",
    "num_episodes": 30,
    "pretrained_policy_name_or_path": None,
    "fps": 10,
    "features_map": {"agent_pos": "observation.state"},
}
SAC = {"policy": {"type": "sac", "critic_lr": 3e-4, "utd_ratio": 2, "device": "cuda"}}
PLAIN = frozenset({"config.json", "model.safetensors"})
ADAPTER = frozenset({"adapter_config.json", "adapter_model.safetensors"})

KNOWN: list[tuple[Reading, dict[str, Any], list[str]]] = [
    (
        Reading.ENVIRONMENT,
        FLAT,
        [
            "flat layout",
            "fps is now env.fps",
            "dataset_root is now dataset.root of a record config",
            "mode has no counterpart",
            "gripper_penalty is now env.processor.gripper.gripper_penalty",
            "ee_action_space_params.x_step_size is now env.processor.inverse_kinematics",
            "magic has no counterpart",
        ],
    ),
    (
        Reading.ENVIRONMENT,
        {"robot": {"type": "so100_follower"}, "teleop": {}},
        ["flat layout", "robot is now env.robot"],
    ),
    (
        Reading.ENVIRONMENT,
        {"env": {"wrapper": {"use_gripper": True}}},
        ["env.wrapper is LeRobot 0.3's", "use_gripper is now env.processor.gripper.use_gripper"],
    ),
    (Reading.ENVIRONMENT, {"env": {"wrapper": {}}}, ["delete it"]),
    (
        Reading.RECORDING,
        {
            "env": {"name": "gym_hil"},
            "dataset": {"repo_id": "me/cubes", "task": "pick it", "num_episodes_to_record": 30},
            "mode": "record",
        },
        [
            "ENV_CONFIG",
            "RECORD_ARGS='--dataset.repo_id=me/cubes '\"'\"'--dataset.single_task=pick it'\"'\"'",
            "--dataset.num_episodes=30'",
        ],
    ),
    (Reading.RECORDING, FLAT, ["ENV_CONFIG"]),
    (
        Reading.EVALUATION,
        {"env": {}, "eval": {"n_episodes": 9}, "policy": {"pretrained_path": "a/b"}},
        ["ENV_CONFIG", "EVAL_ARGS='--policy.path=a/b --eval.n_episodes=9'"],
    ),
    (
        Reading.EVALUATION,
        {"env": {}, "pretrained_policy_name_or_path": "a/b"},
        ["EVAL_ARGS=--policy.path=a/b"],
    ),
    (Reading.TRAINING, SAC, ["gaussian_actor", "move critic_lr, utd_ratio from"]),
    (Reading.TRAINING, {"policy": {"type": "act"}}, ["lerobot-train"]),
    (Reading.TRAINING, {"policy": {"type": "reward_classifier"}}, ["dora-hil classifier train"]),
    (
        Reading.CLASSIFIER_TRAINING,
        {"policy": {"type": "reward_classifier"}},
        ["call it reward_model"],
    ),
    (
        Reading.DATASET,
        {"codebase_version": "v2.1"},
        ["lerobot.scripts.convert_dataset_v21_to_v30", "--root=given", "--push-to-hub=false"],
    ),
    (Reading.DATASET, {"codebase_version": "v2.0"}, ["LeRobot 0.3's converters"]),
    (
        Reading.POLICY,
        {"base_model_name_or_path": "lerobot/smolvla_base"},
        ["adapter", "lerobot/smolvla_base, whose weights are missing"],
    ),
    (Reading.POLICY, {"type": "act"}, ["lerobot.processor.migrate_policy_normalization"]),
    (Reading.POLICY, {"type": "sac"}, ["dataflow-train.yaml"]),
    (Reading.POLICY, {"type": "reward_classifier"}, ["REWARD_CONFIG"]),
]


@pytest.mark.parametrize(("reading", "raw", "says"), KNOWN)
def test_a_known_file_is_answered_with_what_to_do(
    reading: Reading, raw: dict[str, Any], says: list[str]
) -> None:
    """In one line; what it names is there, in the installed LeRobot and in this project."""
    files = ADAPTER if "base_model_name_or_path" in raw else PLAIN
    said = recognise(reading, Path("given"), raw, files)
    assert said is not None
    assert all(part in said for part in says), said
    assert "\n" not in said
    lerobot = importlib.util.find_spec("lerobot")
    assert lerobot is not None
    assert lerobot.origin is not None
    for module in re.findall(r"python -m (\S+)", said):
        path = Path(lerobot.origin).parents[1].joinpath(*module.split("."))
        assert path.with_suffix(".py").is_file(), module
    for name in re.findall(r"\b(?:scripts/\w+\.py|configs/\w+\.json|dataflow-[\w-]+\.yaml)", said):
        assert (ROOT / name).is_file(), name


@pytest.mark.parametrize(
    ("reading", "name", "says"),
    [
        (Reading.ENVIRONMENT, "train_gym_hil_state.json", "TRAIN_CONFIG"),
        (Reading.ENVIRONMENT, "example_gym_hil_record.json", "RECORD_CONFIG"),
        (Reading.TRAINING, "gym_hil_env_train.json", "ENV_CONFIG"),
        (Reading.RECORDING, "gym_hil_env.json", "ENV_CONFIG"),
        (Reading.EVALUATION, "so101_env.json", "ENV_CONFIG"),
        (Reading.TRAINING, "train_reward_classifier.json", "dora-hil classifier train"),
    ],
)
def test_a_file_of_another_kind_is_told_its_variable(
    reading: Reading, name: str, says: str
) -> None:
    """Names in a dataflow's environment are easily mixed up."""
    with pytest.raises(ConfigError, match=says):
        refuse_recognised(reading, read_json(ROOT / "configs" / name), name)


SHIPPED = [
    (Reading.ENVIRONMENT, "*_env*.json"),
    (Reading.TRAINING, "train_gym_hil_*.json"),
    (Reading.TRAINING, "train_so101.json"),
    (Reading.RECORDING, "*_record*.json"),
    (Reading.EVALUATION, "*_eval.json"),
    (Reading.CLASSIFIER_TRAINING, "train_reward_*.json"),
]


@pytest.mark.parametrize(("reading", "pattern"), SHIPPED)
def test_nothing_that_is_shipped_is_taken_for_something_else(
    reading: Reading, pattern: str
) -> None:
    """Nor is an empty file."""
    paths = [
        path
        for path in (ROOT / "configs").glob(pattern)
        if reading is not Reading.ENVIRONMENT or not path.name.startswith("train_")
    ]
    assert paths
    for path in paths:
        assert recognise(reading, path, read_json(path)) is None, path
    assert recognise(reading, Path("empty.json"), {}) is None
