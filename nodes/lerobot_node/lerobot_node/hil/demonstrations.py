"""Whether the demonstrations fit the config that is to learn from them, and the body."""

import logging
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lerobot.configs.train import TRAIN_CONFIG_NAME
from lerobot.rl.train_rl import TrainRLServerPipelineConfig
from lerobot.utils.constants import ACTION

from dora_hil.config import ConfigError, read_json
from dora_hil.stream.actions import EE_NAMES
from dora_hil.stream.spec import ColumnSpec
from dora_hil.stream.timestep import TimeStep
from dora_hil_datasets.arguments import root_of
from dora_hil_datasets.dataset.columns import Side, column_of, is_same, policy_column, say
from dora_hil_datasets.dataset.episode_record import recorded_as
from dora_hil_datasets.dataset.existing import ExistingDataset, is_dataset, read_existing
from dora_hil_datasets.dataset.staging import INFO
from lerobot_node.hil.replay_buffer import shapes_of
from lerobot_node.hil.transitions import SPACE
from lerobot_node.policy.origin import Origin

log = logging.getLogger(__name__)

NEEDED = ("next.reward", "next.done", "complementary_info.discrete_penalty")
"""Without them LeRobot's learner would fail in the middle of an update."""

_RECORD_AGAIN = "record them with this environment's config and --action_space=ee_delta"


def check_demonstrations(config: TrainRLServerPipelineConfig) -> None:
    """Read the description of a dataset that lies on this machine, where LeRobot would find it.

    Raises:
        ConfigError: there is none, it has another name, its columns or its rate are not the
            config's, or there are too many frames.
        DatasetError: the dataset is damaged.
    """
    root = _root(config)
    if root is None or (config.dataset.root is None and not is_dataset(root)):
        # None, or one that LeRobot fetches from the Hub.
        return
    where = f"dataset.root {root}"
    if not is_dataset(root):
        raise ConfigError(
            f"{where}: there are no demonstrations here ({INFO} is missing). Record them: "
            f"ENV_CONFIG={os.environ.get('ENV_CONFIG') or '<the environment of this training>'} "
            f'RECORD_ARGS="--action_space=ee_delta --dataset.repo_id={config.dataset.repo_id} '
            f'--dataset.root={root} --dataset.num_episodes=20" uv run dora run '
            "dataflow-record-operator.yaml (or drive yourself: dataflow-record.yaml); or do "
            "without: TRAIN_ARGS=--dataset=null"
        )
    found = read_existing(root)
    _check_name(config, found, where)
    problems = _differences(config, found)
    if problems:
        raise ConfigError(f"{where}: {'; '.join(problems)}; {_RECORD_AGAIN}")
    if not column_of(found.features[ACTION]).names:
        log.warning("%s: its actions have no names; they are taken for %s", where, SPACE)
    frames = sum(_lengths(found, config.dataset.episodes, where))
    capacity = config.policy.offline_buffer_capacity
    if frames > capacity:
        raise ConfigError(
            f"{where}: has {frames} frames, policy.offline_buffer_capacity is {capacity}"
        )


def _differences(config: TrainRLServerPipelineConfig, found: ExistingDataset) -> list[str]:
    """Return all that keeps a dataset from being learned from; the actions first."""
    problems = []
    wanted = _wanted(config)
    for name, expected in sorted(wanted.items(), key=lambda item: item[0] != ACTION):
        if name not in found.features:
            problems.append(f"has no column {name}, which the policy's config names")
            continue
        column = column_of(found.features[name])
        if not is_same(expected, column):
            problems.append(f"{name} is {say(column)}, expected {say(expected)}")
    if config.env is not None and found.fps != config.env.fps:
        problems.append(f"was recorded at {found.fps} Hz, env.fps is {config.env.fps}")
    problems += [
        f"has no column {name}, which HIL-SERL needs"
        for name in NEEDED
        if name not in found.features
    ]
    return problems


def _check_name(config: TrainRLServerPipelineConfig, found: ExistingDataset, where: str) -> None:
    """Compare the name: LeRobot reads what lies in `dataset.root`, however it is called.

    Raises:
        ConfigError: the dataset there knows another one of itself.
    """
    name, wanted = recorded_as(found.records), config.dataset.repo_id
    if config.dataset.root is not None and name and name != wanted:
        raise ConfigError(
            f"{where}: holds the dataset {name!r}, dataset.repo_id is {wanted!r}: name the folder "
            f"of that one, or TRAIN_ARGS=--dataset.repo_id={name} if this one is meant"
        )


def check_same_demonstrations(config: TrainRLServerPipelineConfig, folder: Path) -> None:
    """Compare what is configured with a training whose stored episodes hold its demonstrations.

    Args:
        config: of a training that is resumed.
        folder: of the checkpoint's policy, with the config that it was trained with.

    Raises:
        ConfigError: other ones are named now, which would never be read.
    """
    if config.dataset is None:
        return
    saved = read_json(folder / TRAIN_CONFIG_NAME).get("dataset") or {}
    then, now = saved.get("repo_id"), config.dataset.repo_id
    if then in (None, now):
        return
    root = _recorded(config)
    here = read_existing(root).records if root is not None else ()
    # It may have been given another name since.
    if then in {record.repo_id for record in here}:
        return
    raise ConfigError(
        f"dataset.repo_id: is {now!r}, but this training began with {then!r}, and has these "
        f"demonstrations in its stored episodes: go on with TRAIN_ARGS=--dataset.repo_id={then}, "
        "or begin in another folder: TRAIN_ARGS=--output_dir=..."
    )


def _lengths(found: ExistingDataset, episodes: Sequence[int] | None, where: str) -> tuple[int, ...]:
    """Return the lengths of the episodes that `dataset.episodes` names; of all where it is null.

    Raises:
        ConfigError: there is no such episode.
    """
    if episodes is None:
        return found.lengths
    for index in episodes:
        if not 0 <= index < found.episodes:
            raise ConfigError(
                f"{where}: dataset.episodes: there is no episode {index}; there are 0 to "
                f"{found.episodes - 1}"
            )
    return tuple(found.lengths[index] for index in set(episodes))


def check_body(config: TrainRLServerPipelineConfig, timestep: TimeStep) -> None:
    """Compare the config, and demonstrations that lie here, with what a body says of itself.

    Raises:
        FeatureError: another rate, or other names of the same numbers.
    """
    if config.env is not None:
        way_out = "ENV_CONFIG and the training's env block have to be of the same environment"
        Side("env.fps", way_out).check_fps(config.env.fps, timestep.control_dt_s)
    root = _recorded(config)
    if root is None:
        return
    features = read_existing(root).features
    side = Side(f"dataset.root {root}", "ENV_CONFIG has to be the environment of its recording")
    for name in config.policy.input_features:
        if name in features:
            side.check_column(name, column_of(features[name]), timestep.spec)


def origin_of(config: TrainRLServerPipelineConfig) -> dict[str, Any]:
    """Return what stands beside the policy as its origin; it acts in deltas at env.fps."""
    root = _recorded(config)
    info = dict(Origin.of_dataset(root).info) if root is not None else {}
    action = _wanted(config)[ACTION]
    described = {"dtype": action.dtype, "shape": action.shape, "names": action.names}
    return {
        **info,
        "fps": config.env.fps,
        "features": {**info.get("features", {}), ACTION: described},
    }


def _root(config: TrainRLServerPipelineConfig) -> Path | None:
    if config.dataset is None:
        return None
    return root_of(config.dataset.repo_id, config.dataset.root and Path(config.dataset.root))


def _recorded(config: TrainRLServerPipelineConfig) -> Path | None:
    """Return the root of demonstrations that lie on this machine."""
    root = _root(config)
    return root if root is not None and is_dataset(root) else None


def _wanted(config: TrainRLServerPipelineConfig) -> dict[str, ColumnSpec]:
    """Return the columns of a transition; actions are deltas, with a gripper or without."""
    inputs = config.policy.input_features
    columns = {
        name: policy_column({"type": str(feature.type.value), "shape": feature.shape})
        for name, feature in inputs.items()
    }
    (numbers,) = shapes_of(config)[ACTION]
    return {**columns, ACTION: replace(ColumnSpec((numbers,)), names=EE_NAMES[SPACE][:numbers])}
